import type { Reader } from "../../../shared/db/database";
import { inLockOrder, lockRows } from "../../../shared/db/lock-order";
import { fromJson, writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import type { Visible } from "../known/visible";
import { seenBy } from "../order/read-orders.sql";
import type { ReturnLineRow, ReturnRow, ReturnStatus } from "./return-order";

const RETURN = [
  "id",
  "order_ref",
  "client",
  "merchant",
  "kind",
  "status",
  "warehouse_code",
  "replacement_ships",
  "approval",
  "arrival",
  "arrival_version",
  "replacement",
  "replacement_id",
  "cancelling",
  "fulfillment_id",
  "reservation_id",
  "channel_code",
  "pool_code",
  "shipment_id",
  "actor",
  "note",
  "created_at",
  "version",
] as const satisfies (keyof ReturnRow)[];
const LINE = [
  "return_id",
  "line_no",
  "sku",
  "line_ref",
  "shipment_id",
  "quantity",
  "serials",
  "reason",
  "exchange_for",
  "restocked",
  "quarantined",
  "scrapped",
  "rejected",
] as const satisfies (keyof ReturnLineRow)[];
const COLUMNS = RETURN.map((column) => `o.${column}`).join(", ");

const whole = (rows: ReturnRow[]): ReturnRow[] =>
  rows.map((row) => ({ ...row, version: Number(row.version), arrival_version: Number(row.arrival_version) }));

/** Locks returns by id, after the orders. Primary key. */
export const lockReturns = async (tx: Tx, ids: string[]): Promise<ReturnRow[]> =>
  whole(
    await lockRows<ReturnRow>(tx, "document", `SELECT ${COLUMNS} FROM return_order o WHERE o.id IN (?) ORDER BY o.id FOR UPDATE`, [
      inLockOrder(ids),
    ]),
  );

/** Primary key range. */
export async function returnLinesOf(reader: Reader, ids: readonly string[]): Promise<ReturnLineRow[]> {
  if (ids.length === 0) return [];
  const rows = await reader.query<ReturnLineRow>(
    `SELECT ${LINE.join(", ")} FROM return_line WHERE return_id IN (?) ORDER BY return_id, line_no`,
    [ids],
  );
  return rows.map((row) => ({ ...row, serials: fromJson(row.serials) }));
}

/** Which fulfillment order each of these returns belongs to, for good. Primary key. */
export const ordersOfReturns = (reader: Reader, ids: string[]): Promise<{ id: string; fulfillment_id: string }[]> =>
  ids.length === 0 ? Promise.resolve([]) : reader.query("SELECT id, fulfillment_id FROM return_order WHERE id IN (?)", [ids]);

/** All returns of an order. Its orders are locked, so none joins; what others write of them only lowers what they claim. Index by_order. */
export const returnsOfOrder = async (reader: Reader, orderRef: string): Promise<ReturnRow[]> =>
  whole(await reader.query<ReturnRow>(`SELECT ${COLUMNS} FROM return_order o WHERE o.order_ref = ? ORDER BY o.id`, [orderRef]));

export async function saveReturns(tx: Tx, rows: ReturnRow[], lines: ReturnLineRow[]): Promise<void> {
  await writeHeaders(
    tx,
    "return_order",
    rows,
    [...RETURN],
    ["status", "approval", "arrival", "arrival_version", "replacement", "replacement_id", "cancelling", "note", "version"],
  );
  await writeHeaders(tx, "return_line", lines, [...LINE], ["restocked", "quarantined", "scrapped", "rejected"]);
}

export interface LostRow {
  shipment_id: string;
  sku: string;
  units: number;
}

/** A shipment's fate is told once for all of it. */
export const saveLost = (tx: Tx, rows: LostRow[]): Promise<void> =>
  writeHeaders(tx, "lost_units", rows, ["shipment_id", "sku", "units"], ["units"]);

/** Primary key range. */
export const lostOf = (reader: Reader, shipmentIds: string[]): Promise<LostRow[]> =>
  shipmentIds.length === 0
    ? Promise.resolve([])
    : reader.query("SELECT shipment_id, sku, units FROM lost_units WHERE shipment_id IN (?)", [shipmentIds]);

export interface ByHandRow {
  movement_id: string;
  sku: string;
  order_ref: string;
  units: number;
}

/** A movement is noted once. */
export const saveByHand = (tx: Tx, rows: ByHandRow[]): Promise<void> =>
  writeHeaders(tx, "returned_by_hand", rows, ["movement_id", "sku", "order_ref", "units"], ["units"]);

/** Index by_order. */
export const returnedByHand = (reader: Reader, orderRef: string): Promise<{ sku: string; units: number }[]> =>
  reader.query("SELECT sku, units FROM returned_by_hand WHERE order_ref = ?", [orderRef]);

/** The fulfillment orders of an order that a caller may see, oldest first. Index by_order. */
export async function ordersOf(reader: Reader, orderRef: string, visible: Visible): Promise<string[]> {
  const { sql, params } = seenBy(visible);
  const rows = await reader.query<{ id: string }>(`SELECT o.id FROM fulfillment_order o WHERE o.order_ref = ?${sql} ORDER BY o.id`, [
    orderRef,
    ...params,
  ]);
  return rows.map(({ id }) => id);
}

export async function returnsById(reader: Reader, ids: readonly string[], visible: Visible): Promise<ReturnRow[]> {
  const { sql, params } = seenBy(visible);
  return whole(await reader.query(`SELECT ${COLUMNS} FROM return_order o WHERE o.id IN (?)${sql}`, [ids, ...params]));
}

/** Index by_order. */
export async function returnsByReference(reader: Reader, refs: readonly string[], visible: Visible): Promise<ReturnRow[]> {
  const { sql, params } = seenBy(visible);
  return whole(
    await reader.query(`SELECT ${COLUMNS} FROM return_order o WHERE o.order_ref IN (?)${sql} ORDER BY o.order_ref, o.id`, [
      refs,
      ...params,
    ]),
  );
}

export interface ReturnFilter {
  status?: ReturnStatus;
  orderRef?: string;
  visible: Visible;
  before?: string;
  limit: number;
}

/** Newest first. Index by_status, by_order or by_client. */
export async function listReturns(reader: Reader, { status, orderRef, visible, before, limit }: ReturnFilter): Promise<ReturnRow[]> {
  const seen = seenBy(visible);
  const where = [`TRUE${seen.sql}`];
  const params: unknown[] = [...seen.params];
  if (status !== undefined) where.push("o.status = ?") && params.push(status);
  if (orderRef !== undefined) where.push("o.order_ref = ?") && params.push(orderRef);
  if (before !== undefined) where.push("o.id < ?") && params.push(before);
  return whole(
    await reader.query(`SELECT ${COLUMNS} FROM return_order o WHERE ${where.join(" AND ")} ORDER BY o.id DESC LIMIT ?`, [...params, limit]),
  );
}

export interface KnownItem {
  sku: string;
  kind: string;
  merchant: string;
}

/** Primary key. */
export const itemsNamed = (reader: Reader, skus: string[]): Promise<KnownItem[]> =>
  skus.length === 0 ? Promise.resolve([]) : reader.query("SELECT sku, kind, merchant FROM item WHERE sku IN (?)", [skus]);

export const isWarehouse = async (reader: Reader, code: string): Promise<boolean> =>
  (await reader.query("SELECT code FROM warehouse WHERE code = ?", [code])).length > 0;
