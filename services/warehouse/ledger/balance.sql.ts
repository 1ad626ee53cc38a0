import type { Reader } from "../../../shared/db/database";
import { Conditions, eachOf } from "../each.sql";
import type { StockStatus } from "../enums";

export interface BalanceRow {
  warehouse: string;
  sku: string;
  location: string;
  lot: string;
  status: StockStatus;
  pledge: string;
  quantity: number;
  allocated: number;
}

export interface TotalRow {
  warehouse: string;
  sku: string;
  onHand: number;
  value: string;
  lastCost: string | null;
  currency: string;
}

const BALANCE = "b.warehouse, b.sku, b.location, b.lot, b.status, b.pledge, b.quantity, b.allocated FROM stock_balance b";
const ORDER = ["warehouse", "sku", "location", "lot", "status", "pledge"] as const;

export const balanceKey = (row: BalanceRow): string[] => ORDER.map((column) => row[column]);

/** (a, b) > (x, y) written out, because neither server uses an index for the short form everywhere. */
function further(after: (string | number)[] | undefined): [string, unknown[] | undefined] {
  if (!after) return ["", undefined];
  const parts = ORDER.map((column, i) => `(${[...ORDER.slice(0, i).map((same) => `b.${same} = ?`), `b.${column} > ?`].join(" AND ")})`);
  return [`(${parts.join(" OR ")})`, ORDER.flatMap((_, i) => after.slice(0, i + 1))];
}

export interface BalanceFilter {
  warehouse?: string;
  status?: StockStatus;
  after?: (string | number)[];
}

/** For each item a page of its balances that hold something. Index by_sku. */
export function balancesOfItems(
  reader: Reader,
  skus: readonly string[],
  { warehouse, status, after }: BalanceFilter,
  limit: number,
): Promise<BalanceRow[][]> {
  const wanted = new Conditions()
    .add("b.warehouse = ?", warehouse)
    .add("b.status = ?", status)
    .add(...further(after));
  const select = `${BALANCE} WHERE b.sku = ? AND b.quantity > 0${wanted.and} ORDER BY ${ORDER.join(", ")} LIMIT ?`;
  return eachOf(reader, skus, select, (sku) => [sku, ...wanted.params, limit]);
}

/** For each warehouse a page of its balances that hold something, for a merchant only its items'. Primary key range. */
export function balancesOfWarehouses(
  reader: Reader,
  codes: readonly string[],
  merchant: string | undefined,
  after: (string | number)[] | undefined,
  limit: number,
): Promise<BalanceRow[][]> {
  const wanted = new Conditions().add("b.sku IN (SELECT sku FROM item WHERE merchant = ?)", merchant).add(...further(after));
  const select = `${BALANCE} WHERE b.warehouse = ? AND b.quantity > 0${wanted.and} ORDER BY ${ORDER.join(", ")} LIMIT ?`;
  return eachOf(reader, codes, select, (code) => [code, ...wanted.params, limit]);
}

/** Where lots lie. Index by_lot. */
export const balancesOfLots = (reader: Reader, keys: readonly { sku: string; lot: string }[]): Promise<BalanceRow[]> =>
  reader.query(
    `SELECT ${BALANCE} WHERE (${keys.map(() => "(b.sku = ? AND b.lot = ?)").join(" OR ")}) AND b.quantity > 0 ORDER BY ${ORDER.join(", ")}`,
    keys.flatMap(({ sku, lot }) => [sku, lot]),
  );

/** Headers of items in all warehouses. Index by_sku. */
export const readTotals = (reader: Reader, skus: readonly string[]): Promise<TotalRow[]> =>
  reader.query(
    `SELECT s.warehouse, s.sku, s.on_hand AS onHand, s.value, s.last_cost AS lastCost, w.currency
     FROM item_stock s JOIN warehouse w ON w.code = s.warehouse WHERE s.sku IN (?) ORDER BY s.sku, s.warehouse`,
    [skus],
  );
