import type { Reader } from "../../../shared/db/database";
import { writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";

export interface ItemRow {
  sku: string;
  name: string;
  kind: string;
  merchant: string;
  weight_grams: number | null;
  components: object[];
  version: number;
}

export interface WarehouseRow {
  code: string;
  name: string;
  country_code: string;
  latitude: number | null;
  longitude: number | null;
  time_zone: string;
  cutoff: string | null;
  region: string | null;
  postal_code: string | null;
  /** Its legal entity and currency; empty where they were not told. */
  books: string;
  version: number;
}

export interface PoolRow {
  code: string;
  name: string;
  version: number;
}

export interface ChannelRow extends PoolRow {
  pool_code: string;
}

const ITEM = ["sku", "name", "kind", "merchant", "weight_grams", "components", "version"] as const;
const WAREHOUSE = [
  "code",
  "name",
  "country_code",
  "latitude",
  "longitude",
  "time_zone",
  "cutoff",
  "region",
  "postal_code",
  "books",
  "version",
] as const;

export const saveItems = (tx: Tx, rows: ItemRow[]): Promise<void> => writeHeaders(tx, "item", rows, [...ITEM], [...ITEM.slice(1)]);

export const saveWarehouses = (tx: Tx, rows: WarehouseRow[]): Promise<void> =>
  writeHeaders(tx, "warehouse", rows, [...WAREHOUSE], [...WAREHOUSE.slice(1)]);

export const savePools = (tx: Tx, rows: PoolRow[]): Promise<void> =>
  writeHeaders(tx, "pool", rows, ["code", "name", "version"], ["name", "version"]);

export const saveChannels = (tx: Tx, rows: ChannelRow[]): Promise<void> =>
  writeHeaders(tx, "channel", rows, ["code", "name", "pool_code", "version"], ["name", "pool_code", "version"]);

const KEYS = { item: "sku", warehouse: "code", pool: "code", channel: "code" };

/** The versions already stored of some known things. */
export async function knownVersions(tx: Tx, table: keyof typeof KEYS, keys: string[]): Promise<Map<string, number>> {
  if (keys.length === 0) return new Map();
  const rows = await tx.query<{ code: string; version: number }>(
    `SELECT ${KEYS[table]} AS code, version FROM ${table} WHERE ${KEYS[table]} IN (?)`,
    [keys],
  );
  return new Map(rows.map((row) => [row.code, Number(row.version)]));
}

/** A warehouse feeds one pool: the last pool that named it has it. */
export async function savePoolWarehouses(tx: Tx, pool: string, warehouses: string[]): Promise<void> {
  const gone = warehouses.length > 0 ? "AND warehouse_code NOT IN (?)" : "";
  await tx.execute(`DELETE FROM pool_warehouse WHERE pool_code = ? ${gone}`, [pool, warehouses]);
  const rows = warehouses.map((warehouse_code) => ({ warehouse_code, pool_code: pool }));
  await writeHeaders(tx, "pool_warehouse", rows, ["warehouse_code", "pool_code"], ["pool_code"]);
}

export async function leavePools(tx: Tx, warehouses: string[]): Promise<void> {
  if (warehouses.length > 0) await tx.execute("DELETE FROM pool_warehouse WHERE warehouse_code IN (?)", [warehouses]);
}

export interface PoolWarehouseRow {
  pool_code: string;
  warehouse_code: string;
  country_code: string | null;
  latitude: number | null;
  longitude: number | null;
  region: string | null;
  postal_code: string | null;
  time_zone: string | null;
  cutoff: string | null;
}

/** Every pool's warehouses and where they are; an installation has tens of them. */
export const readPoolWarehouses = (reader: Reader): Promise<PoolWarehouseRow[]> =>
  reader.query<PoolWarehouseRow>(
    `SELECT p.pool_code, p.warehouse_code, w.country_code, w.latitude, w.longitude, w.region, w.postal_code, w.time_zone, w.cutoff
     FROM pool_warehouse p LEFT JOIN warehouse w ON w.code = p.warehouse_code ORDER BY p.warehouse_code`,
  );

export async function readChannel(reader: Reader, code: string): Promise<ChannelRow | undefined> {
  const [row] = await reader.query<ChannelRow>("SELECT code, name, pool_code, version FROM channel WHERE code = ?", [code]);
  return row;
}
