import type { Tx } from "../../../shared/db/transaction";
import { databaseNow } from "../feed/clock.sql";
import { Desk } from "../feed/desk";
import { Known } from "../known/known";
import { Positions } from "../position/position";
import { tellMade } from "./allocate";
import { isOpen } from "./fulfillment-order";
import { ordersDue } from "./order.sql";
import { Orders } from "./orders";

const ORDERS_A_TURN = 200;

/** Tells warehouses of allocations whose time has come; answers how many orders had some. */
export async function releaseDue(tx: Tx): Promise<number> {
  const due = await ordersDue(tx, ORDERS_A_TURN);
  const orders = await Orders.lock(tx, due);
  const desk = new Desk(tx, await databaseNow(tx), await Known.read(tx, []), orders, await Positions.lock(tx, { positions: [] }));
  for (const order of orders.all()) {
    for (const allocation of order.allocations.filter(isOpen)) {
      if (allocation.release_at === null || allocation.release_at > desk.at) continue;
      allocation.release_at = null;
      desk.orders.touchAllocation(order, allocation);
      tellMade(desk, order, allocation);
      const step = { event: "AllocationReleased", at: desk.at, actor: "dispatch", detail: allocation.warehouse_code };
      desk.orders.steps.move(order.process, order.process.state, step);
    }
  }
  await desk.save();
  return due.length;
}
