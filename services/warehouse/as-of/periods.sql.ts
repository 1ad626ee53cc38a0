import type { Reader } from "../../../shared/db/database";
import type { Tx } from "../../../shared/db/transaction";
import { exact, sixPlaces, type Exact } from "../../../shared/units/decimal";
import type { StockKey } from "../reconcile.sql";
import { HOURS, spansWith, WEEKS, type Units } from "./spans";

/** The lines of one item in a warehouse after `from`, up to and with `to`. */
export interface Share {
  warehouse: string;
  sku: string;
  from: number;
  to: number;
}

/** The unit in which something happened. */
const unitOf = ({ hours }: Units, at: string): string => `GREATEST(TIMESTAMPDIFF(HOUR, '1970-01-01', ${at}), 0) DIV ${hours}`;
/** The spans that a unit `u.unit` is in, as `spansWith` says it. */
const NODE = "((u.unit >> n.level) + 1) << n.level";
const spansOf = ({ levels }: Units): string =>
  `(${Array.from({ length: levels }, (_, level) => `SELECT ${level} AS level`).join(" UNION ALL ")}) n ON (u.unit >> n.level) & 1 = 0`;

const SUMS_A_STATEMENT = 5_000;
const PLACE = ["location", "lot", "status", "pledge"];

/** Items with lines beyond their mark, in key order. Both primary keys, side by side. */
export async function itemsBehind(reader: Reader, [warehouse, sku]: StockKey, limit: number): Promise<Share[]> {
  const rows = await reader.query<Share>(
    `SELECT s.warehouse, s.sku, COALESCE(m.seq, 0) AS \`from\`, s.version AS \`to\` FROM item_stock s
     LEFT JOIN stock_span_mark m ON m.warehouse = s.warehouse AND m.sku = s.sku
     WHERE (s.warehouse > ? OR (s.warehouse = ? AND s.sku > ?)) AND s.version > COALESCE(m.seq, 0)
     ORDER BY s.warehouse, s.sku LIMIT ?`,
    [warehouse, warehouse, sku, limit],
  );
  return rows.map((row) => ({ ...row, from: Number(row.from), to: Number(row.to) }));
}

/** One range of the primary key for each item, each added up by itself: as one condition every line was held against every item. */
function ofShares(shares: Share[], select: string, groupBy: string): { sql: string; params: unknown[] } {
  const one = `(SELECT ${select} FROM movement_line WHERE warehouse = ? AND sku = ? AND seq > ? AND seq <= ? GROUP BY ${groupBy})`;
  return {
    sql: shares.map(() => one).join(" UNION ALL "),
    params: shares.flatMap(({ warehouse, sku, from, to }) => [warehouse, sku, from, to]),
  };
}

/** What came and went at a place in one week. */
interface Week {
  warehouse: string;
  sku: string;
  location: string;
  lot: string;
  status: string;
  pledge: string;
  unit: number;
  units: string;
  amount: string;
}

/**
 * Adds lines to the sums of their places. Primary key ranges, read without a lock (READ COMMITTED), so that no posting waits.
 * Weeks are added up to spans here: a temporary table of five wide keys took ten times as long (measured).
 */
export async function addToPlaces(tx: Tx, shares: Share[]): Promise<void> {
  const key = ["warehouse", "sku", ...PLACE].join(", ");
  const weeks = ofShares(
    shares,
    `${key}, ${unitOf(WEEKS, "occurred_at")} AS unit, SUM(quantity) AS units, SUM(value) AS amount`,
    `${key}, unit`,
  );
  const sums = new Map<string, { key: (string | number)[]; units: number; value: Exact }>();
  for (const { warehouse, sku, location, lot, status, pledge, ...of } of await tx.query<Week>(weeks.sql, weeks.params)) {
    const place = JSON.stringify([warehouse, sku, location, lot, status, pledge]);
    const [units, value] = [Number(of.units), exact(of.amount)];
    for (const node of spansWith(WEEKS, Number(of.unit))) {
      const sum = sums.get(node + place);
      if (!sum) sums.set(node + place, { key: [warehouse, node, sku, location, lot, status, pledge], units, value });
      else [sum.units, sum.value] = [sum.units + units, sum.value.plus(value)];
    }
  }
  const rows = [...sums.values()].map(({ key: at, units, value }) => [...at, units, sixPlaces(value)]);
  for (let from = 0; from < rows.length; from += SUMS_A_STATEMENT)
    await tx.execute(
      `INSERT INTO stock_span (warehouse, node, sku, ${PLACE.join(", ")}, quantity, value) VALUES ?
       ON DUPLICATE KEY UPDATE quantity = stock_span.quantity + VALUES(quantity), value = stock_span.value + VALUES(value)`,
      [rows.slice(from, from + SUMS_A_STATEMENT)],
    );
}

