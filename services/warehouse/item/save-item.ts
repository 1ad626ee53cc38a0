import { isDuplicate, LostRace } from "../../../shared/db/retry";
import type { Tx } from "../../../shared/db/transaction";
import { tell } from "../../../shared/flow/outbox";
import type { Caller } from "../../../shared/identity/caller";
import { Refusal } from "../../../shared/refusal";
import { checkKey, checkText, checkUnits } from "../../../shared/units/check";
import {
  lockItem,
  lockOnHandOf,
  readBarcodesByNumber,
  readItems,
  readMerchants,
  replaceBarcodes,
  saveItemRow,
  type ItemRow,
} from "./item.sql";
import type { SaveInventoryItemInput } from "./item.types";

const MOST_PARTS = 200;

/** What stays as it is while any of the item is on hand. */
const FIXED = ["kind", "unit", "merchantCode", "tracking", "costingMethod"] as const;

type NewItem = Omit<ItemRow, "ownership">;

export async function saveItem(tx: Tx, caller: Caller, input: SaveInventoryItemInput): Promise<string> {
  const sku = checkKey(input.sku, ["input", "sku"]);
  await lockItem(tx, sku);
  const [known] = await readItems(tx, [sku]);
  const item = changed(known, input);
  checkItem(known, item, input);
  await checkReferences(tx, caller, known, item);
  const fixed = known && FIXED.find((field) => known[field] !== item[field]);
  if (fixed && (await lockOnHandOf(tx, sku)) > 0) {
    throw invalidState(
      `${sku} has stock on hand; its ${fixed === "merchantCode" ? "merchant" : fixed} cannot change now.`,
      fixed === "merchantCode" ? "merchant" : fixed,
    );
  }
  const barcodes = input.barcodes === undefined ? undefined : (input.barcodes ?? []).map((code) => ({ ...code, sku }));
  if (barcodes) await checkBarcodes(tx, item, barcodes);
  await saveItemRow(tx, item).catch(raced);
  if (barcodes) await replaceBarcodes(tx, sku, barcodes).catch(raced);
  await tell(tx, [
    {
      type: "ItemSaved",
      sku,
      name: item.name,
      kind: item.kind,
      components: item.components,
      itemMerchant: item.merchantCode,
      weightGrams: item.weightGrams,
      merchant: item.merchantCode,
      aggregates: { [`item:${sku}`]: item.version },
    },
  ]);
  return sku;
}

/** An absent field keeps its value, null clears it. */
function changed(known: ItemRow | undefined, input: SaveInventoryItemInput): NewItem {
  const kept = <T>(value: T | null | undefined, before: T | undefined, cleared: T): T =>
    value === undefined ? (before ?? cleared) : (value ?? cleared);
  return {
    sku: input.sku,
    name: input.name,
    merchantCode: kept(input.merchant, known?.merchantCode, "SELF"),
    kind: kept(input.kind, known?.kind, "STOCKED"),
    components: kept(input.components, known?.components, []).map(({ sku, quantity }) => ({ sku, quantity })),
    unit: kept(input.unit, known?.unit, "each"),
    units: kept(input.units, known?.units, []).map(({ code, factor }) => ({ code, factor })),
    weightGrams: input.weightGrams === undefined ? (known?.weightGrams ?? null) : input.weightGrams,
    minShelfLifeDays: kept(input.minShelfLifeDays, known?.minShelfLifeDays, 0),
    tracking: kept(input.tracking, known?.tracking, "NONE"),
    costingMethod: kept(input.costingMethod, known?.costingMethod, "MOVING_AVERAGE"),
    standardCost: input.standardCost ?? known?.standardCost ?? null,
    version: (known?.version ?? 0) + 1,
  };
}

