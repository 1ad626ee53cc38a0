import type { Reader } from "../../../shared/db/database";
import { byteOrder } from "../../../shared/db/lock-order";
import type { RequestContext } from "../../../shared/graphql/context";
import type { CursorKey } from "../../../shared/graphql/common.types";
import { Fault } from "../../../shared/refusal";
import { exact, sixPlaces, ZERO, type Exact } from "../../../shared/units/decimal";
import { databaseNow } from "../each.sql";
import type { BalanceRow } from "../ledger/balance.sql";
import type { StockKey } from "../reconcile.sql";
import { itemsThen, placesThen, totalsOfWarehouses, valuesThen, type AsOfFilter, type ItemThen, type ValueThen } from "./as-of.sql";

/** Items of one statement. */
const MOST_ITEMS = 500;

/** The moment that was asked for, or now. What is to come is nobody's to know. */
export async function pastMoment(ctx: RequestContext, name: string, at: Date | null | undefined): Promise<Date> {
  const now = await databaseNow(await ctx.onReplica());
  if (at && at > now) throw new Fault("BAD_USER_INPUT", `${name} must not be in the future`);
  return at ?? now;
}

const keyOf = ({ warehouse, sku }: { warehouse: string; sku: string }): string => JSON.stringify([warehouse, sku]);

/** Rows of items in key order, chunk by chunk: a chunk's items may all have been empty then, so the next is larger. */
async function* rowsThen<Row extends { warehouse: string; sku: string }>(
  reader: Reader,
  { filter, at, from }: { filter: AsOfFilter; at: Date; from?: StockKey },
  first: number,
  read: (items: ItemThen[]) => Promise<Row[]>,
): AsyncGenerator<Row[]> {
  let start: [StockKey, ">=" | ">"] = [startOf(filter, from), ">="];
  for (let size = Math.min(from ? first + 1 : first, MOST_ITEMS); ; size = Math.min(4 * size, MOST_ITEMS)) {
    const items = await itemsThen(reader, filter, at, start, size);
    const wanted = new Set(items.map(keyOf));
    if (items.length > 0) yield (await read(items)).filter((row) => wanted.has(keyOf(row)));
    if (items.length < size) return;
    const { warehouse, sku } = items[size - 1];
    start = [[warehouse, sku], ">"];
  }
}

/** A page begins at its cursor, but never before the warehouse that is asked for. */
const startOf = ({ warehouse = "" }: AsOfFilter, from: StockKey = ["", ""]): StockKey =>
  byteOrder(from[0], warehouse) < 0 ? [warehouse, ""] : from;

async function upTo<Row>(chunks: AsyncGenerator<Row[]>, limit: number): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const chunk of chunks) {
    rows.push(...chunk);
    if (rows.length >= limit) break;
  }
  return rows.slice(0, limit);
}

const itemOf = (after: CursorKey | undefined): StockKey | undefined => after && [String(after[0]), String(after[1])];

/** A page of balances as they stood, by warehouse, item and place; without those that held none. */
export const balancesThen = (
  reader: Reader,
  filter: AsOfFilter,
  at: Date,
  after: CursorKey | undefined,
  limit: number,
): Promise<BalanceRow[]> =>
  upTo(
    rowsThen(reader, { filter, at, from: itemOf(after) }, limit, (items) => placesThen(reader, items, at, after)),
    limit,
  );

export const valueKey = ({ warehouse, sku, inTransit }: ValueThen): CursorKey => [warehouse, sku, Number(inTransit)];

/** A page of the valuation as it stood. */
export function valuationThen(
  reader: Reader,
  filter: AsOfFilter,
  at: Date,
  after: CursorKey | undefined,
  limit: number,
): Promise<ValueThen[]> {
  const shown = (row: ValueThen) =>
    after !== undefined && row.warehouse === after[0] && row.sku === after[1] && Number(row.inTransit) <= Number(after[2]);
  const read = async (items: ItemThen[]) => (await valuesThen(reader, items, at)).filter((row) => !shown(row));
  return upTo(rowsThen(reader, { filter, at, from: itemOf(after) }, limit, read), limit);
}

/** The sum of that valuation by currency; of one merchant's goods item by item. */
export async function totalsThen(reader: Reader, filter: AsOfFilter, at: Date): Promise<{ currency: string; amount: string }[]> {
  if (filter.merchant === undefined) return totalsOfWarehouses(reader, filter.warehouse, at);
  const totals = new Map<string, Exact>();
  for await (const rows of rowsThen(reader, { filter, at }, MOST_ITEMS, (items) => valuesThen(reader, items, at)))
    for (const { currency, value } of rows) totals.set(currency, (totals.get(currency) ?? ZERO).plus(exact(value)));
  return [...totals].sort(([a], [b]) => (a < b ? -1 : 1)).map(([currency, amount]) => ({ currency, amount: sixPlaces(amount) }));
}
