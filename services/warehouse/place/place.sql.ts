import type { Reader } from "../../../shared/db/database";
import { lockRows } from "../../../shared/db/lock-order";
import { insertRows, writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import type { ShipTo } from "../../../shared/flow/messages";
import { Conditions, eachOf, fromJson } from "../each.sql";
import type { LocationKind } from "../enums";

export interface WarehouseRow {
  code: string;
  name: string;
  currency: string;
  legalEntity: string;
  timeZone: string;
  cutoff: string | null;
  address: ShipTo;
  version: number;
}

export interface LocationRow {
  warehouseCode: string;
  code: string;
  kind: LocationKind;
}

const WAREHOUSE = "code, name, currency, legal_entity AS legalEntity, time_zone AS timeZone, cutoff, address, version FROM warehouse";
const LOCATION = "warehouse AS warehouseCode, code, kind FROM location";

const warehouseRow = (row: WarehouseRow): WarehouseRow => ({ ...row, address: fromJson(row.address), version: Number(row.version) });

export async function readWarehouses(reader: Reader, codes: readonly string[]): Promise<WarehouseRow[]> {
  return (await reader.query<WarehouseRow>(`SELECT ${WAREHOUSE} WHERE code IN (?)`, [codes])).map(warehouseRow);
}

export async function listWarehouses(reader: Reader): Promise<WarehouseRow[]> {
  return (await reader.query<WarehouseRow>(`SELECT ${WAREHOUSE} ORDER BY code`)).map(warehouseRow);
}

export const lockWarehouse = (tx: Tx, code: string): Promise<unknown[]> =>
  lockRows(tx, "configuration", "SELECT code FROM warehouse WHERE code = ? LIMIT 1 FOR UPDATE", [code]);

/** A new warehouse is inserted, so that two who make it at once do not both succeed with version 1. */
export const saveWarehouseRow = (tx: Tx, row: WarehouseRow): Promise<void> => {
  const { legalEntity, timeZone, ...same } = row;
  const columns = { ...same, legal_entity: legalEntity, time_zone: timeZone };
  const names = Object.keys(columns) as (keyof typeof columns)[];
  if (row.version === 1) return insertRows(tx, "warehouse", [columns], names);
  return writeHeaders(
    tx,
    "warehouse",
    [columns],
    names,
    names.filter((name) => name !== "code"),
  );
};

export const insertLocations = (tx: Tx, rows: LocationRow[], at: Date): Promise<void> =>
  insertRows(
    tx,
    "location",
    rows.map(({ warehouseCode, code, kind }) => ({ warehouse: warehouseCode, code, kind, created_at: at })),
    ["warehouse", "code", "kind", "created_at"],
  );

/** All locations of a warehouse in code order. Primary key range. */
export const readLocations = (reader: Reader, warehouse: string): Promise<LocationRow[]> =>
  reader.query(`SELECT ${LOCATION} WHERE warehouse = ? ORDER BY code`, [warehouse]);

/** A page of locations for each of several warehouses. */
export function locationsOfEach(reader: Reader, warehouses: readonly string[], after: unknown, limit: number): Promise<LocationRow[][]> {
  const further = new Conditions().add("code > ?", after);
  return eachOf(reader, warehouses, `${LOCATION} WHERE warehouse = ?${further.and} ORDER BY code LIMIT ?`, (code) => [
    code,
    ...further.params,
    limit,
  ]);
}

/** By [warehouse, code], a statement per warehouse's worth of keys. Primary key. */
export function readLocationsByKey(reader: Reader, keys: readonly { warehouse: string; code: string }[]): Promise<LocationRow[]> {
  const condition = keys.map(() => "(warehouse = ? AND code = ?)").join(" OR ");
  return reader.query(
    `SELECT ${LOCATION} WHERE ${condition}`,
    keys.flatMap(({ warehouse, code }) => [warehouse, code]),
  );
}
