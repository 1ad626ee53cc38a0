import { earlierEffect, keyedCall, rememberEffect } from "../../../shared/db/idempotency";
import { inLockOrder } from "../../../shared/db/lock-order";
import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { Refusal } from "../../../shared/refusal";
import { checkKey } from "../../../shared/units/check";
import type { Exact } from "../../../shared/units/decimal";
import { shareOf } from "../cost/cost";
import { lockItems } from "../item/item.sql";
import { invalid, lineField } from "../ledger/check-movement";
import { checkInboundLines, sumLines } from "./inbound-lines";
import { insertInvoice, isMatched, notInvoiced, type NotInvoiced } from "./invoice.sql";
import type { MatchInvoiceInput } from "./invoice.types";
import { postInvoice, type Part } from "./post-invoice";

/**
 * Clears goods received not invoiced, and books the price difference forward. The items are locked, so that nothing of them is
 * received, sent back or invoiced meanwhile. Answers the first movement's id; there is one in each warehouse.
 */
export async function matchInvoice(tx: Tx, caller: Caller, input: MatchInvoiceInput): Promise<string> {
  const call = keyedCall(caller.client, "matchInvoice", input);
  checkInput(input);
  const skus = inLockOrder(input.lines.map(({ sku }) => sku));
  await lockItems(tx, skus);
  const before = await earlierEffect(tx, call);
  if (before) return before;
  const { document, invoiceNumber } = input;
  const { items, sums } = await sumLines(tx, caller, input.lines);
  if (await isMatched(tx, document, invoiceNumber))
    throw new Refusal("CONFLICT", `Invoice ${invoiceNumber} of this document was matched before.`, { field: ["input", "invoiceNumber"] });
  const open = await notInvoiced(tx, document, skus);
  const parts = [...sums].flatMap(([sku, { units, unitCost }]) => {
    const field = lineField(input.lines.findIndex((line) => line.sku === sku));
    if (items.get(sku)!.ownership !== "OWNED") throw invalid(`${sku} is consigned: it has no value here`, [...field, "sku"]);
    return partsOf(
      open.filter((row) => row.sku === sku),
      sku,
      units,
      unitCost!,
      [...field, "quantity"],
    );
  });
  const lines = await postInvoice(tx, caller, { ...input, reason: `Invoice ${invoiceNumber}` }, parts);
  await insertInvoice(tx, document, invoiceNumber, lines);
  await rememberEffect(tx, call, lines[0].movementId);
  return lines[0].movementId;
}

export function checkInput({ document, invoiceNumber, lines }: Pick<MatchInvoiceInput, "document" | "invoiceNumber" | "lines">): void {
  for (const part of ["type", "number", "line"] as const) if (document[part] != null) checkKey(document[part], ["input", "document", part]);
  checkKey(invoiceNumber, ["input", "invoiceNumber"]);
  checkInboundLines(lines);
  const unpriced = lines.findIndex(({ unitCost }) => unitCost == null);
  if (unpriced >= 0) throw invalid("an invoice says the price", [...lineField(unpriced), "unitCost"]);
}

/** Takes the units warehouse by warehouse; the last ones of a receipt clear the rest of its value. */
export function partsOf(open: NotInvoiced[], sku: string, units: number, unitCost: Exact, field: string[]): Part[] {
  let left = units;
  const parts: Part[] = [];
  for (const row of open.filter((one) => one.units > 0)) {
    const taken = Math.min(left, row.units);
    if (taken === 0) break;
    parts.push({ warehouse: row.warehouse, sku, units: taken, cleared: shareOf(row, taken), amount: unitCost.times(taken) });
    left -= taken;
  }
  if (left === 0) return parts;
  throw new Refusal(
    "INVALID_STATE",
    `Only ${units - left} units of ${sku} were received by this document and are not invoiced yet; ${units} were named.`,
    { field },
  );
}
