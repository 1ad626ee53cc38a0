import type { Reader } from "../../../shared/db/database";
import type { Tx } from "../../../shared/db/transaction";

/** How many units of an item no rule gives away there, at most. Primary key. */
export async function safetyLimits(reader: Reader, warehouses: string[]): Promise<Map<string, number>> {
  if (warehouses.length === 0) return new Map();
  const rows = await reader.query<{ warehouse_code: string; units: number }>(
    "SELECT warehouse_code, units FROM safety_limit WHERE warehouse_code IN (?)",
    [warehouses],
  );
  return new Map(rows.map((row) => [row.warehouse_code, row.units]));
}

export const allLimits = async (reader: Reader): Promise<Map<string, number>> =>
  new Map(
    (await reader.query<{ warehouse_code: string; units: number }>("SELECT warehouse_code, units FROM safety_limit")).map((row) => [
      row.warehouse_code,
      row.units,
    ]),
  );

/** A new limit; the warehouse's positions are reckoned again from the first. */
export async function saveLimits(tx: Tx, limits: [warehouse: string, units: number][]): Promise<void> {
  if (limits.length === 0) return;
  await tx.execute(
    "INSERT INTO safety_limit (warehouse_code, units, after_sku) VALUES ? ON DUPLICATE KEY UPDATE units = VALUES(units), due = 1, after_sku = ''",
    [limits.map(([warehouse, units]) => [warehouse, units, ""])],
  );
}

export const channelsOfPools = (reader: Reader): Promise<{ code: string; pool_code: string }[]> =>
  reader.query("SELECT code, pool_code FROM channel");

export async function nextDue(reader: Reader): Promise<{ warehouse_code: string; after_sku: string } | undefined> {
  const [row] = await reader.query<{ warehouse_code: string; after_sku: string }>(
    "SELECT warehouse_code, after_sku FROM safety_limit WHERE due = 1 ORDER BY warehouse_code LIMIT 1",
  );
  return row;
}

/** Reckoned up to a SKU; null: all of it. */
export async function reckonedTo(tx: Tx, warehouse: string, sku: string | null): Promise<void> {
  await tx.execute("UPDATE safety_limit SET due = ?, after_sku = ? WHERE warehouse_code = ?", [sku === null ? 0 : 1, sku ?? "", warehouse]);
}

/** Primary key range. */
export const skusAfter = async (reader: Reader, warehouse: string, sku: string, limit: number): Promise<string[]> =>
  (
    await reader.query<{ sku: string }>("SELECT sku FROM stock_position WHERE warehouse_code = ? AND sku > ? ORDER BY sku LIMIT ?", [
      warehouse,
      sku,
      limit,
    ])
  ).map((row) => row.sku);

const LIMITS = "safety limits";

/** Rules, pools or channels have changed: what they keep back is reckoned again. */
export async function askLimits(tx: Tx): Promise<void> {
  await tx.execute("INSERT IGNORE INTO due_work (job) VALUES (?)", [LIMITS]);
}

export const limitsAreDue = async (reader: Reader): Promise<boolean> =>
  (await reader.query("SELECT job FROM due_work WHERE job = ?", [LIMITS])).length > 0;

export async function limitsAreDone(tx: Tx): Promise<void> {
  await tx.execute("DELETE FROM due_work WHERE job = ?", [LIMITS]);
}
