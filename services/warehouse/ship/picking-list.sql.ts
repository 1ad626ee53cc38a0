import type { Reader } from "../../../shared/db/database";
import { Conditions } from "../each.sql";
import type { Visible } from "../visible";

export interface PickableLine {
  shipmentId: string;
  sku: string;
  open: number;
}

/** What shipments are still to pick, 1,000 lines at most, the most urgent first. Index by_warehouse. */
export const pickableLines = (
  reader: Reader,
  warehouse: string,
  shipmentIds: string[] | undefined,
  { client, merchant }: Visible,
): Promise<PickableLine[]> => {
  const wanted = new Conditions()
    .add("s.id IN (?)", shipmentIds && [shipmentIds])
    .add("s.client = ?", client)
    .add("s.merchant = ?", merchant);
  return reader.query(
    `SELECT s.id AS shipmentId, l.sku, l.quantity - l.picked - l.short_units AS open FROM outbound_shipment s JOIN outbound_line l ON l.shipment_id = s.id
     WHERE s.warehouse = ? AND s.status IN ('RELEASED', 'PICKING') AND l.quantity > l.picked + l.short_units${wanted.and}
     ORDER BY s.priority DESC, s.id, l.sku LIMIT 1000`,
    [warehouse, ...wanted.params],
  );
};
