import type { Tx } from "../../../shared/db/transaction";
import type { AllocationChanged, FeedEvent } from "../../../shared/flow/messages";
import { tell } from "../../../shared/flow/outbox";
import { databaseNow } from "../each.sql";
import type { OutboundStatus } from "../enums";
import { changeShipmentRow } from "./change-shipment.sql";
import { insertSteps, readShipments } from "./ship.sql";

export type ChangeRequest = FeedEvent<AllocationChanged>;

/** Until it is packed the goods have no label: another address does no harm, even where picking has begun meanwhile. */
const CHANGEABLE: readonly OutboundStatus[] = ["RELEASED", "PICKING", "PICKED"];
/** Nothing of it is sent, so it matters no more where to. */
const STOPPED: readonly OutboundStatus[] = ["CANCELLING", "CANCELLED"];

/** Dispatch has another address, priority or date for shipments that are locked. What came too late is said. */
export async function changeShipments(tx: Tx, requests: ChangeRequest[]): Promise<void> {
  const rows = await readShipments(
    tx,
    requests.map(({ allocationId }) => allocationId),
  );
  const shipments = new Map(rows.map((row) => [row.id, row]));
  for (const { allocationId, shipTo, priority, shipBy, orderRef } of requests) {
    const shipment = shipments.get(allocationId);
    if (!shipment) throw new Error(`no shipment ${allocationId}`);
    const { id, status, warehouseCode: warehouse, client, merchant } = shipment;
    if (STOPPED.includes(status)) continue;
    if (CHANGEABLE.includes(status)) {
      await changeShipmentRow(tx, shipment, { shipTo, priority, shipBy: shipBy === null ? null : new Date(shipBy) });
      shipment.version += 1;
      const at = await databaseNow(tx);
      await insertSteps(tx, [
        { shipment_id: id, version: shipment.version, status, note: "address, priority or date changed", actor: "dispatch", at },
      ]);
      continue;
    }
    const aggregates = { [`shipment:${id}`]: shipment.version };
    await tell(tx, [{ type: "ShipmentChangeRefused", shipmentId: id, orderRef, warehouse, status, client, merchant, aggregates }]);
  }
}
