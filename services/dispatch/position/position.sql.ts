import type { Reader } from "../../../shared/db/database";
import { lockRows } from "../../../shared/db/lock-order";
import { insertRows, writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import { groupBy } from "../../../shared/group";
import type { DemandRow, PositionEntry, PositionRow, StockKey } from "./position";

const POSITION = ["warehouse_code", "sku", "on_hand", "allocated", "inbound", "backordered", "version", "raised", "kept"] as const;
const DEMAND = ["pool_code", "sku", "units", "version"] as const;

/** Keys in order, as the SKUs of each place in order. */
const byPlace = (keys: StockKey[]): [string, string[]][] =>
  [...groupBy(keys, (key) => key.place)].map(([place, group]) => [place, group.map((key) => key.sku)]);

/** Makes missing headers, all zero, in key order; in the usual case there is none and nothing is written. */
async function makeMissing(tx: Tx, table: string, place: string, keys: StockKey[]): Promise<void> {
  for (const [code, skus] of byPlace(keys)) {
    const found = await tx.query<{ sku: string }>(`SELECT sku FROM ${table} WHERE ${place} = ? AND sku IN (?)`, [code, skus]);
    if (found.length === skus.length) continue;
    const known = new Set(found.map((row) => row.sku));
    const missing = skus.filter((sku) => !known.has(sku)).map((sku) => [code, sku]);
    await tx.execute(`INSERT IGNORE INTO ${table} (${place}, sku) VALUES ?`, [missing]);
  }
}

export const makePositions = (tx: Tx, keys: StockKey[]): Promise<void> => makeMissing(tx, "stock_position", "warehouse_code", keys);
export const makeDemand = (tx: Tx, keys: StockKey[]): Promise<void> => makeMissing(tx, "demand", "pool_code", keys);

/** Locks headers in key order, a statement a warehouse. Primary key lookups. The driver answers BIGINT as text. */
export async function lockPositions(tx: Tx, keys: StockKey[]): Promise<PositionRow[]> {
  const rows: PositionRow[] = [];
  for (const [warehouse, skus] of byPlace(keys)) {
    rows.push(
      ...(await lockRows<PositionRow>(
        tx,
        "stock",
        `SELECT ${POSITION.join(", ")} FROM stock_position WHERE warehouse_code = ? AND sku IN (?) ORDER BY warehouse_code, sku FOR UPDATE`,
        [warehouse, skus],
      )),
    );
  }
  return rows.map((row) => ({ ...row, version: Number(row.version), raised: Number(row.raised) }));
}

/** Before the positions: the table's name comes first. */
export async function lockDemand(tx: Tx, keys: StockKey[]): Promise<DemandRow[]> {
  const rows: DemandRow[] = [];
  for (const [pool, skus] of byPlace(keys)) {
    rows.push(
      ...(await lockRows<DemandRow>(
        tx,
        "stock",
        `SELECT ${DEMAND.join(", ")} FROM demand WHERE pool_code = ? AND sku IN (?) ORDER BY pool_code, sku FOR UPDATE`,
        [pool, skus],
      )),
    );
  }
  return rows.map((row) => ({ ...row, units: Number(row.units), version: Number(row.version) }));
}

export const savePositions = (tx: Tx, rows: PositionRow[]): Promise<void> =>
  writeHeaders(tx, "stock_position", rows, [...POSITION], ["on_hand", "allocated", "inbound", "backordered", "version", "raised", "kept"]);

/** Whose allocations are to be taken back (`loss.ts`). */
export async function noteOverdrawn(tx: Tx, rows: Pick<PositionRow, "warehouse_code" | "sku">[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.execute("INSERT IGNORE INTO overdrawn (warehouse_code, sku) VALUES ?", [rows.map((row) => [row.warehouse_code, row.sku])]);
}

export const readOverdrawn = (reader: Reader, limit: number): Promise<StockKey[]> =>
  reader.query("SELECT warehouse_code AS place, sku FROM overdrawn ORDER BY warehouse_code, sku LIMIT ?", [limit]);

export async function deleteOverdrawn(tx: Tx, keys: StockKey[]): Promise<void> {
  if (keys.length > 0)
    await tx.execute("DELETE FROM overdrawn WHERE (warehouse_code, sku) IN (?)", [keys.map(({ place, sku }) => [place, sku])]);
}

export const saveDemand = (tx: Tx, rows: DemandRow[]): Promise<void> => writeHeaders(tx, "demand", rows, [...DEMAND], ["units", "version"]);

export const insertEntries = (tx: Tx, entries: PositionEntry[]): Promise<void> =>
  insertRows(tx, "position_entry", entries, [
    "warehouse_code",
    "sku",
    "seq",
    "at",
    "cause",
    "reference",
    "on_hand_delta",
    "allocated_delta",
    "inbound_delta",
    "backordered_delta",
  ]);

/** Of these movements, those that have been booked already. Index by_reference. */
export async function bookedMovements(tx: Tx, movements: string[]): Promise<Set<string>> {
  if (movements.length === 0) return new Set();
  const rows = await tx.query<{ reference: string }>(
    "SELECT DISTINCT reference FROM position_entry WHERE reference IN (?) AND cause = 'MOVEMENT'",
    [movements],
  );
  return new Set(rows.map((row) => row.reference));
}

const LISTED = "warehouse_code, sku, on_hand, allocated, inbound, backordered";
export type ListedPosition = Omit<PositionRow, "version" | "raised" | "kept">;

const OF_MERCHANT = "sku IN (SELECT sku FROM item WHERE merchant = ?)";

export interface PositionFilter {
  skus?: string[];
  warehouse?: string;
  /** Only this merchant's items. */
  merchant?: string;
  after?: { warehouse: string; sku: string };
  limit: number;
}

/** Positions by warehouse and SKU. Primary key range, or index by_sku where SKUs are named. */
export function listPositions(reader: Reader, { skus, warehouse, merchant, after, limit }: PositionFilter): Promise<ListedPosition[]> {
  const where = ["TRUE"];
  const params: unknown[] = [];
  if (warehouse !== undefined) where.push("warehouse_code = ?") && params.push(warehouse);
  if (skus !== undefined) where.push("sku IN (?)") && params.push(skus);
  if (merchant !== undefined) where.push(OF_MERCHANT) && params.push(merchant);
  if (after)
    where.push("(warehouse_code > ? OR (warehouse_code = ? AND sku > ?))") && params.push(after.warehouse, after.warehouse, after.sku);
  return reader.query(`SELECT ${LISTED} FROM stock_position WHERE ${where.join(" AND ")} ORDER BY warehouse_code, sku LIMIT ?`, [
    ...params,
    limit,
  ]);
}

/** Every position of some items, of one merchant's or all. Index by_sku. */
export const positionsOfItems = (reader: Reader, skus: string[], merchant: string | undefined): Promise<ListedPosition[]> =>
  reader.query(
    `SELECT ${LISTED} FROM stock_position WHERE sku IN (?) ${merchant === undefined ? "" : `AND ${OF_MERCHANT}`} ORDER BY sku, warehouse_code`,
    [skus, merchant],
  );

/** What is on hand and allocated of some items in some warehouses, unlocked: for a dry run. */
export const positionsOf = (reader: Reader, warehouses: string[], skus: string[]): Promise<ListedPosition[]> =>
  reader.query(`SELECT ${LISTED} FROM stock_position WHERE warehouse_code IN (?) AND sku IN (?)`, [warehouses, skus]);
