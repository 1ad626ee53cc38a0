import { Decimal } from "decimal.js";
import type { Caller } from "./call";
import { Tally, type Timings } from "./measure";
import { books } from "./operations";
import type { Outcome, Purchases } from "./replay";
import type { Shop } from "./shop";

/** What came of the orders, counted as they end. */
export class Summary {
  held = 0;
  delivered = 0;
  shortAtFirst = 0;
  waitedForStock = 0;
  shippedUnits = 0;
  shipments = 0;
  splitOrders = 0;
  shortPicks = 0;
  returned = 0;
  readonly transfers = new Tally();
  readonly ends = new Tally();
  readonly refusals = new Tally();
  readonly retries = new Tally();
  /** Orders that nothing explains: the demo has failed. */
  readonly lost: Outcome[] = [];

  add(outcome: Outcome): void {
    this.ends.add(outcome.end);
    if (outcome.held) this.held++;
    if (outcome.end === "DELIVERED") this.delivered++;
    if (outcome.end === "REFUSED") this.refusals.add(outcome.because!);
    if (outcome.end === "LOST") this.lost.push(outcome);
    if (outcome.shortAtFirst) this.shortAtFirst++;
    if (outcome.waitedForStock) this.waitedForStock++;
    if (outcome.shipments > 1) this.splitOrders++;
    this.shippedUnits += outcome.shippedUnits;
    this.shipments += outcome.shipments;
    this.shortPicks += outcome.shortPicks;
    this.returned += outcome.returned;
    if (outcome.transfer !== "NONE") this.transfers.add(outcome.transfer);
  }

  lines(shop: Shop, bought: Purchases, seconds: number): string[] {
    const skipped = Object.entries(shop.skipped).map(([what, count]) => `${count} ${what}`);
    return [
      `orders       ${this.ends.total} played from hold to delivery in ${seconds.toFixed(1)} s, ${(this.ends.total / seconds).toFixed(1)}/s`,
      `  held       ${this.held}, of them ${this.shortAtFirst} after a first INSUFFICIENT_STOCK and a purchase`,
      `  delivered  ${this.delivered}, in ${this.shipments} shipments (${this.splitOrders} orders, ${share(this.splitOrders, this.delivered)}, in more than one)`,
      `  refused    ${this.refusals}`,
      `  waiting    ${this.ends.of("BACKORDERED")} backordered, ${this.ends.of("ON_HOLD")} on hold; ${this.waitedForStock} were backordered for a while`,
      `  lost       ${this.lost.length}`,
      ...this.lost.slice(0, 10).map(({ orderRef, because }) => `    ${orderRef}: ${because}`),
      `units        ${this.shippedUnits} shipped, ${bought.units} bought again in ${bought.receipts} receipts`,
      ...(this.shortPicks + this.returned + this.transfers.total > 0
        ? [`mishaps      ${this.shortPicks} short picks, ${this.returned} units returned, transfers: ${this.transfers}`]
        : []),
      ...(skipped.length ? [`left out     ${skipped.join(", ")}`] : []),
      `asked again  ${this.retries}`,
    ];
  }
}

const share = (part: number, all: number): string => `${((100 * part) / Math.max(1, all)).toFixed(1)} %`;

export function timingLines(timings: Timings): string[] {
  const cell = (text: string | number) => String(text).padStart(9);
  const header = `${"call".padEnd(20)}${["calls", "p50 ms", "p90 ms", "p99 ms"].map(cell).join("")}`;
  const rows = timings
    .rows()
    .map(({ name, calls, p50, p90, p99 }) => name.padEnd(20) + [calls, ...[p50, p90, p99].map((ms) => ms.toFixed(1))].map(cell).join(""));
  return [header, ...rows];
}

interface Money {
  amount: string;
  currency: string;
}

/** Stock value and the month's journal, as Strata's own books have them (everything in them, not only this run). */
export async function bookLines(caller: Caller): Promise<string[]> {
  const period = new Date().toISOString().slice(0, 7);
  const { inventoryValuation, trialBalance } = await caller.call(books, { period });
  const side = (name: "debit" | "credit") => totals(trialBalance.map((line: Record<string, Money | null>) => line[name]));
  return [
    `stock value  ${totals(inventoryValuation.total)}`,
    `journal      of ${period}: debits ${side("debit")}, credits ${side("credit")}`,
  ];
}

/** The exact sum in each currency. */
export function totals(amounts: (Money | null)[]): string {
  const byCurrency = new Map<string, Decimal>();
  for (const money of amounts)
    if (money) byCurrency.set(money.currency, (byCurrency.get(money.currency) ?? new Decimal(0)).plus(money.amount));
  return [...byCurrency].map(([currency, sum]) => `${sum.toFixed(2)} ${currency}`).join(" + ") || "0";
}
