import type { Reader } from "../../../shared/db/database";
import { byteOrder, inLockOrder, lockRows } from "../../../shared/db/lock-order";
import { fromJson, insertRows, writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import { groupBy } from "../../../shared/group";
import type { AllocationLineRow, AllocationRow, LineRow, OrderFile, OrderRow, StopLine, WaitingRow } from "./fulfillment-order";

export const ORDER = [
  "id",
  "order_ref",
  "reservation_id",
  "client",
  "merchant",
  "channel_code",
  "pool_code",
  "status",
  "priority",
  "promised_at",
  "ship_not_before",
  "ship_to",
  "unsourced_because",
  "held",
  "pickup_at",
  "created_at",
  "return_id",
  "version",
] as const satisfies (keyof OrderRow)[];
export const LINE = [
  "fulfillment_id",
  "line_no",
  "line_ref",
  "sku",
  "quantity",
  "allocated",
  "backordered",
  "shipped",
  "cancelled",
] as const;
export const ALLOCATION = [
  "id",
  "fulfillment_id",
  "warehouse_code",
  "status",
  "floor",
  "created_at",
  "release_at",
  "ship_day",
  "ship_by",
  "shipped_at",
  "delivered_at",
] as const;
const ALLOCATION_LINE = ["allocation_id", "sku", "quantity", "shipped"] as const;
const STOP = ["allocation_id", "request_id", "cancellation_id", "sku", "units", "by_house"] as const;
const WAITING = ["pool_code", "sku", "urgency", "promised_at", "created_at", "fulfillment_id", "units", "warehouse_code"] as const;

/** Locks orders by id. Primary key. */
export async function lockOrders(tx: Tx, ids: string[]): Promise<OrderRow[]> {
  const rows = await lockRows<OrderRow>(
    tx,
    "document",
    `SELECT ${ORDER.join(", ")} FROM fulfillment_order WHERE id IN (?) ORDER BY id FOR UPDATE`,
    [inLockOrder(ids)],
  );
  return rows.map((row) => ({ ...row, ship_to: fromJson(row.ship_to), held: Boolean(row.held), version: Number(row.version) }));
}

const some = async <Row>(reader: Reader, sql: string, ids: readonly string[]): Promise<Row[]> =>
  ids.length === 0 ? [] : reader.query<Row>(sql, [ids]);

export const linesOf = (reader: Reader, ids: readonly string[]): Promise<LineRow[]> =>
  some(reader, `SELECT ${LINE.join(", ")} FROM fulfillment_line WHERE fulfillment_id IN (?) ORDER BY fulfillment_id, line_no`, ids);

/** Index by_fulfillment. */
export const allocationsOf = (reader: Reader, ids: readonly string[]): Promise<AllocationRow[]> =>
  some(reader, `SELECT ${ALLOCATION.join(", ")} FROM allocation WHERE fulfillment_id IN (?) ORDER BY fulfillment_id, id`, ids);

export const allocationLinesOf = (reader: Reader, ids: readonly string[]): Promise<AllocationLineRow[]> =>
  some(reader, `SELECT ${ALLOCATION_LINE.join(", ")} FROM allocation_line WHERE allocation_id IN (?) ORDER BY allocation_id, sku`, ids);

/** What warehouses were asked to stop and have not answered. Primary key ranges. */
export const stopsOf = (reader: Reader, ids: readonly string[]): Promise<StopLine[]> =>
  some(
    reader,
    `SELECT ${STOP.join(", ")} FROM stop_line WHERE allocation_id IN (?) ORDER BY allocation_id, request_id, cancellation_id, sku`,
    ids,
  );

/** Index by_fulfillment. */
export const waitingOf = (reader: Reader, ids: readonly string[]): Promise<WaitingRow[]> =>
  some(reader, `SELECT ${WAITING.join(", ")} FROM waiting WHERE fulfillment_id IN (?) ORDER BY fulfillment_id, sku`, ids);

/** The orders to which some allocations belong. */
export const ordersOfAllocations = (reader: Reader, ids: string[]): Promise<{ id: string; fulfillment_id: string }[]> =>
  some(reader, "SELECT id, fulfillment_id FROM allocation WHERE id IN (?)", ids);

/** All fulfillment orders of the orders that some shipments are part of. Index by_order. */
export const wholeOrdersOf = (reader: Reader, shipmentIds: string[]): Promise<{ fulfillment_id: string }[]> =>
  some(
    reader,
    `SELECT DISTINCT o.id AS fulfillment_id FROM allocation a JOIN fulfillment_order p ON p.id = a.fulfillment_id
     JOIN fulfillment_order o ON o.order_ref = p.order_ref WHERE a.id IN (?)`,
    shipmentIds,
  );

/** The fulfillment orders of those of these reservations that have one. Index by_reservation. */
export async function ordersOfReservations(tx: Tx, ids: string[]): Promise<Map<string, string>> {
  const sql = "SELECT id, reservation_id FROM fulfillment_order WHERE reservation_id IN (?)";
  const rows = await some<{ id: string; reservation_id: string }>(tx, sql, ids);
  return new Map(rows.map((row) => [row.reservation_id, row.id]));
}

/** Orders with an allocation that a warehouse is to be told of by now. Index by_release. */
export async function ordersDue(reader: Reader, limit: number): Promise<string[]> {
  const rows = await reader.query<{ fulfillment_id: string }>(
    "SELECT DISTINCT fulfillment_id FROM allocation WHERE release_at <= NOW(6) LIMIT ?",
    [limit],
  );
  return rows.map((row) => row.fulfillment_id);
}

export interface TakenCancellation {
  id: string;
  fulfillment_id: string;
  at: Date;
}

/** Which of these cancellations have been taken up already. Primary key. */
export async function takenCancellations(tx: Tx, ids: string[]): Promise<Set<string>> {
  const rows = await some<{ id: string }>(tx, "SELECT id FROM cancellation WHERE id IN (?)", ids);
  return new Set(rows.map(({ id }) => id));
}

export const insertCancellations = (tx: Tx, rows: TakenCancellation[]): Promise<void> =>
  insertRows(tx, "cancellation", rows, ["id", "fulfillment_id", "at"]);

/** Orders with a decision get it written; the others keep theirs, which was not read. */
export async function saveOrders(tx: Tx, orders: OrderFile[]): Promise<void> {
  const changing = ["status", "priority", "promised_at", "ship_not_before", "ship_to", "unsourced_because", "held", "version"] as const;
  const rows = (decided: boolean) =>
    orders.filter((order) => (order.decision !== undefined) === decided).sort((a, b) => byteOrder(a.id, b.id));
  await writeHeaders(tx, "fulfillment_order", rows(true), [...ORDER, "decision"], [...changing, "decision"]);
  await writeHeaders(tx, "fulfillment_order", rows(false), [...ORDER], [...changing]);
}

export const saveLines = (tx: Tx, rows: LineRow[]): Promise<void> =>
  writeHeaders(tx, "fulfillment_line", rows, [...LINE], ["allocated", "backordered", "shipped", "cancelled"]);

export const saveAllocations = (tx: Tx, rows: AllocationRow[]): Promise<void> =>
  writeHeaders(tx, "allocation", rows, [...ALLOCATION], ["status", "floor", "release_at", "ship_day", "shipped_at", "delivered_at"]);

export const saveAllocationLines = (tx: Tx, rows: AllocationLineRow[]): Promise<void> =>
  writeHeaders(tx, "allocation_line", rows, [...ALLOCATION_LINE], ["quantity", "shipped"]);

/** Writes anew what is asked of some allocations. */
export async function saveStops(tx: Tx, ids: string[], rows: StopLine[]): Promise<void> {
  if (ids.length > 0) await tx.execute("DELETE FROM stop_line WHERE allocation_id IN (?)", [ids]);
  await insertRows(tx, "stop_line", rows, [...STOP]);
}

export async function deleteWaiting(tx: Tx, ids: string[]): Promise<void> {
  if (ids.length > 0) await tx.execute("DELETE FROM waiting WHERE fulfillment_id IN (?)", [ids]);
}

export const insertWaiting = (tx: Tx, rows: WaitingRow[]): Promise<void> => insertRows(tx, "waiting", rows, [...WAITING]);

export interface WaitingKey {
  pool: string;
  sku: string;
  /** At most so many orders, the most urgent ones: each takes at least one unit. */
  limit: number;
}

const KEYS_A_STATEMENT = 100;

/** The most urgent orders that wait for some items, and which keys have more than were asked for. Primary key order, unlocked. */
export async function readWaiting(reader: Reader, keys: WaitingKey[]): Promise<{ orders: Set<string>; more: WaitingKey[] }> {
  const orders = new Set<string>();
  const found = new Map<string, number>();
  for (let at = 0; at < keys.length; at += KEYS_A_STATEMENT) {
    const chunk = keys.slice(at, at + KEYS_A_STATEMENT);
    const one = `(SELECT pool_code, sku, fulfillment_id FROM waiting WHERE pool_code = ? AND sku = ?
      ORDER BY pool_code, sku, urgency, promised_at, created_at, fulfillment_id LIMIT ?)`;
    const rows = await reader.query<{ pool_code: string; sku: string; fulfillment_id: string }>(
      chunk.map(() => one).join(" UNION ALL "),
      chunk.flatMap(({ pool, sku, limit }) => [pool, sku, limit + 1]),
    );
    for (const [key, group] of groupBy(rows, (row) => `${row.pool_code}\u0000${row.sku}`)) found.set(key, group.length);
    for (const row of rows) orders.add(row.fulfillment_id);
  }
  return { orders, more: keys.filter(({ pool, sku, limit }) => (found.get(`${pool}\u0000${sku}`) ?? 0) > limit) };
}

/** What orders of one channel, or of all, wait for. */
export const waitingOfChannel = (reader: Reader, channel: string | undefined): Promise<{ pool_code: string; sku: string }[]> =>
  reader.query(
    `SELECT DISTINCT w.pool_code, w.sku FROM waiting w
     ${channel === undefined ? "" : "JOIN fulfillment_order o ON o.id = w.fulfillment_id AND o.channel_code = ?"} ORDER BY w.pool_code, w.sku`,
    [channel],
  );

/** SKUs for which orders of a pool wait. */
export const waitingSkus = (reader: Reader, pool: string): Promise<{ sku: string }[]> =>
  reader.query("SELECT DISTINCT sku FROM waiting WHERE pool_code = ? ORDER BY sku", [pool]);

export async function askRefill(tx: Tx, rows: { pool_code: string; sku: string }[]): Promise<void> {
  if (rows.length > 0)
    await tx.execute("INSERT IGNORE INTO refill (pool_code, sku) VALUES ?", [rows.map((row) => [row.pool_code, row.sku])]);
}

export const readRefill = (reader: Reader, limit: number): Promise<{ pool_code: string; sku: string }[]> =>
  reader.query("SELECT pool_code, sku FROM refill ORDER BY pool_code, sku LIMIT ?", [limit]);

export async function deleteRefill(tx: Tx, rows: { pool_code: string; sku: string }[]): Promise<void> {
  if (rows.length > 0) await tx.execute("DELETE FROM refill WHERE (pool_code, sku) IN (?)", [rows.map((row) => [row.pool_code, row.sku])]);
}
