import { lockRows } from "../../../shared/db/lock-order";
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

/** Of some items of a pool those that were told to be oversold; who tells it of one again waits. Primary key. */
export const lockOversold = (tx: Tx, pool: string, skus: string[]): Promise<{ sku: string }[]> =>
  lockRows(tx, "stock", "SELECT sku FROM oversold WHERE pool_code = ? AND sku IN (?) ORDER BY sku FOR UPDATE", [pool, skus]);

/** Those of some items that have all that is promised of them. Primary key. */
export const coveredAgain = (tx: Tx, pool: string, skus: string[]): Promise<{ sku: string; version: number }[]> =>
  tx.query("SELECT sku, version FROM virtual_stock WHERE pool_code = ? AND sku IN (?) AND held + committed <= on_hand", [pool, skus]);

export const forgetOversold = (tx: Tx, pool: string, skus: string[]) =>
  tx.execute("DELETE FROM oversold WHERE pool_code = ? AND sku IN (?)", [pool, skus]);

export const rememberOversold = (tx: Tx, pool_code: string, sku: string): Promise<void> =>
  writeHeaders(tx, "oversold", [{ pool_code, sku }], ["pool_code", "sku"], ["sku"]);
