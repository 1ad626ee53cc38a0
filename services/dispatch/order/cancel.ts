import type { CancelRequested, EventLine, FeedEvent, ShipmentCancelDecided } from "../../../shared/flow/messages";
import type { Desk } from "../feed/desk";
import { OrderEventKind } from "../notice/notice";
import { allocate, letWait } from "./allocate";
import {
  AllocationStatus,
  isOpen,
  leastAdvanced,
  spread,
  stateOf,
  statusOf,
  waitingUnits,
  wantedOf,
  type Allocation,
  type OrderFile,
} from "./fulfillment-order";

/**
 * Units of an order are not wanted any more. What waits is given up at once; for what is allocated the warehouses are asked, the
 * least advanced shipments first; what has left is too late. Nothing is refused here.
 */
export function cancelOrder(desk: Desk, event: FeedEvent<CancelRequested>): void {
  const order = desk.orders.ofReservation(event.reservationId);
  if (!order) throw new Error(`cancellation ${event.cancellationId}: dispatch has no order of reservation ${event.reservationId}`);
  desk.happened(order, { kind: OrderEventKind.CANCEL_REQUESTED, lines: event.lines, detail: event.reason });
  const left = new Map(event.lines.map(({ sku, quantity }) => [sku, quantity]));
  const stopped = stopWaiting(desk, order, left);
  const asked = askWarehouses(desk, order, event, left);
  const tooLate = linesOf(left);
  desk.orders.touch(order);
  if (stopped.length + tooLate.length > 0) tellDecided(desk, order, event.cancellationId, stopped, tooLate);
  if (wantedOf(order).size === 0 && order.unsourced_because !== null) {
    order.unsourced_because = null;
    desk.sourceable(order);
  }
  order.status = statusOf(order);
  if (stopped.length > 0) letWait(desk, order, null);
  const detail = [
    ...(stopped.length > 0 ? [`${unitsIn(stopped)} units stopped`] : []),
    ...asked.map(({ warehouse_code }) => `${warehouse_code} asked`),
    ...(tooLate.length > 0 ? [`${unitsIn(tooLate)} units too late`] : []),
    event.reason,
  ].join(", ");
  desk.orders.steps.move(order.process, stateOf(order), { event: event.type, at: new Date(event.at), actor: event.actor, detail });
  // What a no-split order still wants may fit into one warehouse now.
  if (stopped.length > 0) allocate(desk, order);
}

/** What the warehouse could stop is given up, and its stock is free; what it could not goes on. An answer told twice counts once. */
export function applyCancelDecision(desk: Desk, event: FeedEvent<ShipmentCancelDecided>): void {
  const found = desk.orders.ofAllocation(event.shipmentId);
  if (!found || found.allocation.cancelling !== event.cancellationId) return;
  const { order, allocation } = found;
  const whole = event.status === "CANCELLING" || event.status === "CANCELLED";
  for (const line of event.stopped) giveUp(desk, order, allocation, line, whole);
  allocation.cancelling = null;
  if (whole) allocation.status = AllocationStatus.CANCELLED;
  desk.orders.touchAllocation(order, allocation);
  tellDecided(desk, order, event.cancellationId, event.stopped, event.tooLate);
  order.status = statusOf(order);
  // What still waits may be on hold now, and is counted elsewhere then.
  if (order.waiting.length > 0) letWait(desk, order, null);
  const detail = `${event.warehouse}: ${unitsIn(event.stopped)} units stopped, ${unitsIn(event.tooLate)} too late`;
  desk.orders.steps.move(order.process, stateOf(order), { event: event.type, at: new Date(event.at), actor: "warehouse", detail });
}

