import type { Reader } from "../../../shared/db/database";
import { lockRows } from "../../../shared/db/lock-order";
import type { Tx } from "../../../shared/db/transaction";
import type { StockKey } from "../stock/virtual-stock";

export interface ChannelRow {
  code: string;
  name: string;
  pool_code: string;
  max_hold_seconds: number;
  version: number;
}

export interface PoolRow {
  code: string;
  name: string;
  version: number;
}

export interface WarehouseRow {
  code: string;
  pool_code: string | null;
  /** The move that it is in. */
  move_id: string | null;
}

const CHANNEL = "SELECT code, name, pool_code, max_hold_seconds, version FROM channel";
export const POOL = "SELECT code, name, version FROM pool";
const WAREHOUSE = "SELECT code, pool_code, move_id FROM warehouse";

export const readChannels = (reader: Reader, codes: readonly string[]): Promise<ChannelRow[]> =>
  reader.query<ChannelRow>(`${CHANNEL} WHERE code IN (?)`, [codes]);

export const readAllChannels = (reader: Reader): Promise<ChannelRow[]> => reader.query<ChannelRow>(`${CHANNEL} ORDER BY code`);

export const readPools = (reader: Reader, codes: readonly string[]): Promise<PoolRow[]> =>
  reader.query<PoolRow>(`${POOL} WHERE code IN (?)`, [codes]);

export const readAllPools = (reader: Reader): Promise<PoolRow[]> => reader.query<PoolRow>(`${POOL} ORDER BY code`);

export const readWarehousesOfPools = (reader: Reader, pools: readonly string[]): Promise<WarehouseRow[]> =>
  reader.query<WarehouseRow>(`${WAREHOUSE} WHERE pool_code IN (?) ORDER BY code`, [pools]);

export const readWarehouses = (reader: Reader, codes: readonly string[]): Promise<WarehouseRow[]> =>
  reader.query<WarehouseRow>(`${WAREHOUSE} WHERE code IN (?)`, [codes]);

export async function lockChannel(tx: Tx, code: string): Promise<ChannelRow | undefined> {
  const [row] = await lockRows<ChannelRow>(tx, "configuration", `${CHANNEL} WHERE code = ? ORDER BY code FOR UPDATE`, [code]);
  return row;
}

export async function lockPool(tx: Tx, code: string): Promise<PoolRow | undefined> {
  const [row] = await lockRows<PoolRow>(tx, "configuration", `${POOL} WHERE code = ? ORDER BY code FOR UPDATE`, [code]);
  return row;
}

export const lockWarehouses = (tx: Tx, codes: string[]): Promise<WarehouseRow[]> =>
  lockRows<WarehouseRow>(tx, "configuration", `${WAREHOUSE} WHERE code IN (?) ORDER BY code FOR UPDATE`, [codes]);

export async function saveChannelRow(tx: Tx, row: ChannelRow): Promise<void> {
  await tx.execute(
    `INSERT INTO channel (code, name, pool_code, max_hold_seconds, version) VALUES (?, ?, ?, ?, ?)
     ON DUPLICATE KEY UPDATE name = VALUES(name), max_hold_seconds = VALUES(max_hold_seconds), version = VALUES(version)`,
    [row.code, row.name, row.pool_code, row.max_hold_seconds, row.version],
  );
}

export async function savePoolRow(tx: Tx, row: PoolRow): Promise<void> {
  await tx.execute(
    "INSERT INTO pool (code, name, version) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE name = VALUES(name), version = VALUES(version)",
    [row.code, row.name, row.version],
  );
}

/** The guard stands in the write: a warehouse that feeds another pool stays there. */
export async function assignWarehouses(tx: Tx, pool: string, codes: string[]): Promise<number> {
  const { affectedRows } = await tx.execute(
    "UPDATE warehouse SET pool_code = ? WHERE code IN (?) AND (pool_code IS NULL OR pool_code = ?)",
    [pool, codes, pool],
  );
  return affectedRows;
}

export const readUncountedStock = (reader: Reader, warehouse: string, limit: number): Promise<StockKey[]> =>
  reader.query<StockKey>(
    `SELECT w.pool_code AS pool, s.sku FROM warehouse w JOIN warehouse_stock s ON s.warehouse_code = w.code AND s.pool_code <> w.pool_code
     WHERE w.code = ? ORDER BY s.sku LIMIT ?`,
    [warehouse, limit],
  );

/** Stock of a warehouse that is not yet counted in its pool, a chunk at a time. The caller holds the warehouse's row. */
export const lockUncountedStock = (
  tx: Tx,
  warehouse: string,
  pool: string,
  limit: number,
): Promise<{ sku: string; on_hand: number; safety: number }[]> =>
  lockRows(
    tx,
    "document",
    "SELECT sku, on_hand, safety FROM warehouse_stock WHERE warehouse_code = ? AND pool_code <> ? ORDER BY warehouse_code, sku LIMIT ? FOR UPDATE",
    [warehouse, pool, limit],
  );

export async function countStockInPool(tx: Tx, warehouse: string, pool: string, skus: string[]): Promise<void> {
  await tx.execute("UPDATE warehouse_stock SET pool_code = ? WHERE warehouse_code = ? AND sku IN (?)", [pool, warehouse, skus]);
}

/** Warehouses with stock that their pool does not count yet: what a crash in the middle of an assignment leaves. */
export const readUnfinishedAssignments = (reader: Reader): Promise<{ code: string }[]> =>
  reader.query(
    `SELECT w.code FROM warehouse w WHERE w.pool_code IS NOT NULL
       AND EXISTS (SELECT 1 FROM warehouse_stock s WHERE s.warehouse_code = w.code AND s.pool_code <> w.pool_code) ORDER BY w.code`,
  );
