import type { FeedEvent, ShipmentProgressed } from "../../../shared/flow/messages";
import { newId } from "../../../shared/ids";
import type { Desk } from "../feed/desk";
import type { OrderFile } from "../order/fulfillment-order";
import { newReturn } from "./new-return";
import { proceed } from "./proceed";
import { ReplacementShips, ReturnKind } from "./return-order";
import { figuresOf } from "./returnable";

/**
 * A parcel that was refused, or could not be delivered, comes back by itself: its return is opened once, where it left, of what no
 * other return of the order expects already, whether that named the shipment or not.
 */
export function openUndelivered(desk: Desk, order: OrderFile, event: FeedEvent<ShipmentProgressed>): void {
  const { shipmentId } = event;
  const returnable = desk.returns.returnableOf(order.order_ref);
  const lines = event
    .back!.map(({ sku, quantity }) => {
      const all = figuresOf(returnable, false, { sku });
      const named = figuresOf(returnable, false, { sku, shipmentId });
      return { sku, quantity: Math.min(quantity - named.claimed, all.left - all.claimed) };
    })
    .filter(({ quantity }) => quantity > 0);
  if (lines.length === 0) return;
  const file = newReturn(order, {
    id: newId(),
    kind: ReturnKind.UNDELIVERED,
    warehouse: event.warehouse,
    replacementShips: ReplacementShips.ON_RECEIPT,
    shipmentId,
    actor: event.actor,
    at: desk.at,
    lines: lines.map((line) => ({ ...line, reason: event.status, shipmentId })),
  });
  desk.returns.add(file, { event: event.type, at: new Date(event.at), actor: event.actor, detail: `${event.warehouse} ${event.status}` });
  proceed(desk, file, event.actor);
}
