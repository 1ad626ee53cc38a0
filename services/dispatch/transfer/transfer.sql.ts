import type { Reader } from "../../../shared/db/database";
import { inLockOrder, lockRows } from "../../../shared/db/lock-order";
import { writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import type { Visible } from "../known/visible";
import { seenBy } from "../order/read-orders.sql";
import type { TransferLineRow, TransferRow, TransferStatus } from "./transfer-order";

const TRANSFER = [
  "id",
  "from_warehouse",
  "to_warehouse",
  "pool_code",
  "status",
  "reason",
  "expected_at",
  "note",
  "cancelling",
  "handed_over",
  "arrival_version",
  "suggestion",
  "client",
  "merchant",
  "created_at",
  "version",
] as const satisfies (keyof TransferRow)[];
const LINE = ["transfer_id", "sku", "quantity", "allocated", "shipped", "received", "lost"] as const satisfies (keyof TransferLineRow)[];
const COLUMNS = TRANSFER.map((column) => `o.${column}`).join(", ");

const whole = (rows: TransferRow[]): TransferRow[] =>
  rows.map((row) => ({ ...row, version: Number(row.version), arrival_version: Number(row.arrival_version) }));

/** Locks those of these that are transfers, by id, after orders and returns. Primary key. */
export const lockTransfers = async (tx: Tx, ids: string[]): Promise<TransferRow[]> =>
  whole(
    await lockRows<TransferRow>(tx, "document", `SELECT ${COLUMNS} FROM transfer_order o WHERE o.id IN (?) ORDER BY o.id FOR UPDATE`, [
      inLockOrder(ids),
    ]),
  );

/** Primary key range. */
export const transferLinesOf = (reader: Reader, ids: readonly string[]): Promise<TransferLineRow[]> =>
  ids.length === 0
    ? Promise.resolve([])
    : reader.query(`SELECT ${LINE.join(", ")} FROM transfer_line WHERE transfer_id IN (?) ORDER BY transfer_id, sku`, [ids]);

export async function saveTransfers(tx: Tx, rows: TransferRow[], lines: TransferLineRow[]): Promise<void> {
  await writeHeaders(
    tx,
    "transfer_order",
    rows,
    [...TRANSFER],
    ["pool_code", "status", "note", "cancelling", "handed_over", "arrival_version", "version"],
  );
  await writeHeaders(tx, "transfer_line", lines, [...LINE], ["allocated", "shipped", "received", "lost"]);
}

export async function transfersById(reader: Reader, ids: readonly string[], visible: Visible): Promise<TransferRow[]> {
  const { sql, params } = seenBy(visible);
  return whole(await reader.query(`SELECT ${COLUMNS} FROM transfer_order o WHERE o.id IN (?)${sql}`, [ids, ...params]));
}

export interface TransferFilter {
  status?: TransferStatus;
  visible: Visible;
  before?: string;
  limit: number;
}

/** Newest first. Index by_status or the primary key. */
export async function listTransfers(reader: Reader, { status, visible, before, limit }: TransferFilter): Promise<TransferRow[]> {
  const seen = seenBy(visible);
  const where = [`TRUE${seen.sql}`];
  const params: unknown[] = [...seen.params];
  if (status !== undefined) where.push("o.status = ?") && params.push(status);
  if (before !== undefined) where.push("o.id < ?") && params.push(before);
  return whole(
    await reader.query(`SELECT ${COLUMNS} FROM transfer_order o WHERE ${where.join(" AND ")} ORDER BY o.id DESC LIMIT ?`, [
      ...params,
      limit,
    ]),
  );
}

/** The legal entity and currency of warehouses that are known; empty where they have not been told. Primary key. */
export const booksOf = (reader: Reader, codes: string[]): Promise<{ code: string; books: string }[]> =>
  reader.query("SELECT code, books FROM warehouse WHERE code IN (?)", [codes]);
