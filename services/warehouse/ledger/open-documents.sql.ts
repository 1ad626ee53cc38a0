import type { Reader } from "../../../shared/db/database";

/** A shipment of an order that is still to take one of these items. Index by_order. */
export async function openShipmentOf(reader: Reader, warehouse: string, orderRef: string, skus: string[]): Promise<string | undefined> {
  const [row] = await reader.query<{ id: string }>(
    `SELECT s.id FROM outbound_shipment s JOIN outbound_line l ON l.shipment_id = s.id
     WHERE s.order_ref = ? AND s.warehouse = ? AND s.status IN ('RELEASED', 'PICKING', 'PICKED', 'PACKED') AND l.sku IN (?) ORDER BY s.id LIMIT 1`,
    [orderRef, warehouse, skus],
  );
  return row?.id;
}
