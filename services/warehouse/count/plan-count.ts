import type { Tx } from "../../../shared/db/transaction";
import { readLocations } from "../place/place.sql";
import { insertOpenLines, placesToCount, type CountRow } from "./count.sql";

/** Places that one transaction opens. */
export const PLAN_AT_ONCE = 1_000;

/**
 * Opens the next places of a count that is locked or new: those that hold units as the plan reaches them. What is in PACKING and
 * TRANSIT is on its way and belongs to shipments and transfers. Places that were recorded before the plan came by have their line.
 */
export async function planCount(tx: Tx, count: CountRow): Promise<number> {
  const locations = await readLocations(tx, count.warehouseCode);
  const excluded = locations.filter(({ kind }) => kind === "PACKING" || kind === "TRANSIT").map(({ code }) => code);
  const places = await placesToCount(tx, count, excluded, PLAN_AT_ONCE);
  const last = places[places.length - 1];
  count.openLines += await insertOpenLines(tx, count.id, places);
  count.planned = places.length < PLAN_AT_ONCE;
  if (last) count.planAfter = [last.sku, last.location, last.lot, last.status];
  return places.length;
}

/** A count is COUNTED when its plan is made and no place is left open. */
export function settle(count: CountRow): void {
  if (count.planned && count.openLines === 0) count.status = "COUNTED";
}
