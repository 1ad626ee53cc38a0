import type { Reader } from "../../../shared/db/database";
import type { CursorKey } from "../../../shared/graphql/common.types";
import { totalsThen, valuationThen } from "../as-of/as-of";
import type { ValueThen } from "../as-of/as-of.sql";
import { Conditions } from "../each.sql";

export interface ValuationFilter {
  warehouse?: string;
  merchant?: string;
  /** Absent: now. */
  asOf?: Date;
}

/** Units and value by warehouse and item, now, from the headers. */
function current({ warehouse, merchant }: ValuationFilter): { sql: string; params: unknown[] } {
  const wanted = new Conditions().add("f.warehouse = ?", warehouse).add("f.sku IN (SELECT sku FROM item WHERE merchant = ?)", merchant);
  return {
    sql: `item_stock f JOIN warehouse w ON w.code = f.warehouse WHERE (f.on_hand <> 0 OR f.value <> 0)${wanted.and}`,
    params: wanted.params,
  };
}

export async function valuationLines(
  reader: Reader,
  { asOf, ...filter }: ValuationFilter,
  after: CursorKey | undefined,
  limit: number,
): Promise<ValueThen[]> {
  if (asOf) return valuationThen(reader, filter, asOf, after, limit);
  const { sql, params } = current(filter);
  const further = after ? " AND (f.warehouse > ? OR (f.warehouse = ? AND f.sku > ?))" : "";
  const rows = await reader.query<Omit<ValueThen, "inTransit">>(
    `SELECT f.warehouse, f.sku, w.currency, f.on_hand AS quantity, f.value FROM ${sql}${further} ORDER BY f.warehouse, f.sku LIMIT ?`,
    [...params, ...(after ? [after[0], after[0], after[1]] : []), limit],
  );
  return rows.map((row) => ({ ...row, inTransit: false }));
}

export function valuationTotals(reader: Reader, { asOf, ...filter }: ValuationFilter): Promise<{ currency: string; amount: string }[]> {
  if (asOf) return totalsThen(reader, filter, asOf);
  const { sql, params } = current(filter);
  return reader.query(`SELECT w.currency, SUM(f.value) AS amount FROM ${sql} GROUP BY w.currency ORDER BY w.currency`, params);
}
