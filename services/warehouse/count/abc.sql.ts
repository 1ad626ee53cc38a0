import type { Reader } from "../../../shared/db/database";
import { writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import { exact, sixPlaces } from "../../../shared/units/decimal";
import type { AbcClass } from "../enums";
import { MOVEMENT_TYPES, ruleOf } from "../ledger/movement-rules";
import type { Issued } from "./abc";

/** Goods that were used: what left by itself, not what was missing or thrown away. */
const ISSUES = MOVEMENT_TYPES.filter((type) => ruleOf(type).sparesAllocated && type !== "SUPPLIER_RETURN");

/** The next items that were ever in a warehouse. Primary key range. */
export const itemsStocked = async (reader: Reader, warehouse: string, after: string, limit: number): Promise<string[]> =>
  (
    await reader.query<{ sku: string }>("SELECT sku FROM item_stock WHERE warehouse = ? AND sku > ? ORDER BY sku LIMIT ?", [
      warehouse,
      after,
      limit,
    ])
  ).map(({ sku }) => sku);

/** What was issued of some items in the last 365 days. Their lines' primary key ranges; reversals of issues count against them. */
export async function issuedInAYear(reader: Reader, warehouse: string, skus: string[]): Promise<Issued[]> {
  const rows = await reader.query<{ sku: string; value: string }>(
    `SELECT l.sku, -SUM(l.value) AS value FROM movement_line l STRAIGHT_JOIN movement m ON m.id = l.movement_id
     WHERE l.warehouse = ? AND l.sku IN (?) AND l.occurred_at >= NOW(6) - INTERVAL 365 DAY AND m.type IN (?) GROUP BY l.sku`,
    [warehouse, skus, ISSUES],
  );
  const values = new Map(rows.map(({ sku, value }) => [sku, value]));
  return skus.map((sku) => ({ sku, value: exact(values.get(sku) ?? 0) }));
}

export const writeClasses = (tx: Tx, warehouse: string, at: Date, rows: (Issued & { class: AbcClass })[]): Promise<void> =>
  writeHeaders(
    tx,
    "abc_class",
    rows.map((row) => ({ warehouse, sku: row.sku, class: row.class, issued_value: sixPlaces(row.value), at })),
    ["warehouse", "sku", "class", "issued_value", "at"],
    ["class", "issued_value", "at"],
  );

/** The classes of items as they were last computed. Primary key. */
export async function classOfItems(reader: Reader, warehouse: string, skus: string[]): Promise<Map<string, AbcClass>> {
  const rows = await reader.query<{ sku: string; class: AbcClass }>("SELECT sku, class FROM abc_class WHERE warehouse = ? AND sku IN (?)", [
    warehouse,
    skus,
  ]);
  return new Map(rows.map((row) => [row.sku, row.class]));
}
