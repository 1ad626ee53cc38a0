import type { FeedEvent, WarehouseMoveCancelled } from "../../../shared/flow/messages";
import type { Desk } from "../feed/desk";

/** A move ended before its decision reached sales: the warehouse stays in its pool, and orders may be allocated there again. */
export function cancelMove({ positions }: Desk, { moveId, warehouse }: FeedEvent<WarehouseMoveCancelled>): void {
  if (positions.gates.lastMove(warehouse) === moveId) positions.gates.open(warehouse);
}
