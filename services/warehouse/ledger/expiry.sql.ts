import type { Reader } from "../../../shared/db/database";
import { writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";

export interface ExpiringLot {
  warehouse: string;
  sku: string;
  lot: string;
  expiresOn: string;
  there: boolean;
  version: number;
}

/**
 * Lots with units in a warehouse that expire within some days, or have, and of which that was not told, or with another day.
 * Index by_expiry of lot, then by_lot of the balances.
 */
export async function beginningLots(reader: Reader, days: number, limit: number): Promise<ExpiringLot[]> {
  const rows = await reader.query<Omit<ExpiringLot, "there">>(
    `SELECT b.warehouse, b.sku, b.lot, DATE_FORMAT(l.expires_on, '%Y-%m-%d') AS expiresOn, COALESCE(MAX(e.version), 0) AS version
     FROM lot l JOIN stock_balance b ON b.sku = l.sku AND b.lot = l.code AND b.quantity > 0
       LEFT JOIN expiring_lot e ON e.warehouse = b.warehouse AND e.sku = b.sku AND e.lot = b.lot
     WHERE l.expires_on <= UTC_DATE() + INTERVAL ? DAY AND (e.there IS NULL OR e.there = 0 OR e.expires_on <> l.expires_on)
     GROUP BY b.warehouse, b.sku, b.lot, l.expires_on ORDER BY b.warehouse, b.sku, b.lot LIMIT ?`,
    [days, limit],
  );
  return rows.map((row) => ({ ...row, there: true, version: Number(row.version) }));
}

/** Lots that were told of and have no units there any more, or another day. Index by_presence, then by_lot of the balances. */
export async function endedLots(reader: Reader, days: number, limit: number): Promise<ExpiringLot[]> {
  const rows = await reader.query<Omit<ExpiringLot, "there">>(
    `SELECT e.warehouse, e.sku, e.lot, DATE_FORMAT(e.expires_on, '%Y-%m-%d') AS expiresOn, e.version FROM expiring_lot e
     WHERE e.there = 1 AND NOT EXISTS (SELECT 1 FROM lot l JOIN stock_balance b ON b.sku = l.sku AND b.lot = l.code AND b.quantity > 0
       WHERE l.sku = e.sku AND l.code = e.lot AND b.warehouse = e.warehouse AND l.expires_on <= UTC_DATE() + INTERVAL ? DAY)
     ORDER BY e.warehouse, e.sku, e.lot LIMIT ?`,
    [days, limit],
  );
  return rows.map((row) => ({ ...row, there: false }));
}

export const saveExpiringLots = (tx: Tx, lots: ExpiringLot[]): Promise<void> =>
  writeHeaders(
    tx,
    "expiring_lot",
    lots.map((row) => ({ ...row, expires_on: row.expiresOn, there: row.there ? 1 : 0 })),
    ["warehouse", "sku", "lot", "expires_on", "there", "version"],
    ["expires_on", "there", "version"],
  );
