import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { Refusal } from "../../../shared/refusal";
import { checkUnits } from "../../../shared/units/check";
import type { ItemRow } from "../item/item.sql";
import { adjustmentLines } from "./adjustment-lines";
import { invalid, lineField } from "./check-movement";
import { choosePlaces, type Taken, type Wanted } from "./choose-places";
import type { PostingLine } from "./decide-posting";
import type { MovementLineInput, PostMovementInput } from "./movement.inputs";
import { ruleOf } from "./movement-rules";
import { creditOfSupplier, worthOfReturns } from "./origin";
import { firstLocation, type Stock } from "./stock";

/** The lines of a movement by hand, with their places, lots, serials and what they are worth. */
export async function postingLines(tx: Tx, stock: Stock, caller: Caller, input: PostMovementInput): Promise<PostingLine[]> {
  const { type, lines } = input;
  const rule = ruleOf(type);
  const items = lines.map((line, i) => itemOf(stock.items, caller, line.sku, lineField(i)));
  if (type === "COST_ADJUSTMENT") return adjustmentLines(tx, stock, input, items);
  const units = lines.map((line, i) => baseUnits(items[i], line, lineField(i)));
  lines.forEach((line, i) => checkPlaces(stock, items[i], line, units[i], rule.sign > 0, lineField(i)));
  if (rule.sign > 0)
    return worthOfReturns(
      tx,
      stock,
      input,
      lines.map((line, i) => incoming(stock, line, units[i], lineField(i))),
    );
  const taken = await choosePlaces(
    tx,
    stock,
    lines.map((line, i) => wanted(line, units[i], lineField(i))),
  );
  if (rule.sign < 0) return creditOfSupplier(tx, stock, input, taken.map(leaving));
  return taken.flatMap((from) => [leaving(from), { ...from, ...destination(lines[lineOf(from)]) }]);
}

const incoming = (
  stock: Stock,
  { sku, location, status, lot, lotExpiresOn, serials, unitCost }: MovementLineInput,
  units: number,
  field: string[],
): PostingLine => ({
  sku,
  location: location ?? firstLocation(stock, "STORAGE"),
  lot: lot ?? "",
  status: status ?? "AVAILABLE",
  pledge: "",
  units,
  unitCost,
  serials,
  lotExpiresOn,
  field,
});

const wanted = ({ sku, location, lot, serials, status, pledge }: MovementLineInput, units: number, field: string[]): Wanted => ({
  sku,
  units,
  location,
  lot,
  serials,
  status: status ?? undefined,
  pledge: status === "PLEDGED" ? pledge! : "",
  field,
});

const leaving = (from: Taken): PostingLine => ({ ...from, units: -from.units });

const lineOf = ({ field }: Taken): number => Number(field[field.length - 1]);

/** Where units of a BIN_MOVE or STATUS_CHANGE go: what is not named stays as it is. */
function destination({ toLocation, toStatus, pledge }: MovementLineInput): Partial<PostingLine> {
  return {
    ...(toLocation != null && { location: toLocation }),
    ...(toStatus != null && { status: toStatus, pledge: toStatus === "PLEDGED" ? pledge! : "" }),
  };
}

/** Refuses items that cannot be stocked, or that are not this caller's. */
export function itemOf(items: ReadonlyMap<string, ItemRow>, caller: Caller, sku: string, field: string[]): ItemRow {
  const item = items.get(sku);
  if (!item || (caller.merchant !== undefined && item.merchantCode !== caller.merchant)) {
    throw new Refusal("NOT_FOUND", `No item ${sku}.`, { field: [...field, "sku"] });
  }
  if (item.kind !== "STOCKED") throw invalid(`${sku} is ${item.kind}: it does not lie in warehouses`, [...field, "sku"]);
  return item;
}

/** A quantity in the item's base unit. */
export function baseUnits(item: ItemRow, { quantity, unit }: { quantity: number; unit?: string | null }, field: string[]): number {
  if (unit == null || unit === item.unit) return quantity;
  const factor = item.units.find(({ code }) => code === unit)?.factor;
  if (factor === undefined) throw invalid(`${item.sku} has no unit ${unit}`, [...field, "unit"]);
  return checkUnits(quantity * factor, [...field, "quantity"]);
}

function checkPlaces(stock: Stock, item: ItemRow, line: MovementLineInput, units: number, inwards: boolean, field: string[]): void {
  for (const name of ["location", "toLocation"] as const) if (line[name] != null) checkLocation(stock, line[name], [...field, name]);
  checkTracking(item, line, units, inwards, field);
}

/** What comes in names its lot or serial numbers where the item has them; what does not have them takes none. */
export function checkTracking(
  { sku, tracking }: ItemRow,
  { lot, serials }: { lot?: string | null; serials?: string[] | null },
  units: number,
  inwards: boolean,
  field: string[],
): void {
  if (tracking !== "LOT" && lot != null) throw invalid(`${sku} is not tracked by lot`, [...field, "lot"]);
  if (tracking !== "SERIAL" && serials != null) throw invalid(`${sku} is not tracked by serial number`, [...field, "serials"]);
  if (tracking === "LOT" && inwards && lot == null) throw invalid(`${sku} is tracked by lot`, [...field, "lot"]);
  const needed = tracking === "SERIAL" && (inwards || serials != null);
  if (needed && new Set(serials).size !== units)
    throw invalid(`${units} different serial numbers of ${sku} are needed`, [...field, "serials"]);
}

/** Goods on their way lie in TRANSIT, picked ones in PACKING: nobody puts goods there, or takes them, by hand. */
export function checkLocation(stock: Stock, location: string, field: string[]): void {
  const kind = stock.kinds.get(location);
  if (!kind) throw new Refusal("NOT_FOUND", `No location ${location} in ${stock.warehouse.code}.`, { field });
  if (kind === "TRANSIT" || kind === "PACKING") throw invalid(`${kind} is not for movements by hand`, field);
}
