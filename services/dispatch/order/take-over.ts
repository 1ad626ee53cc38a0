import type { Desk } from "../feed/desk";
import { planFor } from "./allocate";
import { byUrgency, isUnpicked, stateOf, wantedOf, type OrderFile } from "./fulfillment-order";
import { giveBack } from "./loss";
import { partsOf, type Part } from "./stop";

/** Orders that hold what another wants, as many as one transaction looks at. */
export const MOST_HOLDERS = 100;

/**
 * An urgent order takes over what orders of lower priority hold and nobody has begun to pick, the least urgent one's first: as much
 * as its own sourcing would take, were it free. What a warehouse has been told of comes with its answer, and then goes to who is
 * most urgent among all that wait.
 */
export function takeOver(desk: Desk, order: OrderFile): void {
  if (order.held || wantedOf(order).size === 0) return;
  const holders = desk.orders
    .all()
    .filter((other) => other.pool_code === order.pool_code && other.priority < order.priority)
    .sort(byUrgency)
    .reverse();
  // What is on its way back already is waited for.
  const free = (warehouse: string, sku: string) => Math.max(0, desk.positions.free(warehouse, sku)) + comingBack(holders, warehouse, sku);
  const held = (warehouse: string, sku: string) => holders.flatMap((holder) => partsIn(holder, warehouse, sku));
  const plan = planFor(
    desk,
    order,
    (warehouse, sku) => free(warehouse, sku) + held(warehouse, sku).reduce((sum, { quantity }) => sum + quantity, 0),
  );
  const missing = plan.takes.flatMap(({ warehouse, units }) =>
    [...units].map(([sku, wanted]) => ({ warehouse, sku, units: wanted - free(warehouse, sku) })),
  );
  const taken: string[] = [];
  for (const holder of holders) {
    const parts: Part[] = [];
    for (const want of missing) {
      for (const part of partsIn(holder, want.warehouse, want.sku)) {
        const quantity = Math.min(part.quantity, want.units);
        if (quantity <= 0) continue;
        want.units -= quantity;
        parts.push({ ...part, quantity });
      }
    }
    if (parts.length === 0) continue;
    giveBack(desk, holder, parts, `for order ${order.order_ref}, which is more urgent`);
    taken.push(
      ...parts.map(
        ({ allocation, sku, quantity }) => `${quantity} of ${sku} in ${allocation.warehouse_code} from order ${holder.order_ref}`,
      ),
    );
  }
  if (taken.length === 0) return;
  const step = { event: "TakenOver", at: desk.at, actor: "dispatch", detail: taken.join(", ") };
  desk.orders.touch(order);
  desk.orders.steps.move(order.process, stateOf(order), step);
  desk.sourceAnew(order);
}

const partsIn = (holder: OrderFile, warehouse: string, sku: string): Part[] =>
  partsOf(holder.allocations.filter((one) => isUnpicked(one) && one.warehouse_code === warehouse)).filter((part) => part.sku === sku);

function comingBack(holders: OrderFile[], warehouse: string, sku: string): number {
  const stops = holders.flatMap(({ allocations }) =>
    allocations.filter((one) => one.warehouse_code === warehouse).flatMap((one) => one.stops),
  );
  return stops.reduce((sum, stop) => (stop.cancellation_id === "" && stop.sku === sku ? sum + stop.units : sum), 0);
}
