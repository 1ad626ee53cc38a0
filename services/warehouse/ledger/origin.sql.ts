import type { Reader } from "../../../shared/db/database";
import { exact, type Exact } from "../../../shared/units/decimal";

/** Units and what they were worth to the other side. */
export interface Moved {
  units: number;
  value: Exact;
}

/** What goods come back of: one movement, or all of an order or document. */
export type Origin = { movementId: string } | { orderRef: string } | { document: string };

const under = (origin: Origin, itself: boolean): [where: string, key: string] =>
  "movementId" in origin
    ? [itself ? "m.id = ?" : "m.of_movement = ?", origin.movementId]
    : "orderRef" in origin
      ? ["m.order_ref = ?", origin.orderRef]
      : ["m.document_number = ?", origin.document];

/** Which warehouses items left under an origin. Indexes as below. */
export function leftFrom(reader: Reader, origin: Origin, types: string[], skus: string[]): Promise<{ sku: string; warehouse: string }[]> {
  const [where, key] = under(origin, true);
  return reader.query(
    `SELECT DISTINCT l.sku, m.warehouse FROM movement m STRAIGHT_JOIN movement_line l ON l.movement_id = m.id
     WHERE ${where} AND m.type IN (?) AND l.sku IN (?)`,
    [key, types, skus],
  );
}

/**
 * What was moved under an origin, by item; reversals take back what they reverse. `out` and `in` are the origin itself, `back`
 * and `returned` what has come back or been sent back of it. Indexes by_order, by_document, by_of_movement and by_movement.
 */
export async function movedBy(
  reader: Reader,
  origin: Origin,
  types: string[],
  way: "out" | "in" | "back" | "returned",
): Promise<Map<string, Moved>> {
  const [where, key] = under(origin, way === "out" || way === "in");
  const sign = way === "out" || way === "returned" ? "-" : "";
  const rows = await reader.query<{ sku: string; units: number; value: string }>(
    `SELECT l.sku, CAST(SUM(${sign}l.quantity) AS SIGNED) AS units, CAST(SUM(${sign}COALESCE(l.worth, l.value)) AS CHAR) AS value
     FROM movement m STRAIGHT_JOIN movement_line l ON l.movement_id = m.id WHERE ${where} AND m.type IN (?) GROUP BY l.sku`,
    [key, types],
  );
  return new Map(rows.map(({ sku, units, value }) => [sku, { units: Number(units), value: exact(value) }]));
}
