import type { Tx } from "../../../shared/db/transaction";
import { Desk } from "../feed/desk";
import { Known } from "../known/known";
import { Positions, type StockKey } from "../position/position";
import { deleteOverdrawn, readOverdrawn } from "../position/position.sql";
import { letWait } from "./allocate";
import { fillWaiting, keysOfOrder } from "./fill-waiting";
import { byUrgency, isUnpicked, stateOf, statusOf, type OrderFile } from "./fulfillment-order";
import { holdersIn, unitsAsked } from "./holders.sql";
import { Orders } from "./orders";
import { partsOf, takeBack, type Part } from "./stop";

const KEYS_A_TURN = 20;
const HOLDERS_A_KEY = 100;

/**
 * A loss was reported of units that are allocated: as many as are missing are taken back from those that nobody has begun to pick,
 * the least urgent order's first, and are sourced anew. Where the warehouse says that it is too late, the next order's are.
 */
export async function takeBackOverdrawn(tx: Tx): Promise<number> {
  const keys = await readOverdrawn(tx, KEYS_A_TURN);
  await deleteOverdrawn(tx, keys);
  const holders: string[] = [];
  for (const { place, sku } of keys) holders.push(...(await holdersIn(tx, place, sku, HOLDERS_A_KEY)));
  const orders = await Orders.lock(tx, [...new Set(holders)]);
  const known = await Known.read(tx, [...new Set(orders.all().map((order) => order.channel_code))]);
  const positions = await Positions.lock(tx, { positions: [...keys, ...orders.all().flatMap((order) => keysOfOrder(order, known))] });
  const desk = await Desk.open(tx, known, orders, positions);
  for (const key of keys) takeBackMissing(desk, key, await unitsAsked(tx, key.place, key.sku));
  await fillWaiting(desk, [...desk.anew], []);
  await desk.save();
  return keys.length;
}

function takeBackMissing(desk: Desk, { place, sku }: StockKey, asked: number): void {
  const { allocated, on_hand } = desk.positions.of(place, sku);
  let missing = allocated - on_hand - asked;
  for (const order of desk.orders.all().sort(byUrgency).reverse()) {
    if (missing <= 0) return;
    const parts: Part[] = [];
    for (const part of partsOf(order.allocations.filter((one) => isUnpicked(one) && one.warehouse_code === place))) {
      const quantity = part.sku === sku ? Math.min(part.quantity, missing) : 0;
      if (quantity === 0) continue;
      missing -= quantity;
      parts.push({ ...part, quantity });
    }
    if (parts.length > 0) giveBack(desk, order, parts, `${place} has lost units of ${sku} that were promised`);
  }
}

/** Parts of an order are taken back for something that it did not ask for. */
export function giveBack(desk: Desk, order: OrderFile, parts: Part[], because: string): void {
  const { back } = takeBack(desk, order, parts);
  order.status = statusOf(order);
  if (back.length > 0) letWait(desk, order, back[0].allocation.warehouse_code);
  if (back.length > 0) desk.sourceAnew(order);
  desk.orders.touch(order);
  const detail = [...parts.map(({ allocation, sku, quantity }) => `${allocation.warehouse_code} ${quantity} of ${sku}`), because].join(
    ", ",
  );
  desk.orders.steps.move(order.process, stateOf(order), { event: "AllocationTakenBack", at: desk.at, actor: "dispatch", detail });
}
