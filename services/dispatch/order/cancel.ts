import type { CancelRequested, EventLine, FeedEvent } from "../../../shared/flow/messages";
import type { Desk } from "../feed/desk";
import { OrderEventKind } from "../notice/notice";
import { allocate, letWait } from "./allocate";
import { isOpen, leastAdvanced, spread, stateOf, statusOf, unstopped, waitingUnits, wantedOf, type OrderFile } from "./fulfillment-order";
import { askToStop, takeUnreleased, tellDecided, unitsIn, type Cancelling, type Part } from "./stop";

/** Units of an order are not wanted any more, says sales. Nothing is refused here. */
export function cancelOrder(desk: Desk, event: FeedEvent<CancelRequested>): void {
  const order = desk.orders.ofReservation(event.reservationId);
  if (!order) throw new Error(`cancellation ${event.cancellationId}: dispatch has no order of reservation ${event.reservationId}`);
  desk.happened(order, { kind: OrderEventKind.CANCEL_REQUESTED, lines: event.lines, detail: event.reason });
  giveUp(desk, order, { ...event, byHouse: false }, { event: event.type, at: new Date(event.at), actor: event.actor });
}

/**
 * Gives up units of an order. What waits, and what no warehouse has been told of, at once; what is asked back already, as soon as
 * it is; for what is allocated the warehouses are asked, the least advanced shipments first; what has left is too late.
 */
export function giveUp(
  desk: Desk,
  order: OrderFile,
  { cancellationId, byHouse, lines, reason }: Cancelling & { lines: EventLine[]; reason: string },
  step: { event: string; at: Date; actor: string },
): void {
  const left = new Map(lines.map(({ sku, quantity }) => [sku, quantity]));
  const stopped = added([...stopWaiting(desk, order, left), ...stopUnreleased(desk, order, left)]);
  const cancelling = { cancellationId, byHouse };
  const joined = joinRecalls(desk, order, cancelling, left);
  const asked = askWarehouses(desk, order, cancelling, left);
  const tooLate = linesOf(left);
  desk.orders.touch(order);
  if (stopped.length + tooLate.length > 0) tellDecided(desk, order, cancelling, stopped, tooLate);
  if (wantedOf(order).size === 0 && order.unsourced_because !== null) {
    order.unsourced_because = null;
    desk.sourceable(order);
  }
  order.status = statusOf(order);
  if (stopped.length > 0) letWait(desk, order, null);
  const detail = [
    ...(stopped.length > 0 ? [`${unitsIn(stopped)} units stopped`] : []),
    ...(joined > 0 ? [`${joined} units are asked back already`] : []),
    ...[...new Set(asked.map(({ allocation }) => allocation))].map(({ warehouse_code }) => `${warehouse_code} asked`),
    ...(tooLate.length > 0 ? [`${unitsIn(tooLate)} units too late`] : []),
    reason,
  ].join(", ");
  desk.orders.steps.move(order.process, stateOf(order), { ...step, detail });
  // What the order still wants may fit into one warehouse now.
  if (stopped.length > 0) allocate(desk, order);
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

function stopUnreleased(desk: Desk, order: OrderFile, left: Map<string, number>): EventLine[] {
  const parts = order.allocations
    .filter((allocation) => isOpen(allocation) && allocation.release_at !== null)
    .sort(leastAdvanced)
    .flatMap((allocation) => unstopped(allocation).map((line) => ({ ...takeFrom(left, line), allocation })));
  const some = parts.filter(({ quantity }) => quantity > 0);
  takeUnreleased(desk, order, some, true);
  return some;
}

/** Units that are asked back to be sourced anew are given up instead, as far as the warehouse can stop them. */
function joinRecalls(desk: Desk, order: OrderFile, { cancellationId, byHouse }: Cancelling, left: Map<string, number>): number {
  let joined = 0;
  for (const allocation of order.allocations.filter(isOpen)) {
    for (const recall of allocation.stops.filter((stop) => stop.cancellation_id === "")) {
      const { quantity: units } = takeFrom(left, { sku: recall.sku, quantity: recall.units });
      if (units === 0) continue;
      recall.units -= units;
      joined += units;
      allocation.stops.push({ ...recall, cancellation_id: cancellationId, units, by_house: byHouse ? 1 : 0 });
      desk.orders.touchStops(order, allocation);
    }
    allocation.stops = allocation.stops.filter(({ units }) => units > 0);
  }
  return joined;
}

function askWarehouses(desk: Desk, order: OrderFile, cancelling: Cancelling, left: Map<string, number>): Part[] {
  const parts = order.allocations
    .filter((allocation) => isOpen(allocation) && allocation.release_at === null)
    .sort(leastAdvanced)
    .flatMap((allocation) => unstopped(allocation).map((line) => ({ ...takeFrom(left, line), allocation })));
  const asked = parts.filter(({ quantity }) => quantity > 0);
  askToStop(desk, order, asked, cancelling);
  return asked;
}

/** As many units of a line as are left to be cancelled, and takes them from what is left. */
function takeFrom(left: Map<string, number>, { sku, quantity }: EventLine): EventLine {
  const units = Math.min(quantity, left.get(sku) ?? 0);
  if (units > 0) left.set(sku, left.get(sku)! - units);
  return { sku, quantity: units };
}

function added(lines: EventLine[]): EventLine[] {
  const units = new Map<string, number>();
  for (const { sku, quantity } of lines) units.set(sku, (units.get(sku) ?? 0) + quantity);
  return linesOf(units);
}

const linesOf = (units: Map<string, number>): EventLine[] =>
  [...units].filter(([, quantity]) => quantity > 0).map(([sku, quantity]) => ({ sku, quantity }));
