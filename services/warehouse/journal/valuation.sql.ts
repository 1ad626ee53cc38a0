import type { Reader } from "../../../shared/db/database";
import { Conditions } from "../each.sql";

export interface ValuationFilter {
  warehouse?: string;
  merchant?: string;
  /** Absent: now. */
  asOf?: Date;
}

export interface ValuationRow {
  warehouse: string;
  sku: string;
  currency: string;
  quantity: number;
  value: string;
}

/**
 * Units and value by warehouse and item: now from the headers, at a past moment from the lines that had occurred by then
 * (a scan of their history; snapshots are to come).
 */
function figures({ warehouse, merchant, asOf }: ValuationFilter): { sql: string; params: unknown[] } {
  const wanted = new Conditions()
    .add("s.warehouse = ?", warehouse)
    .add("s.sku IN (SELECT sku FROM item WHERE merchant = ?)", merchant)
    .add("s.occurred_at <= ?", asOf);
  const from = asOf
    ? `SELECT s.warehouse, s.sku, CAST(SUM(s.quantity) AS SIGNED) AS quantity, SUM(s.value) AS value FROM movement_line s ${wanted.where} GROUP BY s.warehouse, s.sku`
    : `SELECT s.warehouse, s.sku, s.on_hand AS quantity, s.value FROM item_stock s ${wanted.where}`;
  return { sql: `(${from}) f JOIN warehouse w ON w.code = f.warehouse WHERE (f.quantity <> 0 OR f.value <> 0)`, params: wanted.params };
}

export async function valuationLines(
  reader: Reader,
  filter: ValuationFilter,
  after: (string | number)[] | undefined,
  limit: number,
): Promise<ValuationRow[]> {
  const { sql, params } = figures(filter);
  const further = after ? " AND (f.warehouse > ? OR (f.warehouse = ? AND f.sku > ?))" : "";
  return reader.query(
    `SELECT f.warehouse, f.sku, w.currency, f.quantity, f.value FROM ${sql}${further} ORDER BY f.warehouse, f.sku LIMIT ?`,
    [...params, ...(after ? [after[0], after[0], after[1]] : []), limit],
  );
}

export function valuationTotals(reader: Reader, filter: ValuationFilter): Promise<{ currency: string; amount: string }[]> {
  const { sql, params } = figures(filter);
  return reader.query(`SELECT w.currency, SUM(f.value) AS amount FROM ${sql} GROUP BY w.currency ORDER BY w.currency`, params);
}
