import type { Reader } from "../../../shared/db/database";
import { insertRows } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import type { EventLine } from "../../../shared/flow/messages";

export type ReplacementStatus = "WANTED" | "WAITING" | "COMMITTED" | "WITHDRAWN";

export interface ReplacementRow {
  return_id: string;
  /** Of the order whose units came back or were lost. */
  reservation_id: string;
  order_ref: string;
  client: string;
  merchant: string;
  channel_code: string;
  pool_code: string;
  /** Who asked for it, for the history. */
  actor: string;
  status: ReplacementStatus;
  version: number;
}

const ROW = [
  "return_id",
  "reservation_id",
  "order_ref",
  "client",
  "merchant",
  "channel_code",
  "pool_code",
  "actor",
  "status",
  "version",
] as const;
const COLUMNS = ROW.map((column) => `r.${column}`).join(", ");

export async function insertReplacements(
  tx: Tx,
  rows: ReplacementRow[],
  lines: { return_id: string; sku: string; quantity: number }[],
): Promise<void> {
  await insertRows(tx, "replacement", rows, [...ROW]);
  await insertRows(tx, "replacement_line", lines, ["return_id", "sku", "quantity"]);
}

/** Primary key. */
export const readReplacements = (reader: Reader, returnIds: string[]): Promise<ReplacementRow[]> =>
  reader.query<ReplacementRow>(`SELECT ${COLUMNS} FROM replacement r WHERE r.return_id IN (?)`, [returnIds]);

/** Primary key range. */
export const readReplacementLines = (reader: Reader, returnIds: string[]): Promise<(EventLine & { return_id: string })[]> =>
  reader.query("SELECT return_id, sku, quantity FROM replacement_line WHERE return_id IN (?) ORDER BY return_id, sku", [returnIds]);

/** Those that nobody has decided yet, the oldest first. Index by_status. */
export const wantedReplacements = (reader: Reader, limit: number): Promise<ReplacementRow[]> =>
  reader.query<ReplacementRow>(`SELECT ${COLUMNS} FROM replacement r WHERE r.status = 'WANTED' ORDER BY r.return_id LIMIT ?`, [limit]);

/**
 * Those that wait for stock which is there now, the oldest first. A look without locks: the decision reads again under its
 * headers. Index by_status, then primary key lookups of the headers of all that wait.
 */
export const fillableReplacements = (reader: Reader, limit: number): Promise<ReplacementRow[]> =>
  reader.query<ReplacementRow>(
    `SELECT ${COLUMNS} FROM replacement r WHERE r.status = 'WAITING' AND NOT EXISTS (
       SELECT 1 FROM replacement_line l LEFT JOIN virtual_stock v ON v.pool_code = r.pool_code AND v.sku = l.sku
       WHERE l.return_id = r.return_id
         AND COALESCE(v.on_hand - v.held - v.committed - v.frozen - v.safety - v.fenced, 0) < l.quantity)
     ORDER BY r.return_id LIMIT ?`,
    [limit],
  );

/** Neither committed nor withdrawn. Index by_status. */
export const openReplacementIds = (reader: Reader): Promise<{ return_id: string }[]> =>
  reader.query("SELECT return_id FROM replacement WHERE status IN ('WANTED', 'WAITING')");

/** Under the headers of its lines; false when it is not open any more, or is there already. The row is locked from here on. */
export async function moveReplacement(tx: Tx, { return_id }: ReplacementRow, to: ReplacementStatus): Promise<boolean> {
  const { affectedRows } = await tx.execute(
    "UPDATE replacement SET status = ?, version = version + 1 WHERE return_id = ? AND status IN ('WANTED', 'WAITING') AND status <> ?",
    [to, return_id, to],
  );
  return affectedRows === 1;
}
