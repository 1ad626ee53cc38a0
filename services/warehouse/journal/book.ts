import { newId } from "../../../shared/ids";
import { Refusal } from "../../../shared/refusal";
import type { Exact } from "../../../shared/units/decimal";
import type { MovementType } from "../enums";
import type { DecidedPosting } from "../ledger/decide-posting";
import { MOVEMENT_RULES } from "../ledger/movement-rules";
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

export const movesValue = (posting: DecidedPosting): boolean => posting.lines.some(({ value }) => !value.isZero());

/**
 * The entry of a movement: for each line that moves value its amount on both accounts, so that debits equal credits to the
 * last decimal by construction. A zero cost books nothing.
 */
export function bookEntry(stock: Stock, posting: DecidedPosting, movementId: string, rule: PostingRule, booked: BookedOn): NewEntry {
  const { legalEntity, currency, code } = stock.warehouse;
  const inwards = MOVEMENT_RULES[posting.type].sign > 0;
  const debit = inwards ? rule.debit : (posting.account ?? rule.debit);
  const credit = inwards ? (posting.account ?? rule.credit) : rule.credit;
  const lines = posting.lines
    .filter(({ value }) => !value.isZero())
    .flatMap(({ sku, units, value }): NewJournalLine[] => {
      const of = { amount: value.abs(), units, sku, warehouse: code, merchant: stock.items.get(sku)!.merchantCode };
      return [
        { account: debit, side: "debit", ...of },
        { account: credit, side: "credit", ...of },
      ];
    });
  return {
    id: newId(),
    at: posting.occurredAt,
    legalEntity,
    ...booked,
    currency,
    movementId,
    document: posting.document,
    lines,
  };
}

/** The rule of a movement's type and reason code that is the latest of those that hold; rules come latest first. */
export function ruleFor(rules: PostingRule[], { type, reasonCode }: DecidedPosting): PostingRule {
  const rule = rules.find((one) => one.type === type && one.reasonCode === (reasonCode ?? ""));
  if (rule) return rule;
  const which = reasonCode ? `${type} with reason code ${reasonCode}` : type;
  throw new Refusal("INVALID_INPUT", `No posting rule for ${which}.`, { field: ["input", "reasonCode"] });
}
