import type { Tx } from "../../../shared/db/transaction";
import { groupBy } from "../../../shared/group";
import type { OrderFile } from "../order/fulfillment-order";
import { lostOf, returnedByHand, returnLinesOf, returnsOfOrder } from "./return.sql";
import { byHand, claimsOf, issuedOf, lostKey, type Asked, type Claim, type Returnable } from "./returnable";

/** What decides what may come back of an order: its fulfillment orders, which are locked, and what was read after their locks. */
export interface OrderReturns {
  orders: OrderFile[];
  lost: Map<string, number>;
  returns: Asked[];
  byHand: Claim[];
}

export async function readOrderReturns(tx: Tx, orders: OrderFile[], orderRef: string): Promise<OrderReturns> {
  const shipments = orders.flatMap(({ allocations }) => allocations.map(({ id }) => id));
  const lost = new Map((await lostOf(tx, shipments)).map((row) => [lostKey(row.shipment_id, row.sku), row.units]));
  const rows = await returnsOfOrder(tx, orderRef);
  const ids = rows.map(({ id }) => id);
  const lines = groupBy(await returnLinesOf(tx, ids), (line) => line.return_id);
  const returns = rows.map((row) => ({ ...row, lines: lines.get(row.id) ?? [] }));
  return { orders, lost, returns, byHand: (await returnedByHand(tx, orderRef)).map(byHand) };
}

/** As it all stands at this moment. */
export const returnableOf = ({ orders, lost, returns, byHand: claimed }: OrderReturns): Returnable => ({
  orders,
  issued: issuedOf(orders, lost),
  claims: [...claimsOf(returns, orders), ...claimed],
});
