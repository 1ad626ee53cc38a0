import type { EventLine, FeedEvent, ShipmentChangeRefused, ShipmentProgressed, ShipmentShipped } from "../../../shared/flow/messages";
import type { Desk } from "../feed/desk";
import { OrderEventKind } from "../notice/notice";
import { openUndelivered } from "../return/open-undelivered";
import { moveStock } from "../position/move-stock";
import { letWait } from "./allocate";
import { AllocationStatus, isFurther, isOpen, spread, stateOf, statusOf, type Allocation, type OrderFile } from "./fulfillment-order";
import { lose } from "./stop";

/** A step on the floor. It moves no units; a step that is behind what is known already says nothing new. */
export function progress(desk: Desk, event: FeedEvent<ShipmentProgressed>): void {
  const found = desk.orders.ofAllocation(event.shipmentId);
  if (!found || !isFurther(event.status, found.allocation.floor)) return;
  const { order, allocation } = found;
  allocation.floor = event.status;
  if (event.status === "DELIVERED") allocation.delivered_at = new Date(event.at);
  if (allocation.status === AllocationStatus.ALLOCATED) allocation.status = AllocationStatus.RELEASED;
  desk.orders.touchAllocation(order, allocation);
  const detail = [`${event.warehouse} ${event.status}`, ...(event.note ? [event.note] : [])].join(": ");
  const step = { event: event.type, at: new Date(event.at), actor: event.actor, detail };
  order.status = statusOf(order);
  desk.orders.steps.move(order.process, stateOf(order), step);
  tellArrived(desk, order, allocation, event);
  if (event.lost !== undefined && event.lost.length > 0) desk.returns.lose(allocation.id, event.lost);
  if (event.back !== undefined && event.back.length > 0) openUndelivered(desk, order, event);
}

/** A parcel was packed before another address, priority or date reached it: somebody should know where it goes. */
export function changeRefused(desk: Desk, event: FeedEvent<ShipmentChangeRefused>): void {
  const found = desk.orders.ofAllocation(event.shipmentId);
  if (!found) return;
  const { order } = found;
  const detail = `${event.warehouse} had shipment ${event.shipmentId} ${event.status} already: it goes as it was`;
  desk.changeRefused(order, event.shipmentId, detail);
  desk.orders.touch(order);
  desk.orders.steps.move(order.process, order.process.state, { event: event.type, at: new Date(event.at), actor: "warehouse", detail });
}

/**
 * The goods have left: what was allocated is shipped, and demand and stock fall together. Sales hears of it once, by
 * OrderShipped. What was allocated but not sent waits again. A shipment that this layer did not ask for is a movement.
 */
export function ship(desk: Desk, event: FeedEvent<ShipmentShipped>, booked: ReadonlySet<string>): void {
  const found = desk.orders.ofAllocation(event.shipmentId);
  if (!found) {
    const lines = event.lines.map(({ sku, quantity }) => ({ sku, delta: -quantity }));
    return moveStock(desk, { ...event, type: "StockMoved", movementType: "SALES_ISSUE", lines }, booked);
  }
  const { order, allocation } = found;
  if (!isOpen(allocation)) return;
  for (const { sku, quantity } of event.lines) shipLine(desk, order, allocation, sku, quantity);
  keepShort(desk, order, allocation);
  allocation.status = AllocationStatus.SHIPPED;
  allocation.shipped_at = new Date(event.at);
  const arrived = isFurther(allocation.floor, "SHIPPED");
  if (!arrived) allocation.floor = "SHIPPED";
  desk.orders.touchAllocation(order, allocation);
  tellShipped(desk, order, event);
  tellArrived(desk, order, allocation);
  const step = { event: event.type, at: new Date(event.at), actor: event.actor, detail: `${event.warehouse} shipment ${event.shipmentId}` };
  order.status = statusOf(order);
  const state = stateOf(order);
  desk.orders.steps.move(order.process, state === "DELIVERED" ? "SHIPPED" : state, step);
  if (state === "DELIVERED")
    desk.orders.steps.move(order.process, state, { ...step, event: "ShipmentProgressed", detail: "told before the shipping" });
}

/** How a shipment that has left ended, if it did, parcel by parcel; what is told before its leaving is said after it. */
function tellArrived(desk: Desk, order: OrderFile, allocation: Allocation, { lost, back }: Fate = {}): void {
  const { id: shipmentId, status, floor, lines } = allocation;
  if (status !== AllocationStatus.SHIPPED || !isFurther(floor, "SHIPPED")) return;
  const missed = (sku: string, sent: number): number => {
    if (floor === "DELIVERED" || !lost || !back) return floor === "DELIVERED" ? 0 : sent;
    return [...lost, ...back].reduce((sum, line) => (line.sku === sku ? sum + line.quantity : sum), 0);
  };
  const fates = lines.map(({ sku, shipped }) => ({ sku, sent: shipped, undelivered: missed(sku, shipped) }));
  const delivered = fates.map(({ sku, sent, undelivered }) => ({ sku, quantity: sent - undelivered })).filter(isSome);
  const undelivered = fates.map((fate) => ({ sku: fate.sku, quantity: fate.undelivered })).filter(isSome);
  if (delivered.length > 0) desk.happened(order, { kind: OrderEventKind.DELIVERED, lines: delivered, shipmentId });
  if (undelivered.length > 0) desk.happened(order, { kind: OrderEventKind.UNDELIVERED, lines: undelivered, shipmentId, detail: floor });
}

type Fate = Pick<ShipmentProgressed, "lost" | "back">;
const isSome = ({ quantity }: EventLine): boolean => quantity > 0;

function shipLine(desk: Desk, order: OrderFile, allocation: Allocation, sku: string, units: number): void {
  const line = allocation.lines.find((allocated) => allocated.sku === sku);
  if (!line || units > line.quantity - line.shipped)
    throw new Error(`shipment ${allocation.id}: ${units} units of ${sku} are more than were allocated`);
  line.shipped += units;
  spread(
    order,
    sku,
    units,
    (open) => open.allocated,
    (open, n) => {
      open.allocated -= n;
      open.shipped += n;
    },
  );
  desk.positions.post(allocation.warehouse_code, sku, "SHIPMENT", allocation.id, { onHand: -units, allocated: -units });
  desk.positions.demand(order.pool_code, sku, -units);
}

/** Units that the warehouse was to ship and did not: they wait again, counted at that warehouse. */
function keepShort(desk: Desk, order: OrderFile, allocation: Allocation): void {
  const short = allocation.lines.filter((line) => line.shipped < line.quantity);
  for (const { sku, quantity, shipped } of short) lose(desk, order, allocation, { sku, quantity: quantity - shipped }, true);
  if (short.length > 0) letWait(desk, order, allocation.warehouse_code);
}

function tellShipped(desk: Desk, order: OrderFile, { shipmentId, warehouse, lines }: ShipmentShipped): void {
  const skus = lines.map(({ sku }) => sku);
  desk.happened(order, { kind: OrderEventKind.SHIPPED, lines, shipmentId, detail: warehouse });
  desk.tell({
    type: "OrderShipped",
    reservationId: order.reservation_id,
    fulfillmentId: order.id,
    shipmentId,
    orderRef: order.order_ref,
    warehouse,
    lines,
    aggregates: {
      [`fulfillment:${order.id}`]: desk.orders.raise(order),
      ...desk.positions.aggregates(warehouse, skus),
      ...desk.positions.demandAggregates(order.pool_code, skus),
    },
    client: order.client,
    merchant: order.merchant,
  });
}
