import type { EventLine, FeedEvent, ShipmentCancelDecided } from "../../../shared/flow/messages";
import { groupBy } from "../../../shared/group";
import { newId } from "../../../shared/ids";
import type { Desk } from "../feed/desk";
import { OrderEventKind } from "../notice/notice";
import { letWait } from "./allocate";
import {
  AllocationStatus,
  isOpen,
  isRecalled,
  spread,
  stateOf,
  statusOf,
  unstopped,
  wantedOf,
  type Allocation,
  type OrderFile,
  type StopLine,
} from "./fulfillment-order";

/** No cancellation: units that are stopped are sourced anew. */
const ANEW = "";

/** A cancellation: of the order system, or the house's own. */
export interface Cancelling {
  cancellationId: string;
  byHouse: boolean;
}
const NOBODY_CANCELS: Cancelling = { cancellationId: ANEW, byHouse: false };

export interface Part extends EventLine {
  allocation: Allocation;
}

export const partsOf = (allocations: Allocation[]): Part[] =>
  allocations.flatMap((allocation) => unstopped(allocation).map((line) => ({ ...line, allocation })));

export const unitsIn = (lines: EventLine[]): number => lines.reduce((sum, { quantity }) => sum + quantity, 0);

/** Asks warehouses to stop units. With a cancellation they are given up then, without one they are sourced anew. */
export function askToStop(desk: Desk, order: OrderFile, parts: Part[], { cancellationId, byHouse } = NOBODY_CANCELS): void {
  for (const [allocation, lines] of groupBy(parts, (part) => part.allocation)) {
    const requestId = cancellationId === ANEW ? newId() : cancellationId;
    for (const { sku, quantity } of lines)
      allocation.stops.push({
        allocation_id: allocation.id,
        request_id: requestId,
        cancellation_id: cancellationId,
        sku,
        units: quantity,
        by_house: byHouse ? 1 : 0,
      });
    desk.orders.touchStops(order, allocation);
    desk.tell({
      type: "ShipmentCancelRequested",
      allocationId: allocation.id,
      cancellationId: requestId,
      orderRef: order.order_ref,
      warehouse: allocation.warehouse_code,
      lines: lines.map(({ sku, quantity }) => ({ sku, quantity })),
      ...(cancellationId === ANEW && { beforePicking: true }),
      // AllocationMade is version 1; the order's version rises with everything that is told later.
      aggregates: { [`allocation:${allocation.id}`]: 1 + desk.orders.raise(order) },
      client: order.client,
      merchant: order.merchant,
    });
  }
}

/**
 * Takes units back that nobody has begun to pick, to be sourced anew: at once where the warehouse has not been told of them, else
 * it is asked and decides.
 */
export function takeBack(desk: Desk, order: OrderFile, parts: Part[]): { back: Part[]; asked: Part[] } {
  const back = parts.filter(({ allocation }) => allocation.release_at !== null);
  const asked = parts.filter(({ allocation }) => allocation.release_at === null);
  takeUnreleased(desk, order, back, false);
  askToStop(desk, order, asked);
  return { back, asked };
}

/** Units of allocations that no warehouse has been told of: they are given up, or wait again. */
export function takeUnreleased(desk: Desk, order: OrderFile, parts: Part[], cancelled: boolean): void {
  for (const [allocation, lines] of groupBy(parts, (part) => part.allocation)) {
    const whole = unitsIn(unstopped(allocation)) === unitsIn(lines);
    for (const line of lines) {
      takeOut(desk, order, allocation, line, { whole, cancelled });
      desk.freed(order.pool_code, line.sku);
    }
    if (whole) end(desk, allocation);
    desk.orders.touchAllocation(order, allocation);
  }
}

