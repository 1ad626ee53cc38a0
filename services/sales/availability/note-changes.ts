import { groupBy } from "../../../shared/group";
import type { Tx } from "../../../shared/db/transaction";
import { newId } from "../../../shared/ids";
import type { ItemRow } from "../stock/stock.sql";
import { insertNote, saveKitComponents } from "./changes.sql";

/** A row that belongs to one item in one pool. */
export interface OfStock {
  pool_code: string;
  sku: string;
}

/** Emitted on the database's signals after the commit, with the rows: what this process remembers of them is old. */
export const STOCK_CHANGED = "stock-changed";

/** No pool has an empty code. */
export const EVERY_POOL = "";

/**
 * Notes, in the transaction that did it, that what channels show of some items may have changed. One inserted row however many
 * they are: nobody waits for it, and its place in the order is given after the commit (change-sequencer.ts).
 */
export async function noteChanges(tx: Tx, rows: OfStock[]): Promise<void> {
  if (rows.length === 0) return;
  const changed = [...groupBy(rows, (row) => row.pool_code)].map(([pool, of]) => [pool, [...new Set(of.map(({ sku }) => sku))]] as const);
  await insertNote(tx, { id: newId(), changed });
  tx.afterCommit(() => tx.db.signals.emit(STOCK_CHANGED, rows));
}

/** Items were told again: their kind or their components may differ, in every pool. */
export async function noteItems(tx: Tx, items: Pick<ItemRow, "sku" | "components">[]): Promise<void> {
  if (items.length === 0) return;
  await saveKitComponents(tx, items);
  await insertNote(tx, { id: newId(), changed: [[EVERY_POOL, items.map(({ sku }) => sku)]] });
}
