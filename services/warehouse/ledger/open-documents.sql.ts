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

/** An inbound of a document that is still to bring something. Index open_once. */
export async function openInboundOf(reader: Reader, warehouse: string, kind: string, number: string): Promise<string | undefined> {
  const [row] = await reader.query<{ id: string }>(
    "SELECT id FROM inbound_shipment WHERE document_number = ? AND warehouse = ? AND kind = ? AND is_open = 1 ORDER BY id LIMIT 1",
    [number, warehouse, kind],
  );
  return row?.id;
}

/** A return of an order that is still to come, to whatever warehouse. Index by_order. */
export async function openReturnOf(reader: Reader, orderRef: string): Promise<string | undefined> {
  const [row] = await reader.query<{ id: string }>(
    "SELECT id FROM inbound_shipment WHERE order_ref = ? AND is_open = 1 AND kind = 'RETURN' ORDER BY id LIMIT 1",
    [orderRef],
  );
  return row?.id;
}

/** Whether a document is a transfer that dispatch has released. Primary key. */
export const isTransfer = async (reader: Reader, id: string): Promise<boolean> =>
  (await reader.query("SELECT id FROM outbound_shipment WHERE id = ? AND kind = 'TRANSFER'", [id])).length > 0;
