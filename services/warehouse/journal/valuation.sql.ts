import type { Reader } from "../../../shared/db/database";
import type { CursorKey } from "../../../shared/graphql/common.types";
import { totalsThen, valuationThen } from "../as-of/as-of";
import type { ValueThen } from "../as-of/as-of.sql";
import { pledgedThen } from "../as-of/pledge";
import { Conditions } from "../each.sql";
import { byteOrder } from "../../../shared/db/lock-order";
import { groupBy } from "../../../shared/group";
import { exact, sixPlaces, sum } from "../../../shared/units/decimal";

export interface ValuationFilter {
  warehouse?: string;
  merchant?: string;
  /** Only what lies under it; goes with a moment. */
  pledge?: string;
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
  { asOf, pledge, ...filter }: ValuationFilter,
  after: CursorKey | undefined,
  limit: number,
): Promise<ValueThen[]> {
  if (asOf && pledge !== undefined) return pageOf(await pledgedThen(reader, pledge, asOf, filter.merchant), after, limit);
  if (asOf) return valuationThen(reader, filter, asOf, after, limit);
  const { sql, params } = current(filter);
  const further = after ? " AND (f.warehouse > ? OR (f.warehouse = ? AND f.sku >= ?))" : "";
  const rows = await reader.query<HeaderRow>(
    `SELECT f.warehouse, f.sku, w.currency, f.on_hand AS quantity, f.value, f.transit_units AS transitUnits, f.transit_value AS transitValue
     FROM ${sql}${further} ORDER BY f.warehouse, f.sku LIMIT ?`,
    [...params, ...(after ? [after[0], after[0], after[1]] : []), limit + 1],
  );
  return pageOf(rows.flatMap(apart), after, limit);
}

type HeaderRow = Omit<ValueThen, "inTransit"> & { transitUnits: number; transitValue: string };

/** What is on its way has a line of its own. */
function apart({ transitUnits, transitValue, ...row }: HeaderRow): ValueThen[] {
  const here = { ...row, inTransit: false, quantity: row.quantity - transitUnits, value: sixPlaces(exact(row.value).minus(transitValue)) };
  const onTheWay = { ...row, inTransit: true, quantity: transitUnits, value: transitValue };
  return [here, onTheWay].filter(({ quantity, value }) => quantity !== 0 || Number(value) !== 0);
}

function pageOf(rows: ValueThen[], after: CursorKey | undefined, limit: number): ValueThen[] {
  const isAfter = (row: ValueThen) =>
    after === undefined ||
    byteOrder(row.warehouse, String(after[0])) > 0 ||
    (row.warehouse === after[0] &&
      (byteOrder(row.sku, String(after[1])) > 0 || (row.sku === after[1] && Number(row.inTransit) > Number(after[2]))));
  return rows.filter(isAfter).slice(0, limit);
}

export async function valuationTotals(
  reader: Reader,
  { asOf, pledge, ...filter }: ValuationFilter,
): Promise<{ currency: string; amount: string }[]> {
  if (asOf && pledge !== undefined) return totalOf(await pledgedThen(reader, pledge, asOf, filter.merchant));
  if (asOf) return totalsThen(reader, filter, asOf);
  const { sql, params } = current(filter);
  return reader.query(`SELECT w.currency, SUM(f.value) AS amount FROM ${sql} GROUP BY w.currency ORDER BY w.currency`, params);
}

const totalOf = (rows: ValueThen[]): { currency: string; amount: string }[] =>
  [...groupBy(rows, ({ currency }) => currency)].map(([currency, of]) => ({
    currency,
    amount: sixPlaces(sum(of.map(({ value }) => exact(value)))),
  }));
