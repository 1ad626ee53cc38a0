import { earlierEffect, keyedCall, rememberEffect } from "../../../shared/db/idempotency";
import { inLockOrder } from "../../../shared/db/lock-order";
import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { Refusal } from "../../../shared/refusal";
import { checkKey } from "../../../shared/units/check";
import { sum, ZERO, type Exact } from "../../../shared/units/decimal";
import { shareOf } from "../cost/cost";
import { lockItems } from "../item/item.sql";
import { invalid, lineField } from "../ledger/check-movement";
import { sumLines } from "./inbound-lines";
import { insertInvoice, isMatched, leftOfInvoice, notInvoiced, type InvoiceRest, type NotInvoiced } from "./invoice.sql";
import type { CreditInvoiceInput } from "./invoice.types";
import { checkInput } from "./match-invoice";
import { postInvoice, type Part } from "./post-invoice";

/**
 * Takes back what an invoice asked for: a part of its price, or units that went back. It is an invoice with a minus, by the same
 * posting; the items are locked, so that nothing of them is sent back, invoiced or credited meanwhile.
 */
export async function creditInvoice(tx: Tx, caller: Caller, input: CreditInvoiceInput): Promise<string> {
  const call = keyedCall(caller.client, "creditInvoice", input);
  const { document, invoiceNumber, creditNoteNumber, reason, lines } = input;
  checkInput(input);
  checkKey(creditNoteNumber, ["input", "creditNoteNumber"]);
  const free = reason === "PRICE" ? lines.findIndex(({ unitCost }) => unitCost!.isZero()) : -1;
  if (free >= 0) throw invalid("a price is lowered by something", [...lineField(free), "unitCost"]);
  const skus = inLockOrder(lines.map(({ sku }) => sku));
  await lockItems(tx, skus);
  const before = await earlierEffect(tx, call);
  if (before) return before;
  const { sums } = await sumLines(tx, caller, lines);
  const left = await leftOfInvoice(tx, document, invoiceNumber, skus);
  if (left.length === 0 && !(await isMatched(tx, document, invoiceNumber)))
    throw new Refusal("NOT_FOUND", `No invoice ${invoiceNumber} of this document.`, { field: ["input", "invoiceNumber"] });
  if (await isMatched(tx, document, creditNoteNumber)) {
    const message = `${creditNoteNumber} of this document was matched before.`;
    throw new Refusal("CONFLICT", message, { field: ["input", "creditNoteNumber"] });
  }
  const open = reason === "RETURN" ? await notInvoiced(tx, document, skus) : [];
  const parts = [...sums].flatMap(([sku, { units, unitCost }]) => {
    const field = lineField(lines.findIndex((line) => line.sku === sku));
    const own = left.filter((row) => row.sku === sku);
    checkLeft(own, sku, units, unitCost!, field);
    const ofItem = open.filter((row) => row.sku === sku);
    return reason === "RETURN" ? returnedParts(ofItem, sku, units, unitCost!, field) : loweredParts(own, sku, units, unitCost!, field);
  });
  const posted = await postInvoice(tx, caller, { ...input, reason: `Credit note ${creditNoteNumber}` }, parts);
  await insertInvoice(tx, document, creditNoteNumber, posted, invoiceNumber);
  await rememberEffect(tx, call, posted[0].movementId);
  return posted[0].movementId;
}

/** No more than the invoice asked for and no other credit note has given back. */
function checkLeft(own: InvoiceRest[], sku: string, units: number, unitCost: Exact, field: string[]): void {
  const invoiced = own.reduce((total, row) => total + row.units, 0);
  if (units > invoiced) throw tooMany(invoiced, sku, units, "are invoiced and not credited", field);
  const asked = sum(own.map(({ amount }) => amount));
  if (unitCost.times(units).gt(asked)) {
    const message = `${asked.toFixed()} is what is left to be paid for ${sku}; ${unitCost.times(units).toFixed()} were to be credited.`;
    throw new Refusal("INVALID_STATE", message, { field: [...field, "unitCost"] });
  }
}

/** Units that are invoiced at less, warehouse by warehouse; in none by more than was asked for there. */
export function loweredParts(own: InvoiceRest[], sku: string, units: number, unitCost: Exact, field: string[]): Part[] {
  let left = units;
  const parts: Part[] = [];
  for (const row of own.filter((one) => one.units > 0)) {
    const taken = Math.min(left, row.units);
    if (taken === 0) break;
    const amount = unitCost.times(taken);
    if (amount.gt(row.amount)) {
      const message = `${row.amount.toFixed()} is what is left to be paid for ${sku} in ${row.warehouse}.`;
      throw new Refusal("INVALID_STATE", message, { field: [...field, "unitCost"] });
    }
    parts.push({ warehouse: row.warehouse, sku, units: 0, cleared: ZERO, amount: amount.negated() });
    left -= taken;
  }
  return parts;
}

/** Units that went back after they were invoiced: goods received has them with a minus. The last ones clear the rest of it. */
export function returnedParts(open: NotInvoiced[], sku: string, units: number, unitCost: Exact, field: string[]): Part[] {
  let left = units;
  const parts: Part[] = [];
  for (const row of open.filter((one) => one.units < 0)) {
    const taken = Math.min(left, -row.units);
    if (taken === 0) break;
    const cleared = shareOf({ units: -row.units, value: row.value }, taken);
    parts.push({ warehouse: row.warehouse, sku, units: -taken, cleared, amount: unitCost.times(taken).negated() });
    left -= taken;
  }
  if (left > 0) throw tooMany(units - left, sku, units, "went back by this document after they were invoiced", field);
  return parts;
}

const tooMany = (most: number, sku: string, units: number, what: string, field: string[]) =>
  new Refusal("INVALID_STATE", `Only ${most} units of ${sku} ${what}; ${units} were named.`, { field: [...field, "quantity"] });
