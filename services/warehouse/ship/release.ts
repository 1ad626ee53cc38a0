import { inLockOrder } from "../../../shared/db/lock-order";
import type { Tx } from "../../../shared/db/transaction";
import type { AllocationMade, FeedEvent } from "../../../shared/flow/messages";
import { groupBy } from "../../../shared/group";
import { databaseNow } from "../each.sql";
import { lockHeaders } from "../ledger/stock";
import { writeItemStock } from "../ledger/stock.sql";
import { readWarehouses } from "../place/place.sql";
import { insertLines, insertShipments, insertSteps, knownShipments, type ShipmentRow } from "./ship.sql";

type Allocation = FeedEvent<AllocationMade>;

/** Dispatch's feed: each allocation becomes a shipment for the floor, once. Everything else there concerns others. */
export async function applyDispatch(tx: Tx, events: FeedEvent[]): Promise<void> {
  const allocations = events.filter((event): event is Allocation => event.type === "AllocationMade");
  if (allocations.length === 0) return;
  const known = await knownShipments(
    tx,
    allocations.map(({ allocationId }) => allocationId),
  );
  const fresh = [...new Map(allocations.map((event) => [event.allocationId, event])).values()].filter(
    ({ allocationId }) => !known.has(allocationId),
  );
  if (fresh.length > 0) await release(tx, fresh);
}

async function release(tx: Tx, allocations: Allocation[]): Promise<void> {
  const warehouses = inLockOrder(allocations.map(({ warehouse }) => warehouse));
  const found = await readWarehouses(tx, warehouses);
  if (found.length < warehouses.length)
    throw new Error(`no warehouse ${warehouses.find((code) => !found.some((row) => row.code === code))}`);
  for (const [warehouse, some] of [...groupBy(allocations, (event) => event.warehouse)].sort(
    ([a], [b]) => warehouses.indexOf(a) - warehouses.indexOf(b),
  )) {
    await allocate(tx, warehouse, unitsByItem(some));
  }
  const at = await databaseNow(tx);
  await insertShipments(tx, allocations.map(shipmentOf));
  const lines = allocations.flatMap((event) =>
    [...unitsByItem([event])].map(([sku, quantity]) => ({ shipmentId: event.allocationId, sku, quantity, picked: 0, short: 0 })),
  );
  await insertLines(tx, lines);
  await insertSteps(
    tx,
    allocations.map(({ allocationId }) => ({ shipment_id: allocationId, version: 1, status: "RELEASED", actor: "dispatch", at })),
  );
}

/** The item's units are spoken for from now on; what dispatch has allocated is never refused here. */
async function allocate(tx: Tx, warehouse: string, units: Map<string, number>): Promise<void> {
  const headers = await lockHeaders(tx, warehouse, inLockOrder(units.keys()));
  for (const header of headers.values()) header.allocated += units.get(header.sku)!;
  await writeItemStock(tx, [...headers.values()]);
}

function unitsByItem(allocations: Allocation[]): Map<string, number> {
  const units = new Map<string, number>();
  for (const { lines } of allocations) for (const { sku, quantity } of lines) units.set(sku, (units.get(sku) ?? 0) + quantity);
  return units;
}

const shipmentOf = ({ allocationId, client, merchant, orderRef, warehouse, shipTo, priority, shipBy }: Allocation): ShipmentRow => ({
  id: allocationId,
  kind: "ORDER",
  client,
  merchant,
  orderRef,
  warehouseCode: warehouse,
  toWarehouseCode: null,
  shipTo,
  status: "RELEASED",
  priority,
  shipBy: shipBy === null ? null : new Date(shipBy),
  shippedAt: null,
  deliveredAt: null,
  version: 1,
});