function checkItem(known: ItemRow | undefined, item: NewItem, input: SaveInventoryItemInput): void {
  if (checkText(item.name, ["input", "name"], 200).trim() === "") throw invalid("must not be empty", "name");
  checkKey(item.unit, ["input", "unit"], 32);
  checkCosting(known, item, input);
  if ((item.weightGrams ?? 0) < 0) throw invalid("must not be negative", "weightGrams");
  if (item.minShelfLifeDays < 0 || item.minShelfLifeDays > 36_500) throw invalid("must be 0 to 36,500 days", "minShelfLifeDays");
  if (item.units.length > MOST_PARTS || (input.barcodes ?? []).length > MOST_PARTS)
    throw invalid(`at most ${MOST_PARTS} units and barcodes`, "units");
  item.units.forEach(({ code, factor }, i) => {
    checkKey(code, ["input", "units", String(i), "code"], 32);
    checkUnits(factor, ["input", "units", String(i), "factor"]);
  });
  if (new Set([item.unit, ...item.units.map(({ code }) => code)]).size !== item.units.length + 1)
    throw invalid("unit names must differ", "units");
  if ((item.kind === "KIT") !== item.components.length > 0)
    throw invalid("a KIT has at least one component, other items have none", "components");
  if (item.components.length > MOST_PARTS) throw invalid(`at most ${MOST_PARTS} components`, "components");
  item.components.forEach(({ quantity }, i) => checkUnits(quantity, ["input", "components", String(i), "quantity"]));
  if (new Set(item.components.map(({ sku }) => sku)).size !== item.components.length) throw invalid("components must differ", "components");
}

/** The item's standard cost is its first one; later ones are posted, warehouse by warehouse. */
function checkCosting(known: ItemRow | undefined, { sku, costingMethod, standardCost }: NewItem, input: SaveInventoryItemInput): void {
  if (input.standardCost != null && costingMethod !== "STANDARD") throw invalid("belongs to costing method STANDARD", "standardCost");
  if (input.standardCost?.isNegative()) throw invalid("must not be negative", "standardCost");
  if (costingMethod === "STANDARD" && standardCost === null) throw invalid("costing method STANDARD needs it", "standardCost");
  if (input.standardCost && known?.standardCost && !known.standardCost.eq(input.standardCost))
    throw invalidState(`${sku} has a standard cost already; a COST_ADJUSTMENT gives a new one.`, "standardCost");
}

async function checkReferences(tx: Tx, caller: Caller, known: ItemRow | undefined, item: NewItem): Promise<void> {
  const foreign =
    caller.merchant !== undefined && [known?.merchantCode ?? item.merchantCode, item.merchantCode].some((code) => code !== caller.merchant);
  if (foreign || (await readMerchants(tx, [item.merchantCode])).length === 0) {
    throw new Refusal("NOT_FOUND", `No merchant ${item.merchantCode}.`, { field: ["input", "merchant"] });
  }
  if (item.components.length === 0) return;
  const stocked = new Set(
    (
      await readItems(
        tx,
        item.components.map(({ sku }) => sku),
      )
    )
      .filter(({ kind }) => kind === "STOCKED")
      .map(({ sku }) => sku),
  );
  const missing = item.components.findIndex(({ sku }) => !stocked.has(sku));
  if (missing >= 0) {
    const field = ["input", "components", String(missing), "sku"];
    throw new Refusal("NOT_FOUND", `No stocked item ${item.components[missing].sku}.`, { field });
  }
}

async function checkBarcodes(tx: Tx, item: NewItem, barcodes: { gtin: string; unit: string }[]): Promise<void> {
  const units = new Set([item.unit, ...item.units.map(({ code }) => code)]);
  barcodes.forEach(({ gtin, unit }, i) => {
    checkKey(gtin, ["input", "barcodes", String(i), "gtin"]);
    if (!units.has(unit)) throw invalid(`${item.sku} has no unit ${unit}`, "barcodes");
  });
  if (new Set(barcodes.map(({ gtin }) => gtin)).size !== barcodes.length) throw invalid("barcodes must differ", "barcodes");
  const taken =
    barcodes.length > 0 &&
    (
      await readBarcodesByNumber(
        tx,
        barcodes.map(({ gtin }) => gtin),
      )
    ).find(({ sku }) => sku !== item.sku);
  if (taken) throw new Refusal("CONFLICT", `Barcode ${taken.gtin} belongs to another item.`, { field: ["input", "barcodes"] });
}

/** Somebody made the same item, or took the barcode, in this moment: the work runs again and sees it. */
function raced(error: unknown): never {
  throw isDuplicate(error) ? new LostRace("item or barcode") : error;
}

const invalid = (message: string, field: string) => new Refusal("INVALID_INPUT", message, { field: ["input", field] });
const invalidState = (message: string, field: string) => new Refusal("INVALID_STATE", message, { field: ["input", field] });
