import type { Reader } from "../../../shared/db/database";
import { Conditions } from "../each.sql";
import { further, ORDER, type BalanceRow } from "../ledger/balance.sql";
import type { StockKey } from "../reconcile.sql";
import { HOURS, spansBefore, WEEKS } from "./spans";

export interface AsOfFilter {
  warehouse?: string;
  sku?: string;
  merchant?: string;
}

/** An item in a warehouse, and up to which seq its lines were in the sums when this was read: at least so far they are. */
export interface ItemThen {
  warehouse: string;
  sku: string;
  summed: number;
}

/**
 * Items that had a line by then, in key order, from a key on or after it; with a warehouse the key is one of its. Items with
 * lines beyond their mark come along. Primary key range (index by_sku with a sku), and the primary key of the marks. The
 * warehouse is asked for with <=, because with = MariaDB sorts the whole warehouse for a page (measured, 5,000 items: 4 ms
 * against 40).
 */
export async function itemsThen(
  reader: Reader,
  { warehouse, sku, merchant }: AsOfFilter,
  at: Date,
  [key, compare]: [StockKey, ">=" | ">"],
  limit: number,
): Promise<ItemThen[]> {
  const wanted = new Conditions()
    .add("s.warehouse <= ?", warehouse)
    .add("s.sku = ?", sku)
    .add("s.sku IN (SELECT sku FROM item WHERE merchant = ?)", merchant)
    .add(`(s.warehouse > ? OR (s.warehouse = ? AND s.sku ${compare} ?))`, [key[0], ...key])
    .add("(m.first_at <= ? OR s.version > COALESCE(m.seq, 0))", at);
  const rows = await reader.query<ItemThen>(
    `SELECT s.warehouse, s.sku, COALESCE(m.seq, 0) AS summed FROM item_stock s
     LEFT JOIN stock_span_mark m ON m.warehouse = s.warehouse AND m.sku = s.sku ${wanted.where} ORDER BY s.warehouse, s.sku LIMIT ?`,
    [...wanted.params, limit],
  );
  return rows.map((row) => ({ ...row, summed: Number(row.summed) }));
}

/**
 * What makes up some items' stock at a moment, each line once: the sums of the spans before its week, the lines of its week,
 * and of earlier ones those beyond the mark. One statement sees sums, marks and lines as of one commit; `summed` only bounds
 * what is read beyond a mark. Items of the same warehouses may come along.
 */
function partsThen(items: ItemThen[], at: Date, by: readonly string[]): { sql: string; params: unknown[] } {
  const { nodes, since } = spansBefore(WEEKS, at);
  const warehouses = [...new Set(items.map(({ warehouse }) => warehouse))];
  const skus = [...new Set(items.map(({ sku }) => sku))];
  // Each part is added up by itself: rows of five wide keys are dear to put aside.
  const part = (alias: string, from: string) => {
    const columns = by.map((column) => `${alias}.${column}`).join(", ");
    return `SELECT ${columns}, SUM(${alias}.quantity) AS quantity, SUM(${alias}.value) AS value FROM ${from} GROUP BY ${columns}`;
  };
  const summed = part("p", "stock_span p FORCE INDEX (PRIMARY) WHERE p.warehouse IN (?) AND p.node IN (?) AND p.sku IN (?)");
  const ofWeek = part(
    "l",
    `movement_line l FORCE INDEX (by_item_time) WHERE l.sku IN (?) AND l.occurred_at >= ? AND l.occurred_at <= ? AND l.warehouse IN (?)`,
  );
  const notSummed = part(
    "l",
    `movement_line l FORCE INDEX (PRIMARY) LEFT JOIN stock_span_mark m ON m.warehouse = l.warehouse AND m.sku = l.sku
      WHERE (${items.map(() => "(l.warehouse = ? AND l.sku = ? AND l.seq > ?)").join(" OR ")})
        AND l.seq > COALESCE(m.seq, 0) AND l.occurred_at < ?`,
  );
  return {
    sql: `(${summed} UNION ALL ${ofWeek} UNION ALL ${notSummed}) b STRAIGHT_JOIN location o ON o.warehouse = b.warehouse AND o.code = b.location`,
    params: [
      ...[warehouses, orNone(nodes), skus],
      ...[skus, since, at, warehouses],
      ...items.flatMap(({ warehouse, sku, summed }) => [warehouse, sku, summed]),
      since,
    ],
  };
}

/** An empty list is an error, and no span ends where time begins. */
const orNone = (nodes: number[]): number[] => (nodes.length > 0 ? nodes : [0]);

