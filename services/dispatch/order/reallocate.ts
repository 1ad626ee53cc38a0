import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { Refusal } from "../../../shared/refusal";
import { checkText } from "../../../shared/units/check";
import { allocate, letWait } from "./allocate";
import { changeOrder, checkGoesOn, checkNotHeld, detailOf, invalidState, pickingAt } from "./change-order";
import { isRecalled, isUnpicked, stateOf, statusOf, wantedOf, type OrderFile } from "./fulfillment-order";
import { lessUrgentHolders } from "./holders.sql";
import { askedOf } from "./hold";
import type { FulfillmentActionInput } from "./order.inputs";
import { MOST_HOLDERS, takeOver } from "./take-over";
import { partsOf, takeBack, unitsIn } from "./stop";

/**
 * What nobody has begun to pick is given back, and sourced anew by the rules and the stock of now. What then still waits may be taken
 * over from orders of lower priority.
 */
export function reallocateFulfillment(tx: Tx, caller: Caller, input: FulfillmentActionInput): Promise<string> {
  checkText(input.reason ?? "", ["input", "reason"]);
  return changeOrder(
    tx,
    caller,
    "reallocateFulfillment",
    input,
    ({ desk, order, actor }) => {
      checkGoesOn(order);
      checkNotHeld(order);
      checkAnswered(order);
      const unpicked = order.allocations.filter(isUnpicked);
      if (unpicked.length === 0 && wantedOf(order).size === 0) throw invalidState(`Picking has begun in ${pickingAt(order).join(", ")}.`);
      const { back, asked } = takeBack(desk, order, partsOf(unpicked));
      order.status = statusOf(order);
      if (back.length > 0) letWait(desk, order, back[0].allocation.warehouse_code);
      const done = [...(back.length > 0 ? [`${unitsIn(back)} units given back`] : []), ...askedOf(asked)];
      desk.orders.touch(order);
      const step = { event: "FulfillmentReallocated", at: desk.at, actor, detail: detailOf(done, input.reason) };
      desk.orders.steps.move(order.process, stateOf(order), step);
      // With the answers of those that were asked, everything that waits is sourced together.
      if (asked.length > 0) return;
      allocate(desk, order);
      takeOver(desk, order);
    },
    (before) => lessUrgentHolders(before, input.id, undefined, MOST_HOLDERS),
  );
}

export function checkAnswered(order: OrderFile): void {
  const asked = order.allocations.filter(isRecalled).map(({ warehouse_code }) => warehouse_code);
  if (asked.length === 0) return;
  const message = `${asked.join(", ")} has been asked to give units back and has not answered.`;
  throw new Refusal("IN_PROGRESS", message, { field: ["input", "id"], retryAfterMs: 1_000 });
}
