import { writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import type { StockLevelChanged } from "../../../shared/flow/messages";

/** Which channels of a pool list some items, and from how many units on they are low there. Index by_sku of listing. */
export const channelsThatList = (
  tx: Tx,
  pool: string,
  skus: string[],
): Promise<{ channel_code: string; sku: string; threshold: number }[]> =>
  tx.query("SELECT channel_code, sku, low_stock_threshold AS threshold FROM listing WHERE sku IN (?) AND pool_code = ?", [skus, pool]);

export interface LevelRow {
  channel_code: string;
  sku: string;
  level: StockLevelChanged["level"];
  version: number;
}

/** What was told last; an item without a row is seen for the first time. Primary key. */
export const readLevels = (tx: Tx, channel: string, skus: string[]): Promise<LevelRow[]> =>
  tx.query("SELECT channel_code, sku, level, version FROM stock_level WHERE channel_code = ? AND sku IN (?)", [channel, skus]);

export const saveLevels = (tx: Tx, rows: LevelRow[]): Promise<void> =>
  writeHeaders(tx, "stock_level", rows, ["channel_code", "sku", "level", "version"], ["level", "version"]);