/** What lay at each place then; what lay in PACKING was picked for shipments. */
export async function placesThen(
  reader: Reader,
  items: ItemThen[],
  at: Date,
  after: (string | number)[] | undefined,
): Promise<BalanceRow[]> {
  const parts = partsThen(items, at, ORDER);
  const beyond = new Conditions().add(...further(after));
  const rows = await reader.query<BalanceRow>(
    `SELECT ${ORDER.map((column) => `b.${column}`).join(", ")}, CAST(SUM(b.quantity) AS SIGNED) AS quantity,
       CAST(SUM(IF(o.kind = 'PACKING', b.quantity, 0)) AS SIGNED) AS allocated
     FROM ${parts.sql} ${beyond.where}
     GROUP BY ${ORDER.map((column) => `b.${column}`).join(", ")} HAVING SUM(b.quantity) <> 0
     ORDER BY ${ORDER.map((column) => `b.${column}`).join(", ")}`,
    [...parts.params, ...beyond.params],
  );
  return rows.map((row) => ({ ...row, quantity: Number(row.quantity), allocated: Number(row.allocated) }));
}

export interface ValueThen {
  warehouse: string;
  sku: string;
  inTransit: boolean;
  currency: string;
  quantity: number;
  value: string;
}

/** Units and value of each item then, what was on its way apart. */
export async function valuesThen(reader: Reader, items: ItemThen[], at: Date): Promise<ValueThen[]> {
  const parts = partsThen(items, at, ["warehouse", "sku", "location"]);
  const rows = await reader.query<ValueThen>(
    `SELECT b.warehouse, b.sku, o.kind = 'TRANSIT' AS inTransit, w.currency, CAST(SUM(b.quantity) AS SIGNED) AS quantity,
       CAST(SUM(b.value) AS CHAR) AS value
     FROM ${parts.sql} STRAIGHT_JOIN warehouse w ON w.code = b.warehouse
     GROUP BY b.warehouse, b.sku, inTransit, w.currency HAVING SUM(b.quantity) <> 0 OR SUM(b.value) <> 0
     ORDER BY b.warehouse, b.sku, inTransit`,
    parts.params,
  );
  return rows.map((row) => ({ ...row, inTransit: Boolean(row.inTransit), quantity: Number(row.quantity) }));
}

/**
 * The value of all goods then, by currency: for each warehouse the sums of the spans before its hour, the lines of its hour,
 * and of earlier ones those beyond the marks. Primary key of value_span; index by_occurred or by_warehouse_time of the movements; the
 * headers and marks of all items, but of no item more than what is not summed yet.
 */
export async function totalsOfWarehouses(
  reader: Reader,
  warehouse: string | undefined,
  at: Date,
): Promise<{ currency: string; amount: string }[]> {
  const { nodes, since } = spansBefore(HOURS, at);
  // By name: joined from the warehouses, all spans and movements of each are read.
  const codes =
    warehouse === undefined ? (await reader.query<{ code: string }>("SELECT code FROM warehouse")).map(({ code }) => code) : [warehouse];
  if (codes.length === 0) return [];
  const [ofMovement, ofItem] = ["m.warehouse", "s.warehouse"].map((column) => new Conditions().add(`${column} = ?`, warehouse));
  return reader.query(
    `SELECT w.currency, CAST(SUM(b.value) AS CHAR) AS amount FROM (
       SELECT p.warehouse, SUM(p.value) AS value FROM value_span p FORCE INDEX (PRIMARY) WHERE p.warehouse IN (?) AND p.node IN (?) GROUP BY p.warehouse
       UNION ALL SELECT l.warehouse, SUM(l.value) FROM movement m FORCE INDEX (${warehouse === undefined ? "by_occurred" : "by_warehouse_time"})
         STRAIGHT_JOIN movement_line l ON l.movement_id = m.id
         WHERE m.occurred_at >= ? AND m.occurred_at <= ?${ofMovement.and} GROUP BY l.warehouse
       UNION ALL SELECT s.warehouse, SUM(l.value) FROM item_stock s LEFT JOIN stock_span_mark m ON m.warehouse = s.warehouse AND m.sku = s.sku
         STRAIGHT_JOIN movement_line l FORCE INDEX (PRIMARY) ON l.warehouse = s.warehouse AND l.sku = s.sku AND l.seq > COALESCE(m.seq, 0)
         WHERE s.version > COALESCE(m.seq, 0) AND l.occurred_at < ?${ofItem.and} GROUP BY s.warehouse
     ) b STRAIGHT_JOIN warehouse w ON w.code = b.warehouse GROUP BY w.currency HAVING SUM(b.value) <> 0 ORDER BY w.currency`,
    [codes, orNone(nodes), since, at, ...ofMovement.params, since, ...ofItem.params],
  );
}

/** Items in warehouses of which units were ever pledged for it. Primary key range of pledged_item. */
export async function pledgedItems(reader: Reader, pledge: string, merchant: string | undefined): Promise<ItemThen[]> {
  const wanted = new Conditions().add("p.pledge = ?", pledge).add("p.sku IN (SELECT sku FROM item WHERE merchant = ?)", merchant);
  const rows = await reader.query<ItemThen>(
    `SELECT p.warehouse, p.sku, COALESCE(m.seq, 0) AS summed FROM pledged_item p
     LEFT JOIN stock_span_mark m ON m.warehouse = p.warehouse AND m.sku = p.sku ${wanted.where} ORDER BY p.warehouse, p.sku`,
    wanted.params,
  );
  return rows.map((row) => ({ ...row, summed: Number(row.summed) }));
}
