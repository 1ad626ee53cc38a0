import type { EventLine, FeedEvent, ShipmentShort } from "../../../shared/flow/messages";
import type { Desk } from "../feed/desk";
import type { Known } from "../known/known";
import { OrderEventKind } from "../notice/notice";
import type { StockKey } from "../position/position";
import { allocate, letWait } from "./allocate";
import { AllocationStatus, isFurther, isOpen, stateOf, statusOf } from "./fulfillment-order";
import type { Orders } from "./orders";
import { lose } from "./stop";

/**
 * A picker did not find units that this order was to get: they are looked for elsewhere at once, and wait where there are none.
 * Their loss has been told before, so that they are not found free again where they are missing.
 */
export function shortPick(desk: Desk, event: FeedEvent<ShipmentShort>): void {
  const found = desk.orders.ofAllocation(event.shipmentId);
  if (!found || !isOpen(found.allocation)) return;
  const { order, allocation } = found;
  const none = event.status === "CANCELLED";
  for (const line of event.lines) lose(desk, order, allocation, line, none);
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
export const keysOfAnew = (events: { shipmentId: string; lines: EventLine[] }[], orders: Orders, known: Known): StockKey[] =>
  events.flatMap(({ shipmentId, lines }) => {
    const order = orders.ofAllocation(shipmentId)?.order;
    return order ? known.warehousesOf(order.pool_code).flatMap(({ code }) => lines.map(({ sku }) => ({ place: code, sku }))) : [];
  });
