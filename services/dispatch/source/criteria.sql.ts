import type { Reader } from "../../../shared/db/database";
import { lockRows } from "../../../shared/db/lock-order";
import { insertRows } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";

export interface RateRow {
  warehouse_code: string;
  zone: string;
  up_to_grams: number;
  price: string;
  currency: string;
}

const RATE = ["warehouse_code", "zone", "up_to_grams", "price", "currency"] as const;

/** Of one warehouse, or all: an installation has tens of them with some dozens of rates each. */
export const readRates = (reader: Reader, warehouse?: string): Promise<RateRow[]> =>
  reader.query(
    `SELECT ${RATE.join(", ")} FROM shipping_rate ${warehouse === undefined ? "" : "WHERE warehouse_code = ?"} ORDER BY warehouse_code, zone, up_to_grams`,
    [warehouse],
  );

/** Locks the warehouses' rows, so that the rates of all stay in one currency; answers whether one of them has this code. */
export async function lockWarehouses(tx: Tx, code: string): Promise<boolean> {
  const rows = await lockRows<{ code: string }>(tx, "configuration", "SELECT code FROM warehouse ORDER BY code FOR UPDATE", []);
  return rows.some((row) => row.code === code);
}

/** A warehouse's rates, whole. */
export async function saveRates(tx: Tx, warehouse: string, rows: RateRow[]): Promise<void> {
  await tx.execute("DELETE FROM shipping_rate WHERE warehouse_code = ?", [warehouse]);
  await insertRows(tx, "shipping_rate", rows, [...RATE]);
}

export const readWeights = (reader: Reader, skus: string[]): Promise<{ sku: string; weight_grams: number }[]> =>
  reader.query("SELECT sku, weight_grams FROM item WHERE sku IN (?) AND weight_grams IS NOT NULL", [skus]);

/** Units that left lately, by warehouse and item. Primary key ranges. */
export async function shippedLately(
  reader: Reader,
  warehouses: string[],
  skus: string[],
  days: number,
): Promise<{ place: string; sku: string; units: number }[]> {
  const rows = await reader.query<{ place: string; sku: string; units: string }>(
    `SELECT warehouse_code AS place, sku, SUM(units) AS units FROM shipped_daily
     WHERE warehouse_code IN (?) AND sku IN (?) AND day > CURRENT_DATE - INTERVAL ? DAY GROUP BY warehouse_code, sku`,
    [warehouses, skus, days],
  );
  return rows.map((row) => ({ ...row, units: Number(row.units) }));
}

/** Adds to what left today; the positions are locked, so that each row has one writer. */
export async function addShipped(tx: Tx, rows: { place: string; sku: string; units: number }[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.execute(
    `INSERT INTO shipped_daily (warehouse_code, sku, day, units) VALUES ${rows.map(() => "(?, ?, CURRENT_DATE, ?)").join(", ")}
     ON DUPLICATE KEY UPDATE units = units + VALUES(units)`,
    rows.flatMap(({ place, sku, units }) => [place, sku, units]),
  );
}
