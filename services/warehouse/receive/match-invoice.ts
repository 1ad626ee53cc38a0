import { earlierEffect, keyedCall, rememberEffect } from "../../../shared/db/idempotency";
import { inLockOrder } from "../../../shared/db/lock-order";
import type { Tx } from "../../../shared/db/transaction";
import { groupBy } from "../../../shared/group";
import type { Caller } from "../../../shared/identity/caller";
import { Refusal } from "../../../shared/refusal";
import { checkKey } from "../../../shared/units/check";
import { ZERO, type Exact } from "../../../shared/units/decimal";
import { shareOf } from "../cost/cost";
import { lockItems } from "../item/item.sql";
import { ruleFor, type PostingRule } from "../journal/book";
import { readPostingRules } from "../journal/journal.sql";
import { adjustmentsOf } from "../ledger/adjustment-lines";
import { invalid, lineField } from "../ledger/check-movement";
import { decidePosting, type DecidedPosting, type PostingLine } from "../ledger/decide-posting";
import { lockStock } from "../ledger/lock-stock";
import { writePostings } from "../ledger/post";
import { firstLocation, type Stock } from "../ledger/stock";
import { checkInboundLines, sumLines } from "./inbound-lines";
import { insertInvoice, isMatched, notInvoiced, receivedBy, type InvoiceLineRow, type NotInvoiced } from "./invoice.sql";
import type { MatchInvoiceInput } from "./invoice.types";

/** Units of an item that an invoice asks for, of what was received in one warehouse. */
export interface Part {
  warehouse: string;
  sku: string;
  units: number;
  cleared: Exact;
  amount: Exact;
}

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
  const lines = await postParts(tx, caller, input, parts);
  await insertInvoice(tx, document, invoiceNumber, lines);
  await rememberEffect(tx, call, lines[0].movementId);
  return lines[0].movementId;
}

function checkInput({ document, invoiceNumber, lines }: MatchInvoiceInput): void {
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

async function postParts(tx: Tx, caller: Caller, input: MatchInvoiceInput, parts: Part[]): Promise<InvoiceLineRow[]> {
  const stocks: [Stock, Part[]][] = [];
  for (const code of inLockOrder(parts.map(({ warehouse }) => warehouse))) {
    const own = groupBy(parts, ({ warehouse }) => warehouse).get(code)!;
    stocks.push([
      await lockStock(
        tx,
        code,
        own.map(({ sku }) => sku),
      ),
      own,
    ]);
  }
  const books = new Set(stocks.map(([{ warehouse }]) => `${warehouse.legalEntity} ${warehouse.currency}`));
  if (books.size > 1) throw invalid("it was received in several legal entities or currencies: not one invoice", ["input", "document"]);
  const rule = ruleFor(await readPostingRules(tx), { type: "COST_ADJUSTMENT", reasonCode: "INVOICE" });
  const decided: [Stock, Part[], DecidedPosting][] = [];
  for (const [stock, own] of stocks) decided.push([stock, own, await decideInvoice(tx, stock, caller, input, own, rule)]);
  const lines: InvoiceLineRow[] = [];
  for (const [stock, own, posting] of decided) {
    const written = await writePostings(tx, stock, [posting]);
    lines.push(...own.map((part) => ({ ...part, movementId: written[written.length - 1].id })));
  }
  return lines;
}

/** The difference of price adjusts what was received; what is asked for moves from goods received to what is owed. */
async function decideInvoice(
  tx: Tx,
  stock: Stock,
  caller: Caller,
  input: MatchInvoiceInput,
  parts: Part[],
  { debit, credit }: PostingRule,
): Promise<DecidedPosting> {
  const lines: PostingLine[] = [];
  for (const { sku, cleared, amount } of parts) {
    const field = lineField(input.lines.findIndex((line) => line.sku === sku));
    const at = { sku, location: firstLocation(stock, "STORAGE"), lot: "", status: "AVAILABLE", pledge: "", units: 0, field } as const;
    const difference = amount.minus(cleared);
    if (difference.isZero()) lines.push({ ...at, adjusts: { amount: ZERO, received: 0, goneTo: [] } });
    else {
      const received = await receivedBy(tx, input.document, stock.warehouse.code, sku);
      for (const adjusts of await adjustmentsOf(tx, stock, stock.items.get(sku)!, difference, received)) lines.push({ ...at, adjusts });
    }
  }
  return decidePosting(stock, {
    type: "COST_ADJUSTMENT",
    lines,
    transfers: parts.map(({ sku, units, amount }) => ({
      debit,
      credit,
      amount,
      units: -units,
      sku,
      warehouse: stock.warehouse.code,
      merchant: stock.items.get(sku)!.merchantCode,
    })),
    reason: `Invoice ${input.invoiceNumber}`,
    document: input.document,
    occurredAt: stock.now,
    postedBy: caller.client,
    client: "",
  });
}