/** Gives up what waits, and takes it from what is left to be cancelled. */
function stopWaiting(desk: Desk, order: OrderFile, left: Map<string, number>): EventLine[] {
  const wanted = wantedOf(order);
  const stopped = [...left]
    .map(([sku, units]) => ({ sku, quantity: Math.min(units, wanted.get(sku) ?? 0) }))
    .filter(({ quantity }) => quantity > 0);
  for (const { sku, quantity } of stopped) {
    spread(order, sku, quantity, waitingUnits, (line, given) => (line.cancelled += given));
    desk.positions.demand(order.pool_code, sku, -quantity);
    left.set(sku, left.get(sku)! - quantity);
  }
  return stopped;
}

function askWarehouses(desk: Desk, order: OrderFile, event: FeedEvent<CancelRequested>, left: Map<string, number>): Allocation[] {
  const asked: Allocation[] = [];
  for (const allocation of order.allocations.filter(isOpen).sort(leastAdvanced)) {
    const lines = allocation.lines
      .map(({ sku, quantity, shipped }) => ({ sku, quantity: Math.min(left.get(sku) ?? 0, quantity - shipped) }))
      .filter(({ quantity }) => quantity > 0);
    if (lines.length === 0) continue;
    for (const { sku, quantity } of lines) left.set(sku, left.get(sku)! - quantity);
    allocation.cancelling = event.cancellationId;
    desk.orders.touchAllocation(order, allocation);
    asked.push(allocation);
    desk.tell({
      type: "ShipmentCancelRequested",
      allocationId: allocation.id,
      cancellationId: event.cancellationId,
      orderRef: order.order_ref,
      warehouse: allocation.warehouse_code,
      lines,
      // AllocationMade is version 1; the order's version rises with every request.
      aggregates: { [`allocation:${allocation.id}`]: 1 + desk.orders.raise(order) },
      client: order.client,
      merchant: order.merchant,
    });
  }
  return asked;
}

/** An allocation that is stopped whole keeps its lines, as a record of what it was; one that goes on is to ship less. */
function giveUp(desk: Desk, order: OrderFile, allocation: Allocation, { sku, quantity }: EventLine, whole: boolean): void {
  const line = allocation.lines.find((allocated) => allocated.sku === sku);
  if (!line || quantity > line.quantity - line.shipped)
    throw new Error(`shipment ${allocation.id}: ${quantity} units of ${sku} were stopped, more than were allocated`);
  if (!whole) line.quantity -= quantity;
  spread(
    order,
    sku,
    quantity,
    (open) => open.allocated,
    (open, n) => {
      open.allocated -= n;
      open.cancelled += n;
    },
  );
  desk.positions.post(allocation.warehouse_code, sku, "CANCEL", allocation.id, { allocated: -quantity });
  desk.positions.demand(order.pool_code, sku, -quantity);
}

/** Sales lowers committed where dispatch has lowered the demand: the demand's version keeps the two in step. */
function tellDecided(desk: Desk, order: OrderFile, cancellationId: string, stopped: EventLine[], tooLate: EventLine[]): void {
  if (stopped.length > 0) desk.happened(order, { kind: OrderEventKind.CANCELLED, lines: stopped });
  if (tooLate.length > 0) desk.happened(order, { kind: OrderEventKind.CANCEL_REFUSED, lines: tooLate });
  const skus = stopped.map(({ sku }) => sku);
  desk.tell({
    type: "CancelDecided",
    reservationId: order.reservation_id,
    cancellationId,
    fulfillmentId: order.id,
    orderRef: order.order_ref,
    stopped,
    tooLate,
    aggregates: { [`fulfillment:${order.id}`]: desk.orders.raise(order), ...desk.positions.demandAggregates(order.pool_code, skus) },
    client: order.client,
    merchant: order.merchant,
  });
}

const linesOf = (units: Map<string, number>): EventLine[] =>
  [...units].filter(([, quantity]) => quantity > 0).map(([sku, quantity]) => ({ sku, quantity }));
const unitsIn = (lines: EventLine[]): number => lines.reduce((sum, { quantity }) => sum + quantity, 0);
