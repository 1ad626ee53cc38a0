import type { FeedEvent, ShipmentShort } from "../../../shared/flow/messages";
import type { Desk } from "../feed/desk";
import type { Known } from "../known/known";
import { OrderEventKind } from "../notice/notice";
import type { StockKey } from "../position/position";
import { allocate, letWait } from "./allocate";
import { AllocationStatus, isFurther, isOpen, spread, stateOf, statusOf } from "./fulfillment-order";
import type { Orders } from "./orders";

/**
 * A picker did not find units that this order was to get: they are looked for elsewhere at once, and wait where there are none.
 * Their loss has been told before, so that they are not found free again where they are missing.
 */
export function shortPick(desk: Desk, event: FeedEvent<ShipmentShort>): void {
  const found = desk.orders.ofAllocation(event.shipmentId);
  if (!found || !isOpen(found.allocation)) return;
  const { order, allocation } = found;
  const none = event.status === "CANCELLED";
  for (const { sku, quantity } of event.lines) {
    const line = allocation.lines.find((allocated) => allocated.sku === sku);
    if (!line || quantity > line.quantity - line.shipped)
      throw new Error(`shipment ${allocation.id}: ${quantity} units of ${sku} are short, more than were allocated`);
    // An allocation of which nothing was found keeps its lines, as a record of what it was.
    if (!none) line.quantity -= quantity;
    spread(
      order,
      sku,
      quantity,
      (open) => open.allocated,
      (open, n) => (open.allocated -= n),
    );
    desk.positions.post(allocation.warehouse_code, sku, "SHIPMENT", allocation.id, { allocated: -quantity });
  }
  // A cancellation that its warehouse was asked about is still answered.
  if (none) allocation.status = AllocationStatus.SHORT;
  else if (allocation.status === AllocationStatus.ALLOCATED) allocation.status = AllocationStatus.RELEASED;
  if (isFurther(event.status, allocation.floor)) allocation.floor = event.status;
  desk.orders.touchAllocation(order, allocation);
  desk.shortPick(order, event);
  desk.happened(order, { kind: OrderEventKind.SHORT, lines: event.lines, shipmentId: allocation.id, detail: event.warehouse });
  order.status = statusOf(order);
  letWait(desk, order, allocation.warehouse_code);
  const detail = `${event.warehouse}: not found ${event.lines.map(({ sku, quantity }) => `${quantity} of ${sku}`).join(", ")}`;
  desk.orders.steps.move(order.process, stateOf(order), { event: event.type, at: new Date(event.at), actor: event.actor, detail });
  allocate(desk, order);
}

/** Where the units may be looked for: in every warehouse of the order's pool. */
export const keysOfShort = (events: FeedEvent<ShipmentShort>[], orders: Orders, known: Known): StockKey[] =>
  events.flatMap(({ shipmentId, lines }) => {
    const order = orders.ofAllocation(shipmentId)?.order;
    return order ? known.warehousesOf(order.pool_code).flatMap(({ code }) => lines.map(({ sku }) => ({ place: code, sku }))) : [];
  });
