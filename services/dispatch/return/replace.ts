import type { FeedEvent, ReplacementDecided } from "../../../shared/flow/messages";
import type { Desk } from "../feed/desk";
import type { OrderFile } from "../order/fulfillment-order";

/** A committed replacement is an order like any other: it goes where the order went, as urgently, and its return knows it. */
export function beReplacement(desk: Desk, order: OrderFile, returnId: string): void {
  const file = desk.returns.of(returnId);
  const origin = file && desk.orders.of(file.fulfillment_id);
  if (!file || !origin) throw new Error(`replacement ${order.reservation_id}: dispatch has no return ${returnId}`);
  Object.assign(order, { return_id: returnId, ship_to: origin.ship_to, pickup_at: origin.pickup_at, priority: origin.priority });
  Object.assign(file, { replacement: "COMMITTED", replacement_id: order.id, cancelling: 0 });
  desk.returns.step(file, { event: "OrderConfirmed", at: desk.at, actor: "sales", detail: `replacement ${order.id}` });
}

/** Sales has no stock for it yet, or will not commit it any more. What is committed is told by OrderConfirmed. */
export function decideReplacement(desk: Desk, { type, returnId, outcome, at }: FeedEvent<ReplacementDecided>): void {
  const file = desk.returns.of(returnId);
  if (!file || (file.replacement !== "ASKED" && file.replacement !== "WAITING")) return;
  file.replacement = outcome;
  if (outcome === "WITHDRAWN") file.cancelling = 0;
  desk.returns.step(file, { event: type, at: new Date(at), actor: "sales", detail: outcome });
}
