import type { Tx } from "../../../shared/db/transaction";
import { Refusal } from "../../../shared/refusal";
import type { Exact } from "../../../shared/units/decimal";
import { spread } from "../cost/cost";
import type { ItemRow } from "../item/item.sql";
import { accountsOfIssues, receivedLines, type ReceivedLine } from "./adjustment.sql";
import { invalid, lineField } from "./check-movement";
import type { Adjustment, PostingLine } from "./decide-posting";
import type { MovementLineInput, PostMovementInput } from "./movement.inputs";
import { MOVEMENT_TYPES, ruleOf } from "./movement-rules";
import { originMovement } from "./origin";
import { firstLocation, type Stock } from "./stock";

const RECEIPTS = MOVEMENT_TYPES.filter((type) => ruleOf(type).sign > 0);

/**
 * A COST_ADJUSTMENT: a new standard cost, or an amount that goods turned out to cost more: of the receipt that is named, else of
 * all that is on hand. The part of units that have left goes to the accounts they went to.
 */
export async function adjustmentLines(tx: Tx, stock: Stock, input: PostMovementInput, items: ItemRow[]): Promise<PostingLine[]> {
  if (new Set(input.lines.map(({ amount }) => amount == null)).size > 1)
    throw invalid("amounts and new standard costs are posted apart", ["input", "lines"]);
  const received = input.ofMovement == null ? [] : await receivedIn(tx, stock, input.ofMovement);
  const lines: PostingLine[] = [];
  for (const [i, line] of input.lines.entries()) {
    const { sku, unitCost, location } = line;
    if (items[i].ownership !== "OWNED") throw invalid(`${sku} is consigned: it has no value here`, [...lineField(i), "sku"]);
    const at: PostingLine = {
      sku,
      location: location ?? firstLocation(stock, "STORAGE"),
      lot: "",
      status: "AVAILABLE",
      pledge: "",
      units: 0,
      field: lineField(i),
    };
    if (unitCost != null) lines.push({ ...at, unitCost: newStandard(items[i], unitCost, i) });
    else for (const adjusts of await adjustments(tx, stock, items[i], line, received, i)) lines.push({ ...at, adjusts });
  }
  return lines;
}

function newStandard({ sku, costingMethod }: ItemRow, unitCost: NonNullable<MovementLineInput["unitCost"]>, i: number) {
  if (costingMethod !== "STANDARD") throw invalid(`${sku} is costed by ${costingMethod}`, [...lineField(i), "unitCost"]);
  return unitCost;
}

async function receivedIn(tx: Tx, stock: Stock, movementId: string): Promise<ReceivedLine[]> {
  const movement = await originMovement(tx, stock, movementId, RECEIPTS);
  if (movement.warehouseCode !== stock.warehouse.code) throw invalid(`it was posted in ${movement.warehouseCode}`, ["input", "ofMovement"]);
  return receivedLines(tx, movementId);
}

/** FIFO keeps each receipt's line apart; elsewhere an item's lines count together. */
function amountsOf(own: ReceivedLine[], { costingMethod }: ItemRow): ReceivedLine[] {
  if (costingMethod === "FIFO" || own.length < 2) return own;
  return [{ ...own[0], units: own.reduce((sum, { units }) => sum + units, 0) }];
}

async function adjustments(
  tx: Tx,
  stock: Stock,
  item: ItemRow,
  { amount }: MovementLineInput,
  received: ReceivedLine[],
  i: number,
): Promise<Adjustment[]> {
  const { main } = stock.headers.get(item.sku)!;
  const own = received.filter(({ sku }) => sku === item.sku);
  if (own.length > 0) return adjustmentsOf(tx, stock, item, amount!, own);
  if (main.units === 0)
    throw new Refusal("INVALID_STATE", `No ${item.sku} is on hand; ofMovement says whose cost it was.`, { field: lineField(i) });
  return [{ amount: amount!, received: main.units, goneTo: [] }];
}

/** What an item's receipts turned out to cost more. At STANDARD all of it is variance. */
export async function adjustmentsOf(tx: Tx, stock: Stock, item: ItemRow, amount: Exact, lines: ReceivedLine[]): Promise<Adjustment[]> {
  const received = amountsOf(lines, item);
  const goneTo = item.costingMethod === "STANDARD" ? [] : await accountsOfIssues(tx, stock.warehouse.code, item.sku, received[0].seq);
  const parts = spread(
    amount,
    received.map(({ units }) => units),
  );
  return received.map(({ units, seq }, part) => ({ amount: parts[part], received: units, seq, goneTo }));
}
