import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { newId } from "../../../shared/ids";
import { Refusal } from "../../../shared/refusal";
import { checkText } from "../../../shared/units/check";
import { giveUp } from "./cancel";
import { changeOrder, checkGoesOn } from "./change-order";
import { isOpen, unstopped, wantedOf, type OrderFile } from "./fulfillment-order";
import type { CancelFulfillmentLinesInput } from "./order.inputs";
import { summed } from "./summed";

/** Gives up units as if sales had asked: sales is told that it has, and then what became of it. */
export function cancelFulfillmentLines(tx: Tx, caller: Caller, input: CancelFulfillmentLinesInput): Promise<string> {
  checkText(input.reason, ["input", "reason"]);
  const units = summed(input.lines, ["input", "lines"]);
  return changeOrder(tx, caller, "cancelFulfillmentLines", input, ({ desk, order, actor }) => {
    checkGoesOn(order);
    for (const [sku, wanted] of units) checkOpen(order, input, sku, wanted);
    const cancellation = { cancellationId: newId(), reason: input.reason, lines: [...units].map(([sku, quantity]) => ({ sku, quantity })) };
    desk.tell({
      type: "CancelOpened",
      reservationId: order.reservation_id,
      fulfillmentId: order.id,
      orderRef: order.order_ref,
      ...cancellation,
      aggregates: { [`fulfillment:${order.id}`]: desk.orders.raise(order) },
      client: order.client,
      merchant: order.merchant,
    });
    giveUp(desk, order, { ...cancellation, byHouse: true }, { event: "LinesCancelled", at: desk.at, actor });
  });
}

function checkOpen(order: OrderFile, input: CancelFulfillmentLinesInput, sku: string, wanted: number): void {
  const field = ["input", "lines", String(input.lines.findIndex((line) => line.sku === sku))];
  if (!order.lines.some((line) => line.sku === sku))
    throw new Refusal("INVALID_INPUT", `${sku} is not in the order`, { field: [...field, "sku"] });
  const open = openUnits(order, sku);
  if (wanted <= open) return;
  throw new Refusal("INVALID_STATE", `${open} units of ${sku} are neither shipped nor cancelled`, { field: [...field, "quantity"] });
}

/** Units that nobody has shipped, given up or asked to give up. */
function openUnits(order: OrderFile, sku: string): number {
  const allocated = order.allocations.filter(isOpen).flatMap((allocation) => {
    const back = allocation.stops.filter((stop) => stop.cancellation_id === "").map((stop) => ({ sku: stop.sku, quantity: stop.units }));
    return [...unstopped(allocation), ...back];
  });
  const units = allocated.reduce((sum, line) => (line.sku === sku ? sum + line.quantity : sum), 0);
  return units + (wantedOf(order).get(sku) ?? 0);
}
