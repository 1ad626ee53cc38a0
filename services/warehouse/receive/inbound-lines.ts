import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { checkCount, checkKey, checkUnits } from "../../../shared/units/check";
import type { Exact } from "../../../shared/units/decimal";
import { readItems, type ItemRow } from "../item/item.sql";
import { invalid, lineField } from "../ledger/check-movement";
import { baseUnits, itemOf } from "../ledger/movement-lines";
import { mostOf } from "./inbound";
import type { InboundLineRow } from "./inbound.sql";
import type { InboundLineInput } from "./inbound.inputs";

/** Base units of an item, and what one costs. */
export interface Sum {
  units: number;
  unitCost: Exact | null;
}

const MOST_LINES = 1_000;

/** What can be said of lines without looking at their items. */
export function checkInboundLines(lines: InboundLineInput[]): void {
  checkCount(lines, ["input", "lines"], MOST_LINES);
  lines.forEach(({ sku, quantity, unitCost }, i) => {
    checkKey(sku, [...lineField(i), "sku"]);
    checkUnits(quantity, [...lineField(i), "quantity"]);
    if (unitCost?.isNegative()) throw invalid("must not be negative", [...lineField(i), "unitCost"]);
  });
}

/** Each item's units in all; an item that comes more than once has one cost. */
export async function sumLines(
  tx: Tx,
  caller: Caller,
  lines: InboundLineInput[],
): Promise<{ items: Map<string, ItemRow>; sums: Map<string, Sum> }> {
  const skus = lines.map(({ sku }) => sku);
  const items = new Map((await readItems(tx, skus)).map((item) => [item.sku, item]));
  const sums = new Map<string, Sum>();
  lines.forEach((line, i) => {
    const units = baseUnits(itemOf(items, caller, line.sku, lineField(i)), line, lineField(i));
    const { units: before, unitCost } = sums.get(line.sku) ?? { units: 0, unitCost: line.unitCost ?? null };
    if (unitCost === null ? line.unitCost != null : !line.unitCost?.eq(unitCost))
      throw invalid(`${line.sku} has another cost in an earlier line`, [...lineField(i), "unitCost"]);
    sums.set(line.sku, { units: checkUnits(before + units, [...lineField(i), "quantity"]), unitCost });
  });
  return { items, sums };
}

/** A line that expects so many units, with what has come of it before. */
export const lineOf = (
  inboundId: string,
  sku: string,
  { units, unitCost }: Sum,
  overReceiptPercent: number,
  before?: InboundLineRow,
): InboundLineRow => ({
  inboundId,
  sku,
  expected: units,
  received: before?.received ?? 0,
  rejected: before?.rejected ?? 0,
  restocked: before?.restocked ?? 0,
  scrapped: before?.scrapped ?? 0,
  most: mostOf(units, overReceiptPercent),
  unitCost: unitCost ?? before?.unitCost ?? null,
});
