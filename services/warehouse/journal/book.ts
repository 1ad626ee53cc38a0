import { newId } from "../../../shared/ids";
import { Refusal } from "../../../shared/refusal";
import type { Exact } from "../../../shared/units/decimal";
import type { MovementType } from "../enums";
import { spread } from "../cost/cost";
import type { DecidedLine, DecidedPosting } from "../ledger/decide-posting";
import { ruleOf } from "../ledger/movement-rules";
import type { Stock } from "../ledger/stock";
import type { BookedOn } from "./periods-for";

export interface PostingRule {
  type: MovementType;
  reasonCode: string;
  debit: string;
  credit: string;
}

export interface NewEntry {
  id: string;
  at: Date;
  legalEntity: string;
  period: string;
  /** The legal entity's. */
  day: string;
  currency: string;
  movementId: string;
  document: DecidedPosting["document"];
  lines: NewJournalLine[];
}

/** Either a debit or a credit. */
export interface NewJournalLine {
  account: string;
  side: "debit" | "credit";
  amount: Exact;
  /** Signed, as they moved in stock. */
  units: number;
  sku: string;
  warehouse: string;
  merchant: string;
}

/** The reason code of the rules that say where differences go: the account stands on both sides. */
export const VARIANCE = "VARIANCE";

export const movesValue = (posting: DecidedPosting): boolean =>
  posting.lines.some(({ value, counter }) => !value.isZero() || !counter.isZero()) || bookTransfers(posting).length > 0;

/**
 * The entry of a movement. Each line moves its value on the inventory account of its place, the other side gives or gets its
 * counter value, and what is between them goes to the rule's variance account, or where an adjusted receipt's units went. So
 * debits equal credits to the last decimal by construction. A zero cost books nothing.
 */
export function bookEntry(stock: Stock, posting: DecidedPosting, movementId: string, rules: PostingRule[], booked: BookedOn): NewEntry {
  const { legalEntity, currency } = stock.warehouse;
  return {
    id: newId(),
    at: posting.occurredAt,
    legalEntity,
    ...booked,
    currency,
    movementId,
    document: posting.document,
    lines: [...posting.lines.flatMap((line) => bookLine(stock, posting, line, rules)), ...bookTransfers(posting)],
  };
}

function bookLine(stock: Stock, posting: DecidedPosting, line: DecidedLine, rules: PostingRule[]): NewJournalLine[] {
  const { sku, units, value, counter } = line;
  const booked = (account: string, amount: Exact): NewJournalLine[] =>
    amount.isZero()
      ? []
      : [
          {
            account,
            side: amount.isPositive() ? "debit" : "credit",
            amount: amount.abs(),
            units,
            sku,
            warehouse: stock.warehouse.code,
            merchant: stock.items.get(sku)!.merchantCode,
          },
        ];
  const inventory = booked(inventoryAccount(stock, posting, line, rules), value);
  if (ruleOf(posting.type).accounts === null) return inventory;
  return [
    ...inventory,
    ...booked(otherAccount(posting, rules), counter.negated()),
    ...restOf(posting, line, rules).flatMap(([account, amount]) => booked(account, amount)),
  ];
}

/** The other side: what was named, else the rule's. Kept with the movement, so that its reversal goes there whatever the rule is then. */
export function otherAccount(posting: DecidedPosting, rules: PostingRule[]): string {
  if (posting.account != null) return posting.account;
  const rule = ruleFor(rules, posting);
  return isInwards(posting) ? rule.credit : rule.debit;
}

/** Whether the other side of its lines gives or gets something. */
export const hasOtherSide = ({ type, lines }: DecidedPosting): boolean =>
  ruleOf(type).accounts !== null && lines.some(({ counter }) => !counter.isZero());

const bookTransfers = ({ transfers = [] }: DecidedPosting): NewJournalLine[] =>
  transfers
    .filter(({ amount }) => !amount.isZero())
    .flatMap(({ debit, credit, amount, ...of }): NewJournalLine[] => [
      { account: debit, side: amount.isPositive() ? "debit" : "credit", amount: amount.abs(), ...of },
      { account: credit, side: amount.isPositive() ? "credit" : "debit", amount: amount.abs(), ...of },
    ]);

/** What the other side gave and the stock did not take: variance, or the cost of units that have gone. */
function restOf(
  posting: DecidedPosting,
  { value, counter, adjusts }: DecidedLine,
  rules: PostingRule[],
): [account: string, amount: Exact][] {
  const rest = counter.minus(value);
  if (rest.isZero()) return [];
  const goneTo = adjusts?.goneTo ?? [];
  if (goneTo.length === 0) return [[ruleFor(rules, { type: posting.type, reasonCode: VARIANCE }).debit, rest]];
  const shares = spread(
    rest,
    goneTo.map(({ weight }) => weight),
  );
  return goneTo.map(({ account }, i) => [account, shares[i]]);
}

/** Goods in TRANSIT have an account of their own, whatever moves them. */
function inventoryAccount(stock: Stock, posting: DecidedPosting, { location }: DecidedLine, rules: PostingRule[]): string {
  if (stock.kinds.get(location) === "TRANSIT") return ruleFor(rules, { type: "TRANSFER_LOSS" }).credit;
  if (ruleOf(posting.type).accounts === null) return ruleFor(rules, { type: "PURCHASE_RECEIPT" }).debit;
  const rule = ruleFor(rules, posting);
  return isInwards(posting) ? rule.debit : rule.credit;
}

/** Whether the type's rule debits inventory. */
const isInwards = ({ type }: DecidedPosting): boolean => ruleOf(type).sign >= 0;

/** The rule of a type and reason code that is the latest of those that hold; rules come latest first. */
export function ruleFor(rules: PostingRule[], { type, reasonCode }: Pick<DecidedPosting, "type" | "reasonCode">): PostingRule {
  const rule = rules.find((one) => one.type === type && one.reasonCode === (reasonCode ?? ""));
  if (rule) return rule;
  const which = reasonCode ? `${type} with reason code ${reasonCode}` : type;
  throw new Refusal("INVALID_INPUT", `No posting rule for ${which}.`, { field: ["input", "reasonCode"] });
}
