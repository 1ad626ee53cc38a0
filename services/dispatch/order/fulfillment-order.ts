import { byteOrder } from "../../../shared/db/lock-order";
import type { ShipTo } from "../../../shared/flow/messages";
import type { InstanceRow } from "../process/flow";
import type { Candidate } from "../source/decide-sourcing";
import type { SourcingStrategy } from "../source/sourcing-rule";

export enum FulfillmentStatus {
  OPEN = "OPEN",
  ON_HOLD = "ON_HOLD",
  BACKORDERED = "BACKORDERED",
  PARTIALLY_ALLOCATED = "PARTIALLY_ALLOCATED",
  ALLOCATED = "ALLOCATED",
  PARTIALLY_SHIPPED = "PARTIALLY_SHIPPED",
  SHIPPED = "SHIPPED",
  DELIVERED = "DELIVERED",
  CANCELLING = "CANCELLING",
  CANCELLED = "CANCELLED",
}

export enum AllocationStatus {
  ALLOCATED = "ALLOCATED",
  RELEASED = "RELEASED",
  SHIPPED = "SHIPPED",
  CANCELLED = "CANCELLED",
  SHORT = "SHORT",
}

/** How far a shipment is, as its warehouse told. */
export type Floor = "NONE" | "PICKING" | "PICKED" | "PACKED" | "SHIPPED" | "DELIVERED" | "LOST" | "REFUSED" | "UNDELIVERABLE" | "CANCELLED";
const FLOOR_RANK: Record<Floor, number> = {
  NONE: 0,
  PICKING: 1,
  PICKED: 2,
  PACKED: 3,
  SHIPPED: 4,
  DELIVERED: 5,
  LOST: 5,
  REFUSED: 5,
  UNDELIVERABLE: 5,
  CANCELLED: 5,
};
/** Those that are stopped most easily first: the least advanced, of these the newest. */
export const leastAdvanced = (a: AllocationRow, b: AllocationRow): number =>
  FLOOR_RANK[a.floor] - FLOOR_RANK[b.floor] || byteOrder(b.id, a.id);
export const isFurther = (a: Floor, b: Floor): boolean => FLOOR_RANK[a] > FLOOR_RANK[b];

export interface StoredDecision {
  strategy: SourcingStrategy;
  decidedAt: string;
  candidates: Candidate[];
  shipments: number;
  unfilled: number;
  /** Of the candidates' costs. */
  currency?: string | null;
  /** More about it, for people. */
  note?: string | null;
}

export interface OrderRow {
  id: string;
  order_ref: string;
  reservation_id: string;
  client: string;
  merchant: string;
  channel_code: string;
  pool_code: string;
  status: FulfillmentStatus;
  priority: number;
  promised_at: Date | null;
  ship_not_before: Date | null;
  ship_to: ShipTo | null;
  unsourced_because: string | null;
  /** A person holds it: nothing more is allocated until it is resumed. */
  held: boolean;
  /** The buyer collects it there: no other warehouse ships it. */
  pickup_at: string | null;
  created_at: Date;
  /** The return that it is the replacement of. */
  return_id: string | null;
  version: number;
}

export interface LineRow {
  fulfillment_id: string;
  line_no: number;
  line_ref: string | null;
  sku: string;
  quantity: number;
  allocated: number;
  backordered: number;
  shipped: number;
  cancelled: number;
}

export interface AllocationRow {
  id: string;
  fulfillment_id: string;
  warehouse_code: string;
  status: AllocationStatus;
  floor: Floor;
  created_at: Date;
  shipped_at: Date | null;
  delivered_at: Date | null;
  /** Its warehouse has not been told of it, and is told then; null: it has been told. */
  release_at: Date | null;
  /** The warehouse's day in whose capacity it counts; null: in none. */
  ship_day: string | null;
  /** The cut-off of the day on which it is to leave; null where its warehouse has none. */
  ship_by: Date | null;
}

export interface AllocationLineRow {
  allocation_id: string;
  sku: string;
  quantity: number;
  shipped: number;
}

export interface WaitingRow {
  pool_code: string;
  sku: string;
  urgency: number;
  promised_at: Date;
  created_at: Date;
  fulfillment_id: string;
  units: number;
  /** Where the units are counted as backordered; null: nowhere (the order is on hold). */
  warehouse_code: string | null;
}

/**
 * Units that the warehouse was asked to stop, and has not answered: for a cancellation, which gives them up, or to be sourced anew.
 * One request may serve both, for what is on its way back may be cancelled meanwhile.
 */
export interface StopLine {
  allocation_id: string;
  /** What the warehouse knows the question by. */
  request_id: string;
  /** Empty: the units are sourced anew. */
  cancellation_id: string;
  sku: string;
  units: number;
  /** The cancellation is the house's own; nobody asked for it. */
  by_house: 0 | 1;
}

export interface Allocation extends AllocationRow {
  lines: AllocationLineRow[];
  stops: StopLine[];
}

