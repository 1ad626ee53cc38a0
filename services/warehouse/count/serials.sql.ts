import type { Reader } from "../../../shared/db/database";
import type { SerialRow } from "../ledger/serial.sql";

/** Serial numbers of items in a warehouse, those picked for shipments apart; the items' headers are locked, so they stay. Index by_place. */
export async function serialsOfItems(reader: Reader, warehouse: string, skus: string[]): Promise<SerialRow[]> {
  if (skus.length === 0) return [];
  return reader.query(
    `SELECT sku, serial, warehouse, location, lot, status, pledge, shipment_id AS shipmentId FROM serial
     WHERE warehouse = ? AND sku IN (?) AND shipment_id IS NULL ORDER BY sku, serial`,
    [warehouse, skus],
  );
}
