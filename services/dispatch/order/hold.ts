import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { checkText } from "../../../shared/units/check";
import { allocate, letWait } from "./allocate";
import { changeOrder, checkGoesOn, detailOf, invalidState, pickingAt } from "./change-order";
import { isUnpicked, stateOf, statusOf, wantedOf } from "./fulfillment-order";
import type { FulfillmentActionInput } from "./order.inputs";
import { partsOf, takeBack, unitsIn } from "./stop";

/**
 * Nothing more is allocated, and what nobody has begun to pick is given back: others may have it meanwhile. What is being picked
 * goes on.
 */
export function holdFulfillment(tx: Tx, caller: Caller, input: FulfillmentActionInput): Promise<string> {
  checkText(input.reason ?? "", ["input", "reason"]);
  return changeOrder(tx, caller, "holdFulfillment", input, ({ desk, order, actor }) => {
    checkGoesOn(order);
    if (order.held) throw invalidState("The order is held already.");
    const unpicked = order.allocations.filter(isUnpicked);
    if (unpicked.length === 0 && wantedOf(order).size === 0) throw invalidState(`Picking has begun in ${pickingAt(order).join(", ")}.`);
    order.held = true;
    const { back, asked } = takeBack(desk, order, partsOf(unpicked));
    order.status = statusOf(order);
    letWait(desk, order, null);
    const done = [...(back.length > 0 ? [`${unitsIn(back)} units given back`] : []), ...askedOf(asked)];
    const step = { event: "FulfillmentHeld", at: desk.at, actor, detail: detailOf(done, input.reason) };
    desk.orders.steps.move(order.process, stateOf(order), step);
  });
}

/** It is sourced anew, by the rules and the stock of now. */
export function resumeFulfillment(tx: Tx, caller: Caller, input: FulfillmentActionInput): Promise<string> {
  checkText(input.reason ?? "", ["input", "reason"]);
  return changeOrder(tx, caller, "resumeFulfillment", input, ({ desk, order, actor }) => {
    checkGoesOn(order);
    if (!order.held) throw invalidState("The order is not held.");
    order.held = false;
    order.status = statusOf(order);
    if (wantedOf(order).size > 0) letWait(desk, order, desk.known.warehousesOf(order.pool_code)[0]?.code ?? null);
    desk.orders.touch(order);
    const step = { event: "FulfillmentResumed", at: desk.at, actor, detail: input.reason };
    desk.orders.steps.move(order.process, stateOf(order), step);
    allocate(desk, order);
  });
}

export const askedOf = (asked: { allocation: { warehouse_code: string } }[]): string[] =>
  [...new Set(asked.map(({ allocation }) => allocation.warehouse_code))].map((code) => `${code} asked`);
