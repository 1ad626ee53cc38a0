import type { Tx } from "../../../shared/db/transaction";
import { Refusal } from "../../../shared/refusal";
import { exact, type Exact } from "../../../shared/units/decimal";
import { shareOf } from "../cost/cost";
import { readWarehouses } from "../place/place.sql";
import { invalid } from "./check-movement";
import type { PostingLine } from "./decide-posting";
import type { PostMovementInput } from "./movement.inputs";
import { readMovements, readReversals, type MovementRow } from "./movement.sql";
import { ruleOf, type MovementType } from "./movement-rules";
import { movedBy, type Moved, type Origin } from "./origin.sql";
import type { Stock } from "./stock";

/** What says where goods come back from. */
type Returning = Pick<PostMovementInput, "type" | "document" | "orderRef" | "ofMovement">;

/**
 * Returns come in at what the units left with: of the movement that is named, else of the order's or document's own issues, less
 * what has come back of them. Units that left before Strata's time have no issue here: they cost what is said, or known.
 */
export async function worthOfReturns(tx: Tx, stock: Stock, input: Returning, lines: PostingLine[]): Promise<PostingLine[]> {
  const rule = ruleOf(input.type);
  if (rule.cost !== "origin") return lines;
  const origin = await originOf(tx, stock, input);
  if (!origin) return lines;
  const left = await movedBy(tx, origin, rule.returns!, "out");
  const back = await movedBy(tx, origin, returnsOf(rule.returns!), "back");
  return lines.map((line) => {
    const open = openOf(left, back, line.sku);
    if (!open && input.ofMovement == null) return line;
    if (line.unitCost != null) throw invalid("comes from the issue that is returned", [...line.field!, "unitCost"]);
    return { ...line, worth: takeOpen(open, back, line) };
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

const OF_CUSTOMERS: MovementType[] = ["CUSTOMER_RETURN", "EXCHANGE_IN"];
const RETURNS: Partial<Record<MovementType, MovementType[]>> = {
  SALES_ISSUE: OF_CUSTOMERS,
  EXCHANGE_OUT: OF_CUSTOMERS,
  TRANSFER_OUT: ["TRANSFER_IN"],
  MATERIAL_ISSUE: ["MATERIAL_RETURN"],
};
const returnsOf = (issues: string[]): MovementType[] => [...new Set(issues.flatMap((type) => RETURNS[type as MovementType] ?? []))];

async function originOf(tx: Tx, stock: Stock, input: Returning): Promise<Origin | null> {
  const { type, ofMovement, orderRef, document } = input;
  const types = ruleOf(type).returns! as MovementType[];
  if (ofMovement != null) return { movementId: (await originMovement(tx, stock, ofMovement, types)).id };
  if (type === "TRANSFER_IN" || type === "MATERIAL_RETURN") return { document: document!.number };
  return orderRef == null ? null : { orderRef };
}

/** Whether reversing an issue would leave more come back of its order or document than ever left. */
export async function returnedUnits(tx: Tx, movement: MovementRow, moved: Map<string, number>): Promise<string | undefined> {
  const back = RETURNS[movement.type];
  if (!back) return undefined;
  const origin: Origin =
    movement.type === "SALES_ISSUE" || movement.type === "EXCHANGE_OUT"
      ? movement.orderRef === null
        ? { movementId: movement.id }
        : { orderRef: movement.orderRef }
      : { document: movement.documentNumber! };
  const issues = Object.keys(RETURNS).filter((type) => RETURNS[type as MovementType] === back);
  const left = await movedBy(tx, origin, issues, "out");
  const returned = await movedBy(tx, origin, back, "back");
  return [...moved].find(([sku, units]) => (openOf(left, returned, sku)?.units ?? 0) < units)?.[0];
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
