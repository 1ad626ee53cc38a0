import type { Reader } from "../../../shared/db/database";
import { LostRace } from "../../../shared/db/retry";
import type { Desk } from "../feed/desk";
import type { Known } from "../known/known";
import { sortedKeys, type StockKey } from "../position/position";
import { allocate } from "./allocate";
import { byUrgency, isOpen, wantedOf, type OrderFile } from "./fulfillment-order";
import { askRefill, readWaiting, type WaitingKey } from "./order.sql";

/** Orders that one transaction looks at again, at most; what is beyond is looked at by the next, the most urgent first. */
const MOST_ORDERS = 500;

/** The items of pools for which something may be filled, each with a share of the orders that may be looked at. */
export function waitingKeys(keys: StockKey[]): WaitingKey[] {
  const distinct = sortedKeys(keys);
  const limit = Math.max(10, Math.floor(MOST_ORDERS / Math.max(1, distinct.length)));
  return distinct.map(({ place, sku }) => ({ pool: place, sku, limit }));
}

/** Every position that filling these orders may touch. */
export function keysOfWaiting(orders: OrderFile[], known: Known): StockKey[] {
  return orders.flatMap((order) => [
    ...[...wantedOf(order).keys()].flatMap((sku) => known.warehousesOf(order.pool_code).map(({ code }) => ({ place: code, sku }))),
    ...order.waiting.flatMap(({ warehouse_code, sku }) => (warehouse_code === null ? [] : [{ place: warehouse_code, sku }])),
  ]);
}

/** An order's items in every warehouse of its pool, and where they are allocated or counted as waiting. */
export function keysOfOrder({ pool_code, lines, allocations, waiting }: OrderFile, known: Known): StockKey[] {
  const pool = known.warehousesOf(pool_code).flatMap(({ code }) => lines.map(({ sku }) => ({ place: code, sku })));
  const held = allocations.filter(isOpen).flatMap((one) => one.lines.map(({ sku }) => ({ place: one.warehouse_code, sku })));
  const counted = waiting.flatMap(({ warehouse_code, sku }) => (warehouse_code === null ? [] : [{ place: warehouse_code, sku }]));
  return [...pool, ...held, ...counted];
}

/**
 * Asks again, now that the positions are locked: an order that began to wait between the first look and the locks, or whose
 * pool was told of in between, is not among those locked, and its lock may not be taken any more. The work runs again and finds it.
 */
export async function checkNoneJoined(reader: Reader, keys: WaitingKey[], looked: ReadonlySet<string>): Promise<WaitingKey[]> {
  const { orders, more } = await readWaiting(reader, keys);
  for (const id of orders) if (!looked.has(id)) throw new LostRace("an order began to wait");
  return more;
}

/** Gives stock that is free to the orders that wait: priority descending, promised date (none last), age, id. */
export async function fillWaiting(desk: Desk, orders: OrderFile[], more: WaitingKey[]): Promise<void> {
  const before = orders.map((order) => order.allocations.length);
  for (const order of [...orders].sort(byUrgency)) allocate(desk, order);
  const filled = orders.some((order, i) => order.allocations.length > before[i]);
  if (filled)
    await askRefill(
      desk.tx,
      more.map(({ pool, sku }) => ({ pool_code: pool, sku })),
    );
}
