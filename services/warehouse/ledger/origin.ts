import type { Tx } from "../../../shared/db/transaction";
import { Refusal } from "../../../shared/refusal";
import { exact, type Exact } from "../../../shared/units/decimal";
import { shareOf } from "../cost/cost";
import { readWarehouses } from "../place/place.sql";
import { invalid } from "./check-movement";
import type { PostingLine } from "./decide-posting";
import type { PostMovementInput } from "./movement.inputs";
import { readMovements, readReversals, type MovementRow } from "./movement.sql";
import { MOVEMENT_TYPES, ruleOf, type MovementType } from "./movement-rules";
import { leftFrom, movedBy, type Moved, type Origin } from "./origin.sql";
import type { Stock } from "./stock";

/** What says where goods come back from. */
type Returning = Pick<PostMovementInput, "type" | "document" | "orderRef" | "ofMovement">;

/**
 * Returns come in at what the units left with: of the movement that is named, else of the order's or document's own issues, less
 * what has come back of them; of a movement that is named its order or document has come back too, however its units are named.
 * Units that left before Strata's time have no issue here: they cost what is said, or known.
 */
export async function worthOfReturns(tx: Tx, stock: Stock, input: Returning, lines: PostingLine[]): Promise<PostingLine[]> {
  const { cost, returns = [] } = ruleOf(input.type);
  if (cost !== "origin") return lines;
  const moved: { left: Map<string, Moved>; back: Map<string, Moved> }[] = [];
  for (const origin of await originsOf(tx, stock, input)) {
    await checkBooks(tx, stock, origin, returns, lines);
    moved.push({ left: await movedBy(tx, origin, returns, "out"), back: await movedBy(tx, origin, returnsOf(returns), "back") });
  }
  return lines.map((line) => {
    const known = moved.some(({ left }) => left.has(line.sku));
    if (!known && input.ofMovement == null) return line;
    if (line.unitCost != null) throw invalid("comes from the issue that is returned", [...line.field!, "unitCost"]);
    const [worth] = moved.map(({ left, back }) => takeOpen(openOf(left, back, line.sku), back, line));
    return { ...line, worth };
  });
}

/** The supplier credits the price of the receipt that is named, or a price that is said. */
export async function creditOfSupplier(tx: Tx, stock: Stock, input: PostMovementInput, lines: PostingLine[]): Promise<PostingLine[]> {
  if (input.type !== "SUPPLIER_RETURN") return lines;
  const said = (line: PostingLine): Exact | undefined => input.lines[Number(line.field![line.field!.length - 1])].unitCost ?? undefined;
  if (input.ofMovement == null) {
    return lines.map((line) => {
      const price = said(line);
      if (!price) throw invalid("the price that the supplier credits is needed, or ofMovement", [...line.field!, "unitCost"]);
      return { ...line, worth: price.times(-line.units) };
    });
  }
  const origin: Origin = { movementId: (await originMovement(tx, stock, input.ofMovement, ["PURCHASE_RECEIPT"])).id };
  const left = await movedBy(tx, origin, ["PURCHASE_RECEIPT"], "in");
  const back = await movedBy(tx, origin, ["SUPPLIER_RETURN"], "returned");
  return lines.map((line) => ({ ...line, worth: takeOpen(openOf(left, back, line.sku), back, line) }));
}

/** What is still to come back of an item; undefined when none of it ever left. */
function openOf(left: Map<string, Moved>, back: Map<string, Moved>, sku: string): Moved | undefined {
  const out = left.get(sku);
  if (!out) return undefined;
  const returned = back.get(sku) ?? { units: 0, value: exact(0) };
  return { units: out.units - returned.units, value: out.value.minus(returned.value) };
}

/** Takes a line's units out of what is open; the last ones take the rest of its value. */
function takeOpen(open: Moved | undefined, back: Map<string, Moved>, line: PostingLine): Exact {
  const units = Math.abs(line.units);
  if (!open || open.units < units) {
    throw new Refusal("INVALID_STATE", `Only ${open?.units ?? 0} units of ${line.sku} are left to come back of it; ${units} were named.`, {
      field: line.field,
    });
  }
  const worth = shareOf(open, units);
  const before = back.get(line.sku) ?? { units: 0, value: exact(0) };
  back.set(line.sku, { units: before.units + units, value: before.value.plus(worth) });
  return worth;
}