/** Adds the value of lines to the sums of their warehouses. */
export async function addToWarehouses(tx: Tx, shares: Share[]): Promise<void> {
  const units = ofShares(shares, `warehouse, ${unitOf(HOURS, "occurred_at")} AS unit, SUM(value) AS amount`, "warehouse, unit");
  await tx.execute(
    `INSERT INTO value_span (warehouse, node, value)
     SELECT * FROM (SELECT u.warehouse, ${NODE} AS node, SUM(u.amount) AS amount
       FROM (SELECT warehouse, unit, SUM(amount) AS amount FROM (${units.sql}) each_item GROUP BY warehouse, unit) u
       JOIN ${spansOf(HOURS)} GROUP BY u.warehouse, node) added
     ON DUPLICATE KEY UPDATE value = value_span.value + VALUES(value)`,
    units.params,
  );
}

/** Says up to where lines are in the sums, and when the first of them occurred. */
export async function saveMarks(tx: Tx, shares: Share[]): Promise<void> {
  const marks = ofShares(shares, "warehouse, sku, MAX(seq) AS last_seq, MIN(occurred_at) AS first_at", "warehouse, sku");
  await tx.execute(
    `INSERT INTO stock_span_mark (warehouse, sku, seq, first_at) SELECT * FROM (${marks.sql}) added
     ON DUPLICATE KEY UPDATE seq = VALUES(seq), first_at = LEAST(stock_span_mark.first_at, VALUES(first_at))`,
    marks.params,
  );
}

/** Sums that are not those of the lines up to the marks. Reads every line. */
export function placeSumsWithDrift(
  reader: Reader,
): Promise<{ warehouse: string; sku: string; node: number; quantity: string; line_units: string }[]> {
  const [place, ofLine, ofUnit] = ["", "l.", "u."].map((alias) => PLACE.map((column) => `${alias}${column}`).join(", "));
  return reader.query(
    `SELECT warehouse, sku, node, CAST(SUM(quantity) AS CHAR) AS quantity, CAST(SUM(line_units) AS CHAR) AS line_units FROM (
       SELECT warehouse, sku, node, ${place}, quantity, value, 0 AS line_units, 0 AS line_value FROM stock_span
       UNION ALL SELECT u.warehouse, u.sku, ${NODE}, ${ofUnit}, 0, 0, u.units, u.amount
         FROM (SELECT l.warehouse, l.sku, ${ofLine}, ${unitOf(WEEKS, "l.occurred_at")} AS unit, SUM(l.quantity) AS units, SUM(l.value) AS amount
               FROM stock_span_mark m JOIN movement_line l ON l.warehouse = m.warehouse AND l.sku = m.sku AND l.seq <= m.seq
               GROUP BY l.warehouse, l.sku, ${ofLine}, unit) u
         JOIN ${spansOf(WEEKS)}) both_sides
     GROUP BY warehouse, sku, node, ${place} HAVING SUM(quantity) <> SUM(line_units) OR SUM(value) <> SUM(line_value) LIMIT 100`,
  );
}

/** The same of warehouses' values. Reads every line. */
export const valueSumsWithDrift = (reader: Reader): Promise<{ warehouse: string; node: number; value: string; line_value: string }[]> =>
  reader.query(
    `SELECT warehouse, node, CAST(SUM(value) AS CHAR) AS value, CAST(SUM(line_value) AS CHAR) AS line_value FROM (
       SELECT warehouse, node, value, 0 AS line_value FROM value_span
       UNION ALL SELECT u.warehouse, ${NODE}, 0, u.amount
         FROM (SELECT l.warehouse, ${unitOf(HOURS, "l.occurred_at")} AS unit, SUM(l.value) AS amount
               FROM stock_span_mark m JOIN movement_line l ON l.warehouse = m.warehouse AND l.sku = m.sku AND l.seq <= m.seq
               GROUP BY l.warehouse, unit) u
         JOIN ${spansOf(HOURS)}) both_sides
     GROUP BY warehouse, node HAVING SUM(value) <> SUM(line_value) LIMIT 100`,
  );
