import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { Refusal } from "../../../shared/refusal";
import { checkCount, checkKey, checkText } from "../../../shared/units/check";
import { SourcingStrategy } from "../source/sourcing-rule";
import { letWait, take } from "./allocate";
import { changeOrder, checkGoesOn, checkNotHeld, detailOf, type Change } from "./change-order";
import { stateOf, statusOf, wantedOf } from "./fulfillment-order";
import type { SourceManuallyInput } from "./order.inputs";
import { summed } from "./summed";

const MOST_WAREHOUSES = 200;
interface Choice {
  warehouse: string;
  units: Map<string, number>;
}

/** A dispatcher's own choice for units that wait: no rule is asked, but nothing is taken that is not free. */
export function sourceManually(tx: Tx, caller: Caller, input: SourceManuallyInput): Promise<string> {
  checkText(input.reason, ["input", "reason"]);
  const choices = checkCount(input.allocations, ["input", "allocations"], MOST_WAREHOUSES).map(({ warehouse, lines }, i, all) => {
    const path = (field: string) => ["input", "allocations", String(i), field];
    const code = checkKey(warehouse, path("warehouse"));
    if (all.findIndex((other) => other.warehouse === code) !== i)
      throw new Refusal("INVALID_INPUT", `${code} is named twice`, { field: path("warehouse") });
    return { warehouse: code, units: summed(lines, path("lines")) };
  });
  return changeOrder(tx, caller, "sourceManually", input, (change) => {
    checkGoesOn(change.order);
    checkNotHeld(change.order);
    checkChoices(change, choices);
    place(change, choices, input.reason);
  });
}

function checkChoices({ desk, order }: Change, choices: Choice[]): void {
  const waits = wantedOf(order);
  const members = desk.known.warehousesOf(order.pool_code).map(({ code }) => code);
  choices.forEach(({ warehouse, units }, i) => {
    const path = (field: string) => ["input", "allocations", String(i), field];
    if (!members.includes(warehouse))
      throw new Refusal("INVALID_INPUT", `${warehouse} is no warehouse of the pool ${order.pool_code}`, { field: path("warehouse") });
    for (const [sku, wanted] of units) {
      const open = waits.get(sku) ?? 0;
      if (wanted > open) throw new Refusal("INVALID_INPUT", `${open} units of ${sku} wait in the order`, { field: path("lines") });
      const free = desk.positions.free(warehouse, sku);
      if (wanted > free)
        throw new Refusal("INSUFFICIENT_STOCK", `${Math.max(free, 0)} units of ${sku} are free in ${warehouse}`, { field: path("lines") });
      waits.set(sku, open - wanted);
    }
  });
}

function place({ desk, order, actor }: Change, choices: Choice[], reason: string): void {
  const wanted = [...wantedOf(order).keys()];
  const candidates = choices.map(({ warehouse, units }, i) => ({
    warehouse,
    rank: i + 1,
    distanceKm: null,
    costMicros: null,
    freeUnits: wanted.reduce((sum, sku) => sum + Math.max(0, desk.positions.free(warehouse, sku)), 0),
    takenUnits: [...units.values()].reduce((sum, n) => sum + n, 0),
    excludedBecause: null,
  }));
  for (const choice of choices) take(desk, order, choice);
  const left = [...wantedOf(order).values()].reduce((sum, n) => sum + n, 0);
  order.decision = {
    strategy: desk.known.ruleFor(order.channel_code)?.strategy ?? SourcingStrategy.NEAREST,
    decidedAt: desk.at.toISOString(),
    candidates,
    shipments: choices.length,
    unfilled: left,
    note: `By hand: ${reason}`,
  };
  if (left === 0 && order.unsourced_because !== null) {
    order.unsourced_because = null;
    desk.sourceable(order);
  }
  order.status = statusOf(order);
  letWait(desk, order, null);
  const done = candidates.map(({ warehouse, takenUnits }) => `${warehouse} ${takenUnits} units`);
  const step = { event: "SourcedManually", at: desk.at, actor, detail: detailOf(done, reason) };
  desk.orders.steps.move(order.process, stateOf(order), step);
}