/** One fulfillment order with all that belongs to it, its row locked by the transaction that holds it. */
export interface OrderFile extends OrderRow {
  lines: LineRow[];
  allocations: Allocation[];
  waiting: WaitingRow[];
  process: InstanceRow;
  /** Set when it was decided anew. */
  decision?: StoredDecision;
}

export const waitingUnits = (line: LineRow): number => line.quantity - line.allocated - line.shipped - line.cancelled;

/** Units that wait, by SKU; lines of the same SKU are summed. */
export function wantedOf(order: OrderFile): Map<string, number> {
  const wanted = new Map<string, number>();
  for (const line of order.lines) if (waitingUnits(line) > 0) wanted.set(line.sku, (wanted.get(line.sku) ?? 0) + waitingUnits(line));
  return wanted;
}

/** Spreads units of a SKU over its lines in their order; `room` says how many a line takes, `put` gives them to it. */
export function spread(
  order: OrderFile,
  sku: string,
  units: number,
  room: (line: LineRow) => number,
  put: (line: LineRow, units: number) => void,
): void {
  let left = units;
  for (const line of order.lines) {
    if (left === 0) return;
    if (line.sku !== sku) continue;
    const given = Math.min(left, room(line));
    put(line, given);
    left -= given;
  }
  if (left > 0) throw new Error(`order ${order.order_ref}: ${left} units of ${sku} are more than its lines have`);
}

/** What the figures of lines and allocations say of the order. */
export function statusOf({ lines, allocations, unsourced_because, held }: OrderFile): FulfillmentStatus {
  const sum = (of: (line: LineRow) => number) => lines.reduce((total, line) => total + of(line), 0);
  if (allocations.some(({ stops }) => stops.some((stop) => stop.cancellation_id !== ""))) return FulfillmentStatus.CANCELLING;
  const [shipped, allocated, waiting] = [sum((line) => line.shipped), sum((line) => line.allocated), sum(waitingUnits)];
  if (shipped > 0 && allocated + waiting > 0) return FulfillmentStatus.PARTIALLY_SHIPPED;
  if (shipped > 0) return allocations.every(isDelivered) ? FulfillmentStatus.DELIVERED : FulfillmentStatus.SHIPPED;
  if (allocated + waiting === 0) return FulfillmentStatus.CANCELLED;
  if (held && allocations.filter(isOpen).every(isUnpicked)) return FulfillmentStatus.ON_HOLD;
  if (waiting === 0) return FulfillmentStatus.ALLOCATED;
  if (allocated > 0) return FulfillmentStatus.PARTIALLY_ALLOCATED;
  return unsourced_because === null ? FulfillmentStatus.BACKORDERED : FulfillmentStatus.ON_HOLD;
}

const isDelivered = ({ status, floor }: Allocation): boolean => status !== AllocationStatus.SHIPPED || floor === "DELIVERED";
export const isOpen = ({ status }: AllocationRow): boolean => status === AllocationStatus.ALLOCATED || status === AllocationStatus.RELEASED;
/** Nobody has begun to pick it, as far as its warehouse has told. */
export const isUnpicked = (allocation: AllocationRow): boolean => isOpen(allocation) && allocation.floor === "NONE";
export const isRecalled = ({ stops }: Allocation): boolean => stops.some((stop) => stop.cancellation_id === "");

/** Units of an allocation that its warehouse is to ship and has not been asked to stop. */
export function unstopped({ lines, stops }: Allocation): { sku: string; quantity: number }[] {
  const asked = (sku: string) => stops.reduce((sum, stop) => (stop.sku === sku ? sum + stop.units : sum), 0);
  return lines
    .map(({ sku, quantity, shipped }) => ({ sku, quantity: quantity - shipped - asked(sku) }))
    .filter(({ quantity }) => quantity > 0);
}

/** The state of the order's process: the status, and while all is allocated, how far the floor is with all of it. */
export function stateOf(order: OrderFile): string {
  if (order.status !== FulfillmentStatus.ALLOCATED) return order.status;
  const ranks = order.allocations.filter(isOpen).map(({ floor }) => FLOOR_RANK[floor]);
  const least = Math.min(...ranks);
  if (least >= FLOOR_RANK.PACKED) return "PACKED";
  if (least >= FLOOR_RANK.PICKED) return "PICKED";
  return Math.max(...ranks) >= FLOOR_RANK.PICKING ? "PICKING" : "ALLOCATED";
}

const NEVER = new Date("9999-12-31T00:00:00Z");
/** Where an order stands among those that wait: the key of table `waiting`. */
export const urgencyOf = ({ priority, promised_at, created_at, id }: OrderRow) => ({
  urgency: -priority,
  promised_at: promised_at ?? NEVER,
  created_at,
  fulfillment_id: id,
});

/** Priority descending, promised date (none last), age, id. */
export function byUrgency(a: OrderRow, b: OrderRow): number {
  const [x, y] = [urgencyOf(a), urgencyOf(b)];
  return (
    x.urgency - y.urgency ||
    x.promised_at.getTime() - y.promised_at.getTime() ||
    x.created_at.getTime() - y.created_at.getTime() ||
    byteOrder(a.id, b.id)
  );
}
