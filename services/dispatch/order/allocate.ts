import { newId } from "../../../shared/ids";
import type { Desk } from "../feed/desk";
import { OrderEventKind } from "../notice/notice";
import { shipDayOf, type ShipDay } from "../source/ship-day";
import { decideSourcing, unitsOf, type SourcingPlan, type Take } from "../source/decide-sourcing";
import {
  AllocationStatus,
  FulfillmentStatus,
  spread,
  stateOf,
  statusOf,
  urgencyOf,
  waitingUnits,
  wantedOf,
  type StoredDecision,
  type Allocation,
  type OrderFile,
  type WaitingRow,
} from "./fulfillment-order";

/** Decides anew for everything of an order that waits, allocates what the decision takes, and lets the rest wait. */
export function allocate(desk: Desk, order: OrderFile): void {
  if (order.held) return;
  if (wantedOf(order).size === 0) return;
  const plan = planFor(desk, order, (warehouse, sku) => desk.positions.free(warehouse, sku));
  const isNew = order.status === FulfillmentStatus.OPEN;
  if (!isNew && plan.takes.length === 0 && plan.unsourcedBecause === order.unsourced_because) return;
  for (const taken of plan.takes) take(desk, order, taken);
  order.decision = decisionOf(plan, desk.at, desk.criteria.currency);
  explain(desk, order, plan);
  order.status = statusOf(order);
  if (order.waiting.length > 0 || plan.unfilled.size > 0) letWait(desk, order, plan.waitsAt);
  desk.orders.touch(order);
  desk.orders.steps.move(order.process, stateOf(order), { ...stepOf(order, plan), at: desk.at, actor: "dispatch" });
}

/** How everything of an order that waits would be sourced, if so much were free. */
export function planFor(desk: Desk, order: OrderFile, free: (warehouse: string, sku: string) => number): SourcingPlan {
  const wanted = wantedOf(order);
  const members = desk.known.warehousesOf(order.pool_code).filter(({ code }) => (order.pickup_at ?? code) === code);
  const warehouses = members.map(({ code, place }) => ({
    code,
    place,
    free: new Map([...wanted.keys()].map((sku) => [sku, free(code, sku)])),
    ...desk.criteria.of(code),
  }));
  const request = { shipTo: order.ship_to, place: desk.known.placeOf(order.ship_to), wanted, grams: desk.criteria.grams };
  return decideSourcing(request, warehouses, desk.known.ruleFor(order.channel_code));
}

export function take(desk: Desk, order: OrderFile, { warehouse, units }: Take): void {
  const id = newId();
  for (const [sku, n] of units) {
    desk.positions.post(warehouse, sku, "ALLOCATE", id, { allocated: n });
    spread(order, sku, n, waitingUnits, (line, given) => (line.allocated += given));
  }
  const { day, releaseAt, shipBy, capacity } = scheduleOf(desk, order, warehouse);
  const allocation: Allocation = {
    id,
    fulfillment_id: order.id,
    warehouse_code: warehouse,
    status: AllocationStatus.ALLOCATED,
    floor: "NONE",
    created_at: desk.at,
    shipped_at: null,
    delivered_at: null,
    release_at: releaseAt,
    ship_day: capacity === null ? null : day,
    ship_by: shipBy,
    lines: [...units].map(([sku, quantity]) => ({ allocation_id: id, sku, quantity, shipped: 0 })),
    stops: [],
  };
  desk.orders.addAllocation(order, allocation);
  const lines = allocation.lines.map(({ sku, quantity }) => ({ sku, quantity }));
  desk.happened(order, { kind: OrderEventKind.ALLOCATED, lines, shipmentId: id, detail: warehouse });
  if (capacity !== null) desk.loads.book(warehouse, day, 1);
  if (releaseAt === null) tellMade(desk, order, allocation);
}

/** The warehouse makes a shipment of it. */
export function tellMade(desk: Desk, order: OrderFile, allocation: Allocation): void {
  const { id, warehouse_code: warehouse, lines } = allocation;
  desk.tell({
    type: "AllocationMade",
    allocationId: id,
    orderRef: order.order_ref,
    warehouse,
    shipTo: order.ship_to,
    priority: order.priority,
    shipBy: shipByOf(order, allocation),
    ...(order.return_id !== null && { exchange: true }),
    lines: lines.map(({ sku, quantity }) => ({ sku, quantity })).filter(({ quantity }) => quantity > 0),
    aggregates: { [`allocation:${id}`]: 1 },
    client: order.client,
    merchant: order.merchant,
  });
}