/** What the warehouse could stop is given up or sourced anew; what it could not goes on. An answer told twice counts once. */
export function applyStopDecision(desk: Desk, event: FeedEvent<ShipmentCancelDecided>): void {
  const found = desk.orders.ofAllocation(event.shipmentId);
  const asked = found?.allocation.stops.filter((stop) => stop.request_id === event.cancellationId) ?? [];
  if (!found || asked.length === 0) return;
  const { order, allocation } = found;
  const whole = event.status === "CANCELLING" || event.status === "CANCELLED";
  allocation.stops = allocation.stops.filter((stop) => !asked.includes(stop));
  const again: { cancelling: Cancelling; parts: Part[] }[] = [];
  const left = new Map(event.stopped.map(({ sku, quantity }) => [sku, quantity]));
  // What was meanwhile cancelled comes before what is to be sourced anew.
  for (const [cancellationId, rows] of groupBy([...asked].sort(cancelledFirst), (stop) => stop.cancellation_id)) {
    const lines = rows.map((row) => ({ ...row, stopped: Math.min(row.units, left.get(row.sku) ?? 0) }));
    for (const { sku, stopped } of lines) left.set(sku, (left.get(sku) ?? 0) - stopped);
    const stopped = lines.map((line) => ({ sku: line.sku, quantity: line.stopped })).filter(({ quantity }) => quantity > 0);
    const cancelled = cancellationId !== ANEW;
    for (const line of stopped) takeOut(desk, order, allocation, line, { whole, cancelled });
    const tooLate = lines.map((line) => ({ sku: line.sku, quantity: line.units - line.stopped })).filter(({ quantity }) => quantity > 0);
    // What is still missing after a loss is looked for elsewhere.
    if (!cancelled) for (const { sku } of tooLate) desk.positions.raise(allocation.warehouse_code, sku);
    const cancelling = { cancellationId, byHouse: rows[0].by_house === 1 };
    // It had joined a question about units that nobody has begun to pick: what is being picked can still be stopped.
    const askAgain = cancelled && !whole && rows[0].request_id !== cancellationId && tooLate.length > 0 && isOpen(allocation);
    if (askAgain) again.push({ cancelling, parts: tooLate.map((line) => ({ ...line, allocation })) });
    if (cancelled) tellDecided(desk, order, cancelling, stopped, askAgain ? [] : tooLate);
  }
  if ([...left.values()].some((units) => units > 0)) throw new Error(`shipment ${allocation.id}: more was stopped than was asked`);
  if (whole) end(desk, allocation);
  desk.orders.touchStops(order, allocation);
  for (const { cancelling, parts } of again) askToStop(desk, order, parts, cancelling);
  order.status = statusOf(order);
  if (order.waiting.length > 0 || wantedOf(order).size > 0) letWait(desk, order, allocation.warehouse_code);
  const detail = `${event.warehouse}: ${unitsIn(event.stopped)} units stopped, ${unitsIn(event.tooLate)} too late`;
  desk.orders.steps.move(order.process, stateOf(order), { event: event.type, at: new Date(event.at), actor: "warehouse", detail });
  if (!order.allocations.some(isRecalled)) desk.sourceAnew(order);
}

/** All of it was stopped: its day has room for another. */
function end(desk: Desk, allocation: Allocation): void {
  Object.assign(allocation, { status: AllocationStatus.CANCELLED, release_at: null });
  if (allocation.ship_day === null) return;
  desk.loads.book(allocation.warehouse_code, allocation.ship_day, -1);
  allocation.ship_day = null;
}

const cancelledFirst = (a: StopLine, b: StopLine): number => Number(a.cancellation_id === ANEW) - Number(b.cancellation_id === ANEW);

/**
 * Units of an allocation will not be shipped, for they are not there: those that it was asked to stop are what is missing first,
 * and what was cancelled of them is given up; the rest waits again.
 */
export function lose(desk: Desk, order: OrderFile, allocation: Allocation, { sku, quantity }: EventLine, whole: boolean): void {
  const line = allocation.lines.find((allocated) => allocated.sku === sku);
  const goingOn = (line ? line.quantity - line.shipped : 0) - quantity;
  const asked = allocation.stops.filter((stop) => stop.sku === sku).sort(cancelledFirst);
  let missing = asked.reduce((sum, { units }) => sum + units, 0) - Math.max(goingOn, 0);
  let waits = quantity;
  for (const stop of asked) {
    const units = Math.min(stop.units, missing, waits);
    if (units <= 0) continue;
    stop.units -= units;
    missing -= units;
    if (stop.cancellation_id === ANEW) continue;
    waits -= units;
    takeOut(desk, order, allocation, { sku, quantity: units }, { whole, cancelled: true });
    tellDecided(desk, order, { cancellationId: stop.cancellation_id, byHouse: stop.by_house === 1 }, [{ sku, quantity: units }], []);
  }
  if (asked.length > 0) {
    allocation.stops = allocation.stops.filter(({ units }) => units > 0);
    desk.orders.touchStops(order, allocation);
  }
  if (waits > 0) takeOut(desk, order, allocation, { sku, quantity: waits }, { whole, cancelled: false });
}

/** Units leave an allocation. One that ends keeps its lines, as a record of what it was; one that goes on is to ship less. */
function takeOut(
  desk: Desk,
  order: OrderFile,
  allocation: Allocation,
  { sku, quantity }: EventLine,
  { whole, cancelled }: { whole: boolean; cancelled: boolean },
): void {
  const line = allocation.lines.find((allocated) => allocated.sku === sku);
  if (!line || quantity > line.quantity - line.shipped)
    throw new Error(`shipment ${allocation.id}: ${quantity} units of ${sku} were stopped or short, more than were allocated`);
  if (!whole) line.quantity -= quantity;
  spread(
    order,
    sku,
    quantity,
    (open) => open.allocated,
    (open, n) => {
      open.allocated -= n;
      if (cancelled) open.cancelled += n;
    },
  );
  desk.positions.post(allocation.warehouse_code, sku, "CANCEL", allocation.id, { allocated: -quantity });
  if (cancelled) desk.positions.demand(order.pool_code, sku, -quantity);
}

/** Sales lowers committed where dispatch has lowered the demand: the demand's version keeps the two in step. */
export function tellDecided(
  desk: Desk,
  order: OrderFile,
  { cancellationId, byHouse }: Cancelling,
  stopped: EventLine[],
  tooLate: EventLine[],
): void {
  if (stopped.length + tooLate.length === 0) return;
  if (stopped.length > 0) desk.happened(order, { kind: byHouse ? OrderEventKind.RELEASED : OrderEventKind.CANCELLED, lines: stopped });
  if (tooLate.length > 0 && !byHouse) desk.happened(order, { kind: OrderEventKind.CANCEL_REFUSED, lines: tooLate });
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
