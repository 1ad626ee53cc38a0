import { inLockOrder, lockRows } from "../../../shared/db/lock-order";
import type { Tx } from "../../../shared/db/transaction";

interface LoadRow {
  warehouse_code: string;
  day: string;
  shipments: number;
}

/** The day of the row by which a warehouse's days are locked together. */
const LOCK = "0000-00-00";

/** After the positions. Local days are a day apart from the database's at most. Primary key ranges. */
export async function lockLoads(tx: Tx, warehouses: string[]): Promise<LoadRow[]> {
  if (warehouses.length === 0) return [];
  const codes = inLockOrder(warehouses);
  await tx.execute("INSERT IGNORE INTO daily_load (warehouse_code, day, shipments) VALUES ?", [codes.map((code) => [code, LOCK, 0])]);
  return lockRows<LoadRow>(
    tx,
    "stock",
    `SELECT warehouse_code, day, shipments FROM daily_load
     WHERE warehouse_code IN (?) AND (day = ? OR day >= DATE_FORMAT(CURRENT_DATE - INTERVAL 1 DAY, '%Y-%m-%d')) ORDER BY warehouse_code, day FOR UPDATE`,
    [codes, LOCK],
  );
}

export async function addLoads(tx: Tx, changes: { warehouse: string; day: string; shipments: number }[]): Promise<void> {
  const rows = changes.filter(({ shipments }) => shipments !== 0);
  if (rows.length === 0) return;
  await tx.execute(
    "INSERT INTO daily_load (warehouse_code, day, shipments) VALUES ? ON DUPLICATE KEY UPDATE shipments = shipments + VALUES(shipments)",
    [rows.map(({ warehouse, day, shipments }) => [warehouse, day, shipments])],
  );
}
