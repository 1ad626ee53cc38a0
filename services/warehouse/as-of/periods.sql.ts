import type { Reader } from "../../../shared/db/database";
import { writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import type { StockKey } from "../reconcile.sql";

/** The lines of one item in a warehouse after `from`, up to and with `to`. */
export interface Share {
  warehouse: string;
  sku: string;
  from: number;
  to: number;
}

/** The two spans and where each begins: a line counts in both. */
const SPANS = { M: "%Y-%m-01", Y: "%Y-01-01" } as const;

/** Items with lines beyond their mark, in key order. Both primary keys, side by side. */
export async function itemsBehind(reader: Reader, [warehouse, sku]: StockKey, limit: number): Promise<Share[]> {
  const rows = await reader.query<Share>(
    `SELECT s.warehouse, s.sku, COALESCE(m.seq, 0) AS \`from\`, s.version AS \`to\` FROM item_stock s
     LEFT JOIN stock_period_mark m ON m.warehouse = s.warehouse AND m.sku = s.sku
     WHERE (s.warehouse > ? OR (s.warehouse = ? AND s.sku > ?)) AND s.version > COALESCE(m.seq, 0)
     ORDER BY s.warehouse, s.sku LIMIT ?`,
    [warehouse, warehouse, sku, limit],
  );
  return rows.map((row) => ({ ...row, from: Number(row.from), to: Number(row.to) }));
}

/** Adds lines to the sums. Primary key ranges, read without a lock (READ COMMITTED), so that no posting waits. */
export async function addLines(tx: Tx, shares: Share[]): Promise<void> {
  const wanted = shares.map(() => "(warehouse = ? AND sku = ? AND seq > ? AND seq <= ?)").join(" OR ");
  for (const [span, format] of Object.entries(SPANS))
    await tx.execute(
      `INSERT INTO stock_period (warehouse, sku, span, starts_on, location, lot, status, pledge, quantity, value)
       SELECT * FROM (SELECT warehouse, sku, ? AS span, DATE_FORMAT(occurred_at, ?) AS starts_on, location, lot, status, pledge,
           SUM(quantity) AS units, SUM(value) AS amount
         FROM movement_line WHERE ${wanted} GROUP BY warehouse, sku, starts_on, location, lot, status, pledge) added
       ON DUPLICATE KEY UPDATE quantity = stock_period.quantity + VALUES(quantity), value = stock_period.value + VALUES(value)`,
      [span, format, ...shares.flatMap(({ warehouse, sku, from, to }) => [warehouse, sku, from, to])],
    );
}

export const saveMarks = (tx: Tx, shares: Share[]): Promise<void> =>
  writeHeaders(
    tx,
    "stock_period_mark",
    shares.map(({ warehouse, sku, to }) => ({ warehouse, sku, seq: to })),
    ["warehouse", "sku", "seq"],
    ["seq"],
  );

/** Sums that are not those of the lines up to the mark, of some items in full. Primary key ranges of their whole history. */
export async function periodsWithDrift(
  reader: Reader,
  keys: StockKey[],
): Promise<{ warehouse: string; sku: string; span: string; starts_on: string; quantity: string; line_units: string }[]> {
  const of = (alias: string) => keys.map(() => `(${alias}.warehouse = ? AND ${alias}.sku = ?)`).join(" OR ");
  const place = "location, lot, status, pledge";
  const lines = Object.entries(SPANS).map(
    ([span, format]) => `UNION ALL SELECT l.warehouse, l.sku, '${span}', DATE_FORMAT(l.occurred_at, '${format}'),
      l.location, l.lot, l.status, l.pledge, 0, 0, l.quantity, l.value
      FROM stock_period_mark m JOIN movement_line l ON l.warehouse = m.warehouse AND l.sku = m.sku AND l.seq <= m.seq WHERE ${of("m")}`,
  );
  return reader.query(
    `SELECT warehouse, sku, span, starts_on, CAST(SUM(quantity) AS CHAR) AS quantity, CAST(SUM(line_units) AS CHAR) AS line_units FROM (
       SELECT p.warehouse, p.sku, p.span, CAST(p.starts_on AS CHAR) AS starts_on, p.location, p.lot, p.status, p.pledge,
         p.quantity, p.value, 0 AS line_units, 0 AS line_value FROM stock_period p WHERE ${of("p")}
       ${lines.join("\n")}) both_sides
     GROUP BY warehouse, sku, span, starts_on, ${place} HAVING SUM(quantity) <> SUM(line_units) OR SUM(value) <> SUM(line_value) LIMIT 100`,
    [...keys, ...keys, ...keys].flat(),
  );
}
