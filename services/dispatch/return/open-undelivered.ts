import type { FeedEvent, ShipmentProgressed } from "../../../shared/flow/messages";
import { newId } from "../../../shared/ids";
import type { Desk } from "../feed/desk";
import type { OrderFile } from "../order/fulfillment-order";
import { newReturn } from "./new-return";
import { proceed } from "./proceed";
import { ReplacementShips, ReturnKind } from "./return-order";

/** A parcel that was refused, or could not be delivered, comes back by itself: its return is opened once, where it left. */
export function openUndelivered(desk: Desk, order: OrderFile, event: FeedEvent<ShipmentProgressed>): void {
  const lines = event
    .back!.map(({ sku, quantity }) => ({ sku, quantity: quantity - desk.returns.claimedOf(event.shipmentId, sku) }))
    .filter(({ quantity }) => quantity > 0);
  if (lines.length === 0) return;
  const file = newReturn(order, {
    id: newId(),
    kind: ReturnKind.UNDELIVERED,
    warehouse: event.warehouse,
    replacementShips: ReplacementShips.ON_RECEIPT,
    shipmentId: event.shipmentId,
    actor: event.actor,
    at: desk.at,
    lines: lines.map((line) => ({ ...line, reason: event.status, shipmentId: event.shipmentId })),
  });
  desk.returns.add(file, { event: event.type, at: new Date(event.at), actor: event.actor, detail: `${event.warehouse} ${event.status}` });
  proceed(desk, file, event.actor);
}
