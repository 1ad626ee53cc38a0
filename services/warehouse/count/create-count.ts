import { earlierEffect, keyedCall, rememberEffect } from "../../../shared/db/idempotency";
import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { newId } from "../../../shared/ids";
import { Refusal } from "../../../shared/refusal";
import { checkCount, checkKey } from "../../../shared/units/check";
import { sixPlaces, type Exact } from "../../../shared/units/decimal";
import { databaseNow } from "../each.sql";
import { readItems } from "../item/item.sql";
import { invalid } from "../ledger/check-movement";
import { readLocationsByKey, readWarehouses } from "../place/place.sql";
import { insertCount, type CountRow } from "./count.sql";
import type { CreateCountInput } from "./count.inputs";
import { planCount } from "./plan-count";
import { progress } from "./stock-count";

/** SKUs or locations that one count may name. */
const MOST_NAMED = 1_000;

/** Opens a count and the first places of its plan; the rest is planned in the background, some at a time. */
export async function createCount(tx: Tx, caller: Caller, input: CreateCountInput): Promise<string> {
  const call = keyedCall(caller.client, "createCount", input);
  const { warehouse, skus = null, locations = null } = input;
  const blind = input.blind ?? true;
  checkKey(warehouse, ["input", "warehouse"]);
  if (skus) checkCount(skus, ["input", "skus"], MOST_NAMED);
  const tolerance = checkTolerance(input);
  const before = await earlierEffect(tx, call);
  if (before) return before;
  await checkWarehouse(tx, warehouse);
  if (locations) await checkLocations(tx, warehouse, locations);
  if (skus) await checkItems(tx, caller, skus);
  const merchant = caller.merchant ?? "";
  const count = await openCount(tx, caller.client, {
    warehouseCode: warehouse,
    merchant,
    skus,
    locations,
    blind,
    abcClass: null,
    ...tolerance,
  });
  await rememberEffect(tx, call, count.id);
  return count.id;
}

export type CountPlan = Pick<
  CountRow,
  "warehouseCode" | "merchant" | "skus" | "locations" | "abcClass" | "blind" | "tolerancePercent" | "toleranceValue"
>;

/** A new count with the first places of its plan. */
export async function openCount(tx: Tx, actor: string, plan: CountPlan): Promise<CountRow> {
  const { warehouseCode, merchant, skus, locations, abcClass, blind, tolerancePercent, toleranceValue } = plan;
  const count: CountRow = {
    ...{ id: newId(), warehouseCode, merchant, status: "OPEN", blind, tolerancePercent, toleranceValue, skus, locations, abcClass },
    ...{ planned: false, planAfter: null, openLines: 0, pendingLines: 0, createdBy: actor, createdAt: await databaseNow(tx), version: 1 },
  };
  await insertCount(tx, count);
  await progress(tx, actor, count, "CREATE", await planCount(tx, count));
  return count;
}

export function checkTolerance(input: {
  tolerancePercent?: number | null;
  toleranceValue?: Exact | null;
}): Pick<CountRow, "tolerancePercent" | "toleranceValue"> {
  const [tolerancePercent, toleranceValue] = [input.tolerancePercent ?? 0, input.toleranceValue];
  if (!(tolerancePercent >= 0 && tolerancePercent <= 100)) throw invalid("must be 0 to 100", ["input", "tolerancePercent"]);
  if (toleranceValue?.isNegative()) throw invalid("must not be negative", ["input", "toleranceValue"]);
  return { tolerancePercent, toleranceValue: toleranceValue ? sixPlaces(toleranceValue) : null };
}

export async function checkWarehouse(tx: Tx, code: string): Promise<void> {
  const [found] = await readWarehouses(tx, [code]);
  if (!found) throw new Refusal("NOT_FOUND", `No warehouse ${code}.`, { field: ["input", "warehouse"] });
}

/** Goods in PACKING belong to shipments, those in TRANSIT have not arrived: neither is counted. */
export async function checkLocations(tx: Tx, warehouse: string, codes: string[]): Promise<void> {
  checkCount(codes, ["input", "locations"], MOST_NAMED);
  const rows = await readLocationsByKey(
    tx,
    codes.map((code) => ({ warehouse, code })),
  );
  const kinds = new Map(rows.map(({ code, kind }) => [code, kind]));
  codes.forEach((code, i) => {
    const [kind, field] = [kinds.get(code), ["input", "locations", String(i)]];
    if (!kind) throw new Refusal("NOT_FOUND", `No location ${code} in ${warehouse}.`, { field });
    if (kind === "PACKING" || kind === "TRANSIT") throw invalid(`${kind} is not counted: its goods are on their way`, field);
  });
}

async function checkItems(tx: Tx, caller: Caller, skus: string[]): Promise<void> {
  const items = new Map((await readItems(tx, skus)).map((item) => [item.sku, item]));
  skus.forEach((sku, i) => {
    const [item, field] = [items.get(sku), ["input", "skus", String(i)]];
    const hidden = item && caller.merchant !== undefined && item.merchantCode !== caller.merchant;
    if (!item || hidden) throw new Refusal("NOT_FOUND", `No item ${sku}.`, { field });
    if (item.kind !== "STOCKED") throw invalid(`${sku} is ${item.kind}: it does not lie in warehouses`, field);
  });
}
