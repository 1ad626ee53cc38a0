import type { FeedEvent, OrderConfirmed } from "../../../shared/flow/messages";
import { newId } from "../../../shared/ids";
import type { Desk } from "../feed/desk";
import type { StockKey } from "../position/position";
import { newInstance } from "../process/flow";
import { beReplacement } from "../return/replace";
import { ORDER_FLOW } from "../process/order-flow";
import type { Known } from "../known/known";
import { OrderEventKind } from "../notice/notice";
import { allocate } from "./allocate";
import { FulfillmentStatus, type LineRow, type OrderFile } from "./fulfillment-order";

export type Confirmation = FeedEvent<OrderConfirmed>;

/** The demand and the positions that opening these orders may touch: their items in every warehouse of their pool. */
export function keysOf(events: Confirmation[], known: Known): { positions: StockKey[]; demand: StockKey[] } {
  const demand = events.flatMap(({ pool, lines }) => lines.map(({ sku }) => ({ place: pool, sku })));
  const positions = events.flatMap(({ pool, lines }) =>
    known.warehousesOf(pool).flatMap(({ code }) => lines.map(({ sku }) => ({ place: code, sku }))),
  );
  return { positions, demand };
}

/** A paid order becomes a fulfillment order and is sourced at once. */
export function openOrder(desk: Desk, event: Confirmation): void {
  const order = fulfillmentOf(event, desk.at);
  if (event.returnId !== undefined) beReplacement(desk, order, event.returnId);
  desk.orders.add(order);
  for (const { sku, quantity } of order.lines) desk.positions.demand(order.pool_code, sku, quantity);
  if (event.heldAt !== undefined) {
    const held = { event: "ReservationHeld", at: new Date(event.heldAt), actor: event.client, detail: event.channel };
    desk.orders.steps.move(order.process, "HELD", held);
  }
  desk.orders.steps.move(order.process, "CONFIRMED", {
    event: event.type,
    at: new Date(event.at),
    actor: event.actor,
    detail: event.channel,
  });
  desk.happened(order, { kind: OrderEventKind.CONFIRMED, lines: event.lines });
  allocate(desk, order);
}

function fulfillmentOf(event: Confirmation, at: Date): OrderFile {
  const id = newId();
  return {
    id,
    order_ref: event.orderRef,
    reservation_id: event.reservationId,
    client: event.client,
    merchant: event.merchant,
    channel_code: event.channel,
    pool_code: event.pool,
    status: FulfillmentStatus.OPEN,
    priority: event.priority,
    promised_at: event.promisedAt === null ? null : new Date(event.promisedAt),
    ship_not_before: event.shipNotBefore === null ? null : new Date(event.shipNotBefore),
    ship_to: event.shipTo,
    unsourced_because: null,
    held: false,
    pickup_at: event.pickupAt,
    created_at: at,
    return_id: null,
    version: 0,
    lines: event.lines.map((line, i) => lineOf(id, line, i + 1)),
    allocations: [],
    waiting: [],
    process: newInstance(ORDER_FLOW, { id, reference: event.orderRef, client: event.client }, new Date(event.at)),
  };
}

const lineOf = (id: string, { sku, quantity, lineRef }: OrderConfirmed["lines"][number], line_no: number): LineRow => ({
  fulfillment_id: id,
  line_no,
  line_ref: lineRef,
  sku,
  quantity,
  allocated: 0,
  backordered: 0,
  shipped: 0,
  cancelled: 0,
});
