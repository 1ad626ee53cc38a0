import { Refusal } from "../../../shared/refusal";
import { MAX_UNITS } from "../../../shared/units/check";
import { ZERO, type Exact } from "../../../shared/units/decimal";
import { averageCost, type Brought } from "../cost/cost";
import { valueLine } from "../cost/value-line";
import type { MovementType } from "../enums";
import type { LotRow } from "./lot.sql";
import { moveSerials } from "./move-serials";
import { ruleOf } from "./movement-rules";
import { isOutOfDate, isSellable, lotKey, onHandOf, placeKey, valueOf, type Balance, type Place, type Stock } from "./stock";

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
  /** The documents of this layer that post it; what they post, they alone undo. */
  shipmentId?: string | null;
  inboundId?: string | null;
  countId?: string | null;
  /** What the entry moves between accounts beside stock: what is invoiced, what a work order leaves. */
  transfers?: Transfer[];
  /** What is returned or adjusted. */
  ofMovement?: string | null;
  reversalOf?: string | null;
}

export interface PostingLine extends Place {
  /** Signed; zero only for COST_ADJUSTMENT. */
  units: number;
  /** Of one base unit, for what comes in; the last known one when absent. A new standard cost, for COST_ADJUSTMENT. */
  unitCost?: Exact | null;
  /** What the other side of the entry gives or gets for all units, where that is not their cost here. */
  worth?: Exact;
  /** FIFO: the receipt out of whose layer the units are to come, by its line's seq. */
  layer?: number;
  /** What the document that they came by has left there, out of whose value they leave. */
  brought?: Brought;
  adjusts?: Adjustment;
  /** One for each unit of items that are tracked by them. */
  serials?: string[] | null;
  lotExpiresOn?: string | null;
  /** How the units picked for shipments change here: up when picked goods arrive in PACKING, down when they ship. */
  allocated?: number;
  /** The shipment whose picked units these are. */
  pickedFor?: string | null;
  /** Units of the item's allocation to orders that this line uses up. */
  usesAllocation?: number;
  /** Where the caller's input names it, for refusals. */
  field?: string[];
}

/** An amount from `credit` to `debit`; a negative one goes the other way. */
export interface Transfer {
  debit: string;
  credit: string;
  amount: Exact;
  sku: string;
  warehouse: string;
  merchant: string;
  /** Signed like units of stock: what open items have fewer or more by it. */
  units: number;
}

/** Value without units: what receipts turned out to cost more, of `received` units; the part that has gone follows the units. */
export interface Adjustment {
  amount: Exact;
  received: number;
  /** FIFO: the receipt's layer. */
  seq?: number;
  goneTo: { account: string; weight: number }[];
}

export interface DecidedLine extends PostingLine {
  seq: number;
  /** Null where no value moves. */
  cost: Exact | null;
  /** What the stock is worth more or less by it; zero where no value moves. */
  value: Exact;
  /** What the other side gives or gets; where it differs from `value`, the difference goes to `rest`, or to variance. */
  counter: Exact;
  balanceAfter: number;
}

export interface DecidedPosting extends Omit<Posting, "lines"> {
  /** Whose goods; empty when of several. */
  merchant: string;
  lines: DecidedLine[];
  /** What became of the sellable units of each item; without items whose figure did not change. */
  sellable: { sku: string; delta: number }[];
}

const MOST_VALUE = 1e13;

/** Applies a posting to the stock in memory and says what is to be written; refuses before anything is. */
export function decidePosting(stock: Stock, posting: Posting): DecidedPosting {
  const before = new Map(posting.lines.map(({ sku }) => [sku, stock.headers.get(sku)!.sellable]));
  // What leaves TRANSIT for a shelf takes its value along.
  const carried = new Map<string, Exact>();
  const lines = posting.lines.map((line) => applyLine(stock, posting, line, carried));
  const sellable = [...before]
    .map(([sku, units]) => ({ sku, delta: stock.headers.get(sku)!.sellable - units }))
    .filter(({ delta }) => delta !== 0);
  const pledges = posting.lines.some(({ pledge, units }) => pledge !== "" && units > 0);
  if (ruleOf(posting.type).sparesAllocated || pledges || posting.reversalOf) spareAllocated(stock, posting, sellable);
  const merchants = new Set([...before.keys()].map((sku) => stock.items.get(sku)!.merchantCode));
  return { ...posting, lines, sellable, merchant: merchants.size === 1 ? [...merchants][0] : "" };
}

