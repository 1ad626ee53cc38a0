import type { Tx } from "../../../shared/db/transaction";
import type { ShipTo } from "../../../shared/flow/messages";

export interface ShipmentChange {
  shipTo: ShipTo | null;
  priority: number;
  shipBy: Date | null;
}

/** What a shipment carries, as a step of it; its row is locked. Primary key. */
export async function changeShipmentRow(
  tx: Tx,
  { id, version }: { id: string; version: number },
  { shipTo, priority, shipBy }: ShipmentChange,
): Promise<void> {
  const { affectedRows } = await tx.execute(
    "UPDATE outbound_shipment SET ship_to = ?, priority = ?, ship_by = ?, version = version + 1 WHERE id = ? AND version = ?",
    [shipTo === null ? null : JSON.stringify(shipTo), priority, shipBy, id, version],
  );
  if (affectedRows !== 1) throw new Error(`shipment ${id} has moved under its lock`);
}