/** The cut-off of its day, or what was promised, whichever comes first. */
export function shipByOf({ promised_at }: OrderFile, { ship_by }: Allocation): string | null {
  const times = [promised_at, ship_by].filter((time) => time !== null).map((time) => time.getTime());
  return times.length === 0 ? null : new Date(Math.min(...times)).toISOString();
}

function scheduleOf(desk: Desk, order: OrderFile, warehouse: string): ShipDay & { capacity: number | null } {
  const node = desk.known.ruleFor(order.channel_code)?.warehouses.find((one) => one.warehouse === warehouse);
  const { timeZone = null, cutoff = null } = desk.known.warehouse(warehouse) ?? {};
  const capacity = node?.dailyCapacity ?? null;
  const booked = (day: string) => desk.loads.bookedOn(warehouse, day);
  const day = shipDayOf({ at: desk.at, notBefore: order.ship_not_before, timeZone: timeZone ?? "UTC", cutoff, capacity, booked });
  return { ...day, capacity };
}

export const decisionOf = (plan: SourcingPlan, at: Date, currency: string | null): StoredDecision => ({
  strategy: plan.strategy,
  decidedAt: at.toISOString(),
  candidates: plan.candidates,
  shipments: plan.takes.length,
  unfilled: unitsOf(plan.unfilled),
  currency,
  note: plan.stopped ? "The search was ended before it had looked at every plan: there may be a better one." : null,
});

function explain(desk: Desk, order: OrderFile, { unsourcedBecause }: SourcingPlan): void {
  if (unsourcedBecause === null && order.unsourced_because !== null) desk.sourceable(order);
  order.unsourced_because = unsourcedBecause;
  if (unsourcedBecause !== null) desk.unsourceable(order);
}

/** Rewrites what waits, and where it is counted as backordered: where it was counted before, else at `waitsAt`. */
export function letWait(desk: Desk, order: OrderFile, waitsAt: string | null): void {
  const before = new Map(order.waiting.map((row) => [row.sku, row]));
  const onHold = order.held || order.status === FulfillmentStatus.ON_HOLD;
  order.waiting = [...wantedOf(order)].map(([sku, units]) => ({
    ...urgencyOf(order),
    pool_code: order.pool_code,
    sku,
    units,
    warehouse_code: onHold ? null : (before.get(sku)?.warehouse_code ?? waitsAt),
  }));
  for (const line of order.lines) line.backordered = onHold ? 0 : waitingUnits(line);
  for (const row of order.waiting) {
    const was = before.get(row.sku);
    before.delete(row.sku);
    if (was?.warehouse_code === row.warehouse_code) countBackordered(desk, row, row.units - was.units);
    else {
      if (was) countBackordered(desk, was, -was.units);
      countBackordered(desk, row, row.units);
    }
  }
  for (const was of before.values()) countBackordered(desk, was, -was.units);
  desk.orders.touchWaiting(order);
}

function countBackordered(desk: Desk, { warehouse_code, sku, fulfillment_id }: WaitingRow, units: number): void {
  if (warehouse_code !== null && units !== 0) desk.positions.post(warehouse_code, sku, "BACKORDER", fulfillment_id, { backordered: units });
}

function stepOf(order: OrderFile, { takes, unfilled, unsourcedBecause }: SourcingPlan): { event: string; detail: string | null } {
  const waits = unfilled.size > 0 ? [`${unitsOf(unfilled)} units wait`] : [];
  if (takes.length === 0 && order.status === FulfillmentStatus.ON_HOLD) return { event: "PutOnHold", detail: unsourcedBecause };
  if (takes.length === 0) return { event: "Backordered", detail: waits[0] };
  return {
    event: "AllocationMade",
    detail: [...takes.map(({ warehouse, units }) => `${warehouse} ${unitsOf(units)} units`), ...waits].join(", "),
  };
}
