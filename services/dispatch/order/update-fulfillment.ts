import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { Refusal } from "../../../shared/refusal";
import { checkAddress } from "../../../shared/units/check-address";
import { OrderEventKind } from "../notice/notice";
import { whyExcluded } from "../source/decide-sourcing";
import { allocate, letWait, shipByOf } from "./allocate";
import { changeOrder, checkGoesOn, invalidState, pickingAt, type Change } from "./change-order";
import { isOpen, stateOf, statusOf, wantedOf, type Allocation } from "./fulfillment-order";
import { lessUrgentHolders } from "./holders.sql";
import { askedOf } from "./hold";
import type { UpdateFulfillmentInput } from "./order.inputs";
import { checkAnswered } from "./reallocate";
import { MOST_HOLDERS, takeOver } from "./take-over";
import { partsOf, takeBack } from "./stop";

const LARGEST_PRIORITY = 1_000_000;
const CHANGED = ["shipTo", "priority", "promisedAt", "shipNotBefore"] as const;

/** Address, priority and dates, before picking; the shipments of what was released already carry them from now on. */
export function updateFulfillment(tx: Tx, caller: Caller, input: UpdateFulfillmentInput): Promise<string> {
  checkInput(input);
  return changeOrder(
    tx,
    caller,
    "updateFulfillment",
    input,
    (change) => {
      const { desk, order, actor } = change;
      checkGoesOn(order);
      checkAnswered(order);
      const picking = pickingAt(order);
      if (picking.length > 0) throw invalidState(`Picking has begun in ${picking.join(", ")}.`);
      const was = order.priority;
      const { shipTo, priority, promisedAt, shipNotBefore } = input;
      if (shipTo) order.ship_to = shipTo;
      if (typeof priority === "number") order.priority = priority;
      if (promisedAt !== undefined) promise(change, promisedAt);
      if (shipNotBefore !== undefined) order.ship_not_before = shipNotBefore;
      const asked = follow(change, shipNotBefore !== undefined);
      order.status = statusOf(order);
      if (wantedOf(order).size > 0) letWait(desk, order, order.allocations[0]?.warehouse_code ?? null);
      desk.orders.touch(order);
      const done = [...CHANGED.filter((name) => input[name] !== undefined), ...askedOf(asked)].join(", ");
      desk.orders.steps.move(order.process, stateOf(order), { event: "FulfillmentUpdated", at: desk.at, actor, detail: done });
      // Another address may be one that a rule allows, or the first that one forbids.
      if (asked.length > 0) return;
      allocate(desk, order);
      if (order.priority > was) takeOver(desk, order);
    },
    (before) =>
      typeof input.priority === "number" ? lessUrgentHolders(before, input.id, input.priority, MOST_HOLDERS) : Promise.resolve([]),
  );
}

function promise({ desk, order }: Change, promisedAt: Date | null): void {
  order.promised_at = promisedAt;
  const open = order.lines.map(({ sku, line_ref, quantity, shipped, cancelled }) => ({
    sku,
    lineRef: line_ref,
    quantity: quantity - shipped - cancelled,
  }));
  const lines = open.filter(({ quantity }) => quantity > 0);
  desk.happened(order, { kind: OrderEventKind.PROMISE_CHANGED, lines, detail: promisedAt?.toISOString() ?? "no promise" });
}

/** What may not ship from where it is, or not yet, is taken back; the rest is told. */
function follow({ desk, order }: Change, dayIsNew: boolean): { allocation: Allocation }[] {
  const rule = desk.known.ruleFor(order.channel_code);
  const tooEarly = order.ship_not_before !== null && order.ship_not_before > desk.at;
  const open = order.allocations.filter(isOpen);
  const stays = (allocation: Allocation): boolean => {
    const node = rule?.warehouses.find(({ warehouse }) => warehouse === allocation.warehouse_code);
    // Another day is reckoned anew where no warehouse has been told; where one has, only a day that is still to come matters.
    const otherDay = allocation.release_at === null ? tooEarly : dayIsNew;
    return !otherDay && (!node || whyExcluded(node, order.ship_to) === null);
  };
  const { asked } = takeBack(desk, order, partsOf(open.filter((allocation) => !stays(allocation))));
  for (const allocation of open.filter((one) => isOpen(one) && one.release_at === null && stays(one)))
    tellChanged({ desk, order }, allocation);
  return asked;
}

function tellChanged({ desk, order }: Pick<Change, "desk" | "order">, allocation: Allocation): void {
  const { id, warehouse_code } = allocation;
  desk.tell({
    type: "AllocationChanged",
    allocationId: id,
    orderRef: order.order_ref,
    warehouse: warehouse_code,
    shipTo: order.ship_to,
    priority: order.priority,
    shipBy: shipByOf(order, allocation),
    aggregates: { [`allocation:${id}`]: 1 + desk.orders.raise(order) },
    client: order.client,
    merchant: order.merchant,
  });
}

function checkInput(input: UpdateFulfillmentInput): void {
  const refuse = (field: string, message: string) => new Refusal("INVALID_INPUT", message, { field: ["input", field] });
  if (CHANGED.every((name) => input[name] === undefined)) throw refuse("id", "nothing is to be changed");
  for (const name of ["shipTo", "priority"] as const) if (input[name] === null) throw refuse(name, "must not be null");
  if (input.shipTo) checkAddress(input.shipTo, ["input", "shipTo"]);
  if (Math.abs(input.priority ?? 0) > LARGEST_PRIORITY) throw refuse("priority", "must be within a million of 0");
}
