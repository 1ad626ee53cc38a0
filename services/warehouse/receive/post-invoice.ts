import { inLockOrder } from "../../../shared/db/lock-order";
import type { Tx } from "../../../shared/db/transaction";
import { groupBy } from "../../../shared/group";
import type { Caller } from "../../../shared/identity/caller";
import { ZERO, type Exact } from "../../../shared/units/decimal";
import { ruleFor, VARIANCE, type PostingRule } from "../journal/book";
import { readPostingRules } from "../journal/journal.sql";
import { adjustmentsOf } from "../ledger/adjustment-lines";
import { invalid, lineField } from "../ledger/check-movement";
import { decidePosting, type DecidedPosting, type PostingLine, type Transfer } from "../ledger/decide-posting";
import { lockStock } from "../ledger/lock-stock";
import { writePostings } from "../ledger/post";
import { firstLocation, type Stock } from "../ledger/stock";
import type { InboundLineInput } from "./inbound.inputs";
import { receivedBy, type DocumentKey, type InvoiceLineRow } from "./invoice.sql";

/** Units of an item in one warehouse that an invoice asks for; with a minus, that a credit note gives back. */
export interface Part {
  warehouse: string;
  sku: string;
  units: number;
  /** What it takes from goods received. */
  cleared: Exact;
  amount: Exact;
}

export interface Invoice {
  document: DocumentKey & { line?: string | null };
  lines: InboundLineInput[];
  reason: string;
}

/** Posts parts of an invoice or a credit note, one movement in each warehouse; the items are locked. */
export async function postInvoice(tx: Tx, caller: Caller, input: Invoice, parts: Part[]): Promise<InvoiceLineRow[]> {
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
  const rules = await readPostingRules(tx);
  const decided: [Stock, Part[], DecidedPosting][] = [];
  for (const [stock, own] of stocks) decided.push([stock, own, await decideInvoice(tx, stock, caller, input, own, rules)]);
  const lines: InvoiceLineRow[] = [];
  for (const [stock, own, posting] of decided) {
    const written = await writePostings(tx, stock, [posting]);
    lines.push(...own.map((part) => ({ ...part, movementId: written[written.length - 1].id })));
  }
  return lines;
}

/**
 * The difference of price adjusts what was received; what is asked for moves from goods received to what is owed, and back where
 * it is credited. The difference of goods that were received elsewhere is variance.
 */
async function decideInvoice(
  tx: Tx,
  stock: Stock,
  caller: Caller,
  input: Invoice,
  parts: Part[],
  rules: PostingRule[],
): Promise<DecidedPosting> {
  const { debit, credit } = ruleFor(rules, { type: "COST_ADJUSTMENT", reasonCode: "INVOICE" });
  const variance = ruleFor(rules, { type: "COST_ADJUSTMENT", reasonCode: VARIANCE }).debit;
  const lines: PostingLine[] = [];
  const transfers: Transfer[] = [];
  for (const { sku, units, cleared, amount } of parts) {
    const field = lineField(input.lines.findIndex((line) => line.sku === sku));
    const at = { sku, location: firstLocation(stock, "STORAGE"), lot: "", status: "AVAILABLE", pledge: "", units: 0, field } as const;
    const merchant = stock.items.get(sku)!.merchantCode;
    const of = { sku, warehouse: stock.warehouse.code, merchant };
    transfers.push({ ...of, debit, credit, amount, units: -units });
    const difference = amount.minus(cleared);
    const received = difference.isZero() ? [] : await receivedBy(tx, input.document, stock.warehouse.code, sku);
    if (received.length === 0) {
      lines.push({ ...at, adjusts: { amount: ZERO, received: 0, goneTo: [] } });
      transfers.push({ ...of, debit: variance, credit: debit, amount: difference, units: 0 });
    } else {
      // Units that went back have nobody to carry it: their share would come back to the very account that is cleared.
      for (const adjusts of await adjustmentsOf(tx, stock, stock.items.get(sku)!, difference, received))
        lines.push({ ...at, adjusts: { ...adjusts, goneTo: adjusts.goneTo.filter(({ account }) => account !== debit) } });
    }
  }
  return decidePosting(stock, {
    type: "COST_ADJUSTMENT",
    lines,
    transfers,
    reason: input.reason,
    document: input.document,
    occurredAt: stock.now,
    postedBy: caller.client,
    client: "",
  });
}
