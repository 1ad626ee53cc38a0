import { Refusal } from "../../../shared/refusal";
import { MAX_UNITS } from "../../../shared/units/check";
import { exact, ZERO, type Exact } from "../../../shared/units/decimal";
import { averageCost, issueValue, receiptValue } from "../cost/moving-average";
import type { MovementType } from "../enums";
import { MOVEMENT_RULES } from "./movement-rules";
import { isSellable, placeKey, type Balance, type ItemStock, type Place, type Stock } from "./stock";

/** A movement that is to be posted. Lines are signed and name their place. */
export interface Posting {
  type: MovementType;
  lines: PostingLine[];
  occurredAt: Date;
  postedBy: string;
  client: string;
  reason?: string | null;
  reasonCode?: string | null;
  supplier?: string | null;
  /** The other side of the entry, in place of the rule's. */
  account?: string | null;
  document?: { type: string; number: string; line?: string | null } | null;
  orderRef?: string | null;
  shipmentId?: string | null;
}

export interface PostingLine extends Place {
  units: number;
  /** Of one base unit, for what comes in; the last known one when absent. */
  unitCost?: Exact | null;
  /** How the units picked for shipments change here: up when picked goods arrive in PACKING, down when they ship. */
  allocated?: number;
  /** Units of the item's allocation to orders that this line uses up. */
  usesAllocation?: number;
  /** Where the caller's input names it, for refusals. */
  field?: string[];
}

export interface DecidedLine extends PostingLine {
  seq: number;
  /** Null where no value moves. */
  cost: Exact | null;
  /** Signed; zero where no value moves. */
  value: Exact;
  balanceAfter: number;
}

export interface DecidedPosting extends Omit<Posting, "lines"> {
  /** Whose goods; empty when of several. */
  merchant: string;
  lines: DecidedLine[];
  /** What became of the sellable units of each item; without items whose figure did not change. */
  sellable: { sku: string; delta: number }[];
}

const MOST_VALUE = exact("1e13");

/** Applies a posting to the stock in memory and says what is to be written; refuses before anything is. */
export function decidePosting(stock: Stock, posting: Posting): DecidedPosting {
  const before = new Map(posting.lines.map(({ sku }) => [sku, stock.headers.get(sku)!.sellable]));
  const lines = posting.lines.map((line) => applyLine(stock, posting, line));
  const sellable = [...before]
    .map(([sku, units]) => ({ sku, delta: stock.headers.get(sku)!.sellable - units }))
    .filter(({ delta }) => delta !== 0);
  if (MOVEMENT_RULES[posting.type].sparesAllocated) spareAllocated(stock, posting, sellable);
  const merchants = new Set([...before.keys()].map((sku) => stock.items.get(sku)!.merchantCode));
  return { ...posting, lines, sellable, merchant: merchants.size === 1 ? [...merchants][0] : "" };
}

function applyLine(stock: Stock, { type, occurredAt }: Posting, line: PostingLine): DecidedLine {
  const header = stock.headers.get(line.sku)!;
  const balance = moveUnits(stock, line, occurredAt);
  const valued = MOVEMENT_RULES[type].sign !== 0 && stock.items.get(line.sku)!.ownership === "OWNED";
  const { cost, value } = valued ? moveValue(header, line) : { cost: null, value: ZERO };
  header.onHand += line.units;
  header.value = header.value.plus(value);
  if (header.onHand > MAX_UNITS) throw tooMany(line, "the warehouse");
  if (header.value.gte(MOST_VALUE)) throw invalid(line, `the value of ${line.sku} would pass 13 digits`);
  header.allocated -= line.usesAllocation ?? 0;
  if (isSellable(stock, line)) header.sellable += line.units;
  header.version += 1;
  return { ...line, seq: header.version, cost, value, balanceAfter: balance.quantity };
}

/** Picked units belong to their shipment: nothing else takes them from where they lie. */
function moveUnits(stock: Stock, line: PostingLine, occurredAt: Date): Balance {
  const { sku, location, lot, status, pledge } = line;
  const key = placeKey(line);
  const balance = stock.balances.get(key) ?? { sku, location, lot, status, pledge, quantity: 0, allocated: 0, receivedAt: occurredAt };
  if (balance.quantity === 0) balance.receivedAt = occurredAt;
  const free = balance.quantity - balance.allocated - Math.min(0, line.allocated ?? 0);
  if (free + line.units < 0) {
    throw new Refusal(
      "INSUFFICIENT_STOCK",
      `${location} in ${stock.warehouse.code} has ${free} free ${status} units of ${sku}; ${-line.units} were asked for.`,
      {
        field: line.field,
      },
    );
  }
  balance.quantity += line.units;
  balance.allocated += line.allocated ?? 0;
  if (balance.quantity > MAX_UNITS) throw tooMany(line, location);
  stock.balances.set(key, balance);
  return balance;
}

function moveValue(header: ItemStock, line: PostingLine): { cost: Exact; value: Exact } {
  if (line.units < 0) {
    const value = issueValue(header, -line.units);
    return { cost: averageCost({ onHand: -line.units, value }), value: value.negated() };
  }
  const cost = line.unitCost ?? header.lastCost;
  if (!cost) throw invalid(line, `no cost of ${line.sku} is known in ${header.warehouse} yet`, "unitCost");
  header.lastCost = cost;
  return { cost, value: receiptValue(cost, line.units) };
}

function spareAllocated(stock: Stock, posting: Posting, sellable: { sku: string; delta: number }[]): void {
  for (const { sku, delta } of sellable) {
    const header = stock.headers.get(sku)!;
    if (delta >= 0 || header.sellable >= header.allocated) continue;
    const field = posting.lines.find((line) => line.sku === sku)!.field;
    const free = header.sellable - delta - header.allocated;
    throw new Refusal(
      "INSUFFICIENT_STOCK",
      `${stock.warehouse.code} has ${free} units of ${sku} that are not allocated to orders; ${-delta} were asked for.`,
      { field },
    );
  }
}

const invalid = (line: PostingLine, message: string, field = "quantity") =>
  new Refusal("INVALID_INPUT", message, { field: line.field && [...line.field, field] });
const tooMany = (line: PostingLine, where: string) => invalid(line, `${where} would hold more than 2,000,000,000 units of ${line.sku}`);