function applyLine(stock: Stock, posting: Posting, line: PostingLine, carried: Map<string, Exact>): DecidedLine {
  const header = stock.headers.get(line.sku)!;
  const balance = moveUnits(stock, line, posting.occurredAt);
  moveSerials(stock, line);
  header.version += 1;
  const owned = stock.items.get(line.sku)!.ownership === "OWNED";
  const moved = owned ? valueLine(stock, posting.type, line, header.version, carried) : moveUnvalued(stock, line);
  if (onHandOf(header) > MAX_UNITS) throw tooMany(line, "the warehouse");
  if (valueOf(header).gte(MOST_VALUE)) throw invalid(line, `the value of ${line.sku} would pass 13 digits`);
  header.allocated -= line.usesAllocation ?? 0;
  if (isSellable(stock, line)) header.sellable += line.units;
  const cost = moved && averageCost(Math.abs(line.units), moved.value.abs());
  return {
    ...line,
    seq: header.version,
    cost,
    value: moved?.value ?? ZERO,
    counter: moved?.counter ?? ZERO,
    balanceAfter: balance.quantity,
  };
}

function moveUnvalued(stock: Stock, { sku, location, units }: PostingLine): null {
  const pool = stock.kinds.get(location) === "TRANSIT" ? "transit" : "main";
  stock.headers.get(sku)![pool].units += units;
  return null;
}

/** Picked units belong to their shipment: nothing else takes them from where they lie. */
function moveUnits(stock: Stock, line: PostingLine, occurredAt: Date): Balance {
  const { sku, location, lot, status, pledge } = line;
  if (line.units > 0) checkLot(stock, line, occurredAt);
  const key = placeKey(line);
  const balance = stock.balances.get(key) ?? { sku, location, lot, status, pledge, quantity: 0, allocated: 0, receivedAt: occurredAt };
  if (balance.quantity === 0) balance.receivedAt = occurredAt;
  const free = balance.quantity - balance.allocated - Math.min(0, line.allocated ?? 0);
  if (free + line.units < 0) {
    const which = [status, lot && `lot ${lot}`, pledge && `pledge ${pledge}`].filter(Boolean).join(", ");
    throw new Refusal(
      "INSUFFICIENT_STOCK",
      `${location} in ${stock.warehouse.code} has ${free} free units of ${sku} (${which}); ${-line.units} were asked for.`,
      { field: line.field },
    );
  }
  balance.quantity += line.units;
  balance.allocated += line.allocated ?? 0;
  if (balance.quantity > MAX_UNITS) throw tooMany(line, location);
  stock.balances.set(key, balance);
  return balance;
}

/** A lot is known before its first unit is; none that is blocked or past its day has AVAILABLE units. */
function checkLot(stock: Stock, line: PostingLine, receivedAt: Date): void {
  const { sku, lot: code, lotExpiresOn: expiresOn } = line;
  if (code === "") return;
  const lot: LotRow = stock.lots.get(lotKey(sku, code)) ?? {
    sku,
    code,
    expiresOn: expiresOn ?? null,
    receivedAt,
    blocked: false,
    fresh: true,
  };
  if (expiresOn != null && lot.expiresOn !== expiresOn) {
    throw new Refusal("CONFLICT", `Lot ${code} of ${sku} expires on ${lot.expiresOn ?? "no day"}, not on ${expiresOn}.`, {
      field: line.field && [...line.field, "lotExpiresOn"],
    });
  }
  stock.lots.set(lotKey(sku, code), lot);
  if (line.status !== "AVAILABLE" || line.allocated) return;
  if (lot.blocked) throw unfit(line, `Lot ${code} of ${sku} is blocked`);
  if (isOutOfDate(stock, lot)) throw unfit(line, `Lot ${code} of ${sku} is past its day (${lot.expiresOn} less the minimum shelf life)`);
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
const unfit = (line: PostingLine, message: string) =>
  new Refusal("INVALID_STATE", `${message}: its units are not AVAILABLE.`, { field: line.field && [...line.field, "lot"] });
const tooMany = (line: PostingLine, where: string) => invalid(line, `${where} would hold more than 2,000,000,000 units of ${line.sku}`);
