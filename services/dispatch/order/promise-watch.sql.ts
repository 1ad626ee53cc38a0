import type { Reader } from "../../../shared/db/database";
import { writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";

export interface WaitingKey {
  pool_code: string;
  sku: string;
}

/** Items for which orders wait, in their order. Loose scan of the primary key. */
export const nextWaited = (reader: Reader, after: WaitingKey, limit: number): Promise<WaitingKey[]> =>
  reader.query(
    `SELECT pool_code, sku FROM waiting WHERE pool_code > ? OR (pool_code = ? AND sku > ?) GROUP BY pool_code, sku
     ORDER BY pool_code, sku LIMIT ?`,
    [after.pool_code, after.pool_code, after.sku, limit],
  );

export interface Turn extends WaitingKey {
  fulfillment_id: string;
  units: number;
  /** Units that wait for the item in the pool, up to and including this order's. */
  ahead: number;
  /** What the order system was told last, and what the last pass found; null: no date. */
  told_at: Date | null;
  seen_at: Date | null;
}

/** Who waits for some items, whose turn comes when, and what was told of it. Primary key ranges, in one pass over each. */
export async function turnsOf(reader: Reader, keys: WaitingKey[]): Promise<Turn[]> {
  if (keys.length === 0) return [];
  const rows = await reader.query<Turn>(
    `SELECT t.*, p.told_at, p.seen_at FROM (SELECT fulfillment_id, pool_code, sku, units,
       SUM(units) OVER (PARTITION BY pool_code, sku ORDER BY urgency, promised_at, created_at, fulfillment_id) AS ahead
       FROM waiting WHERE ${keys.map(() => "(pool_code = ? AND sku = ?)").join(" OR ")}) AS t
     LEFT JOIN promise_told p ON p.fulfillment_id = t.fulfillment_id AND p.sku = t.sku ORDER BY t.fulfillment_id, t.sku`,
    keys.flatMap(({ pool_code, sku }) => [pool_code, sku]),
  );
  return rows.map((row) => ({ ...row, ahead: Number(row.ahead) }));
}

export interface PromiseRow {
  fulfillment_id: string;
  sku: string;
  told_at: Date | null;
  seen_at: Date | null;
}

export const savePromises = (tx: Tx, rows: PromiseRow[]): Promise<void> =>
  writeHeaders(tx, "promise_told", rows, ["fulfillment_id", "sku", "told_at", "seen_at"], ["told_at", "seen_at"]);

/** What waits no more is forgotten: if it waits again, it is told anew. Index by_fulfillment of waiting. */
export async function forgetPromises(tx: Tx, limit: number): Promise<number> {
  const rows = await tx.query<{ fulfillment_id: string; sku: string }>(
    `SELECT p.fulfillment_id, p.sku FROM promise_told p
     WHERE NOT EXISTS (SELECT 1 FROM waiting w WHERE w.fulfillment_id = p.fulfillment_id AND w.sku = p.sku) LIMIT ?`,
    [limit],
  );
  if (rows.length > 0)
    await tx.execute(
      `DELETE FROM promise_told WHERE ${rows.map(() => "(fulfillment_id = ? AND sku = ?)").join(" OR ")}`,
      rows.flatMap(({ fulfillment_id, sku }) => [fulfillment_id, sku]),
    );
  return rows.length;
}
