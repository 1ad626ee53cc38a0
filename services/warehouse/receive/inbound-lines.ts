import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { checkCount, checkKey, checkUnits } from "../../../shared/units/check";
import { readItems, type ItemRow } from "../item/item.sql";
import { invalid, lineField } from "../ledger/check-movement";
import { baseUnits, itemOf } from "../ledger/movement-lines";
import { mostOf } from "./inbound";
import type { InboundLineRow } from "./inbound.sql";
import type { InboundLineInput } from "./inbound.inputs";

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
): Promise<{ items: Map<string, ItemRow>; sums: Map<string, Pick<InboundLineRow, "expected" | "unitCost">> }> {
  const skus = lines.map(({ sku }) => sku);
  const items = new Map((await readItems(tx, skus)).map((item) => [item.sku, item]));
  const sums = new Map<string, Pick<InboundLineRow, "expected" | "unitCost">>();
  lines.forEach((line, i) => {
    const units = baseUnits(itemOf(items, caller, line.sku, lineField(i)), line, lineField(i));
    const { expected, unitCost } = sums.get(line.sku) ?? { expected: 0, unitCost: line.unitCost ?? null };
    if (unitCost === null ? line.unitCost != null : !line.unitCost?.eq(unitCost))
      throw invalid(`${line.sku} has another cost in an earlier line`, [...lineField(i), "unitCost"]);
    sums.set(line.sku, { expected: checkUnits(expected + units, [...lineField(i), "quantity"]), unitCost });
  });
  return { items, sums };
}

/** A line that expects so many units, with what has come of it before. */
export const lineOf = (
  inboundId: string,
  sku: string,
  { expected, unitCost }: Pick<InboundLineRow, "expected" | "unitCost">,
  overReceiptPercent: number,
  before?: InboundLineRow,
): InboundLineRow => ({
  inboundId,
  sku,
  expected,
  received: before?.received ?? 0,
  rejected: before?.rejected ?? 0,
  most: mostOf(expected, overReceiptPercent),
  unitCost: unitCost ?? before?.unitCost ?? null,
});