/** The types by which units come back that left by these, and the other way round. */
const returnsOf = (issues: readonly string[]): MovementType[] =>
  MOVEMENT_TYPES.filter((type) => ruleOf(type).returns?.some((issue) => issues.includes(issue)));

/** What a movement's units left under, together with others'. */
function wholeOf({ type, orderRef, documentNumber }: MovementRow): Origin[] {
  if (ruleOf(type).needs?.includes("document")) return [{ document: documentNumber! }];
  return orderRef === null ? [] : [{ orderRef }];
}

async function originsOf(tx: Tx, stock: Stock, input: Returning): Promise<Origin[]> {
  const { type, ofMovement, orderRef, document } = input;
  const { needs, returns } = ruleOf(type);
  if (ofMovement == null) {
    if (needs?.includes("document")) return [{ document: document!.number }];
    return orderRef == null ? [] : [{ orderRef }];
  }
  const movement = await originMovement(tx, stock, ofMovement, returns! as MovementType[]);
  if (needs?.includes("document") && document!.number !== movement.documentNumber)
    throw invalid(`the movement belongs to ${movement.documentNumber}`, ["input", "document"]);
  if (orderRef != null && orderRef !== movement.orderRef) throw invalid("the movement belongs to another order", ["input", "orderRef"]);
  return [{ movementId: movement.id }, ...wholeOf(movement)];
}

/** The order of a return that names the movement alone. */
export async function orderOfReturn(tx: Tx, { type, orderRef, ofMovement }: Returning): Promise<string | null> {
  if (orderRef != null || ofMovement == null || ruleOf(type).cost !== "origin") return orderRef ?? null;
  return (await readMovements(tx, [ofMovement]))[0]?.orderRef ?? null;
}

/** Whether reversing an issue would leave more come back of it, or of its order or document, than ever left. */
export async function returnedUnits(tx: Tx, movement: MovementRow, moved: Map<string, number>): Promise<string | undefined> {
  const back = returnsOf([movement.type]);
  const issues = back.flatMap((type) => ruleOf(type).returns!);
  for (const origin of back.length === 0 ? [] : [{ movementId: movement.id }, ...wholeOf(movement)]) {
    const left = await movedBy(tx, origin, issues, "out");
    const returned = await movedBy(tx, origin, back, "back");
    const short = [...moved].find(([sku, units]) => (openOf(left, returned, sku)?.units ?? 0) < units);
    if (short) return short[0];
  }
  return undefined;
}

/** What left other books does not come back into these. */
async function checkBooks(tx: Tx, stock: Stock, origin: Origin, issues: string[], lines: PostingLine[]): Promise<void> {
  const left = await leftFrom(tx, origin, issues, [...new Set(lines.map(({ sku }) => sku))]);
  if (left.every(({ warehouse }) => warehouse === stock.warehouse.code)) return;
  const there = new Map((await readWarehouses(tx, [...new Set(left.map(({ warehouse }) => warehouse))])).map((row) => [row.code, row]));
  for (const { sku, warehouse } of left) {
    const { currency, legalEntity } = there.get(warehouse)!;
    if (currency !== stock.warehouse.currency || legalEntity !== stock.warehouse.legalEntity)
      throw invalid(
        `${sku} left from ${warehouse}: goods do not move between legal entities or currencies`,
        lines.find((line) => line.sku === sku)!.field!,
      );
  }
}

/** The movement that is named: of these types, in the same books, not reversed. */
export async function originMovement(tx: Tx, stock: Stock, id: string, types: MovementType[]): Promise<MovementRow> {
  const field = ["input", "ofMovement"];
  const [movement] = await readMovements(tx, [id]);
  if (!movement) throw new Refusal("NOT_FOUND", `No movement ${id}.`, { field });
  if (!types.includes(movement.type)) throw invalid(`it is a ${movement.type}, not a ${types.join(" or ")}`, field);
  if (movement.reversalOfId !== null || (await readReversals(tx, [id])).length > 0)
    throw new Refusal("INVALID_STATE", "The movement is reversed, or a reversal.", { field });
  const [there] = await readWarehouses(tx, [movement.warehouseCode]);
  if (there.currency !== stock.warehouse.currency || there.legalEntity !== stock.warehouse.legalEntity)
    throw invalid("it belongs to other books: goods do not move between legal entities or currencies", field);
  return movement;
}
