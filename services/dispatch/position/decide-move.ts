import type { FeedEvent, WarehouseMoveAsked } from "../../../shared/flow/messages";
import type { Desk } from "../feed/desk";

/**
 * A warehouse is to leave its pool. While something open is to ship from there it stays; else it is closed for sourcing until
 * a pool names it again. A move is decided once, however often it is asked.
 */
export function decideMove(desk: Desk, { moveId, warehouse, fromPool }: FeedEvent<WarehouseMoveAsked>): void {
  const { gates } = desk.positions;
  if (gates.lastMove(warehouse) === moveId) return;
  const units = gates.allocatedIn(warehouse);
  const accepted = units === 0;
  gates.decided(warehouse, moveId, accepted);
  const skus = accepted ? gates.toldOf(warehouse) : [];
  for (const sku of skus) desk.positions.raise(warehouse, sku);
  desk.tell({
    type: "WarehouseMoveDecided",
    moveId,
    warehouse,
    accepted,
    because: accepted
      ? null
      : `${units} units are allocated to open orders in ${warehouse}; once they have shipped it can leave ${fromPool}`,
    aggregates: { [`warehouse-move:${moveId}`]: 1, ...desk.positions.aggregates(warehouse, skus) },
  });
}
