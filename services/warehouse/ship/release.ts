import { inLockOrder } from "../../../shared/db/lock-order";
import type { Tx } from "../../../shared/db/transaction";
import type { AllocationMade, EventLine, FeedEvent } from "../../../shared/flow/messages";
import { groupBy } from "../../../shared/group";
import { databaseNow } from "../each.sql";
import { lockHeaders } from "../ledger/lock-stock";
import { writeItemStock } from "../ledger/stock.sql";
import { readWarehouses } from "../place/place.sql";
import { announceReturns, isReturnEvent, lockReturnedItems } from "../receive/announce-return";
import { cancelShipments, type CancelRequest } from "./cancel-shipment";
import { changeShipments, type ChangeRequest } from "./change-shipment";
import { insertLines, insertShipments, insertSteps, knownShipments, lockShipmentRows, type ShipmentRow } from "./ship.sql";
import { unitsByItem, type Headers } from "./shipment";

type Allocation = FeedEvent<AllocationMade>;

/**
 * Dispatch's feed: each allocation becomes a shipment for the floor, once, and is stopped as far as it still can be when that is
 * asked; each return is expected. Shipments are locked before stock, both once for all events. Everything else there concerns others.
 */
export async function applyDispatch(tx: Tx, events: FeedEvent[]): Promise<void> {
  const fresh = await notKnownYet(
    tx,
    events.filter((event): event is Allocation => event.type === "AllocationMade"),
  );
  const cancels = events.filter((event): event is CancelRequest => event.type === "ShipmentCancelRequested");
  const returns = events.filter(isReturnEvent);
  if (returns.length > 0) {
    await lockReturnedItems(tx, returns);
    await announceReturns(tx, returns);
  }
  const changes = events.filter((event): event is ChangeRequest => event.type === "AllocationChanged");
  if (fresh.length + cancels.length + changes.length === 0) return;
  await lockShipmentRows(
    tx,
    [...cancels, ...changes].map(({ allocationId }) => allocationId),
  );
  const moving = [...fresh, ...cancels];
  const headers: Headers = moving.length > 0 ? await lockItems(tx, moving) : new Map();
  if (fresh.length > 0) await release(tx, fresh, headers);
  if (changes.length > 0) await changeShipments(tx, changes);
  if (cancels.length > 0) await cancelShipments(tx, cancels, headers);
  await writeItemStock(
    tx,
    [...headers.values()].flatMap((items) => [...items.values()]),
  );
}

async function notKnownYet(tx: Tx, allocations: Allocation[]): Promise<Allocation[]> {
  if (allocations.length === 0) return [];
  const known = await knownShipments(
    tx,
    allocations.map(({ allocationId }) => allocationId),
  );
  return [...new Map(allocations.map((event) => [event.allocationId, event])).values()].filter(
    ({ allocationId }) => !known.has(allocationId),
  );
}

async function lockItems(tx: Tx, events: { warehouse: string; lines: EventLine[] }[]): Promise<Headers> {
  const groups = groupBy(events, ({ warehouse }) => warehouse);
  const warehouses = inLockOrder(groups.keys());
  const found = await readWarehouses(tx, warehouses);
  if (found.length < warehouses.length)
    throw new Error(`no warehouse ${warehouses.find((code) => !found.some((row) => row.code === code))}`);
  const headers: Headers = new Map();
  for (const warehouse of warehouses) {
    const skus = groups.get(warehouse)!.flatMap(({ lines }) => lines.map(({ sku }) => sku));
    headers.set(warehouse, await lockHeaders(tx, warehouse, inLockOrder(skus)));
  }
  return headers;
}

/** The items' units are spoken for from now on; what dispatch has allocated is never refused here. */
async function release(tx: Tx, allocations: Allocation[], headers: Headers): Promise<void> {
  for (const { warehouse, lines } of allocations)
    for (const { sku, quantity } of lines) headers.get(warehouse)!.get(sku)!.allocated += quantity;
  const at = await databaseNow(tx);
  await insertShipments(tx, allocations.map(shipmentOf));
  const lines = allocations.flatMap((event) =>
    [...unitsByItem(event.lines)].map(([sku, quantity]) => ({ shipmentId: event.allocationId, sku, quantity, picked: 0, short: 0 })),
  );
  await insertLines(tx, lines);
  await insertSteps(
    tx,
    allocations.map(({ allocationId }) => ({ shipment_id: allocationId, version: 1, status: "RELEASED", actor: "dispatch", at })),
  );
}

const shipmentOf = ({
  allocationId,
  client,
  merchant,
  orderRef,
  warehouse,
  shipTo,
  priority,
  shipBy,
  exchange,
  transfer,
}: Allocation): ShipmentRow => ({
  id: allocationId,
  kind: transfer ? "TRANSFER" : exchange ? "EXCHANGE" : "ORDER",
  client,
  merchant,
  orderRef: transfer ? null : orderRef,
  warehouseCode: warehouse,
  toWarehouseCode: transfer?.to ?? null,
  shipTo,
  status: "RELEASED",
  priority,
  shipBy: shipBy === null ? null : new Date(shipBy),
  expectedAt: transfer?.expectedAt ? new Date(transfer.expectedAt) : null,
  shippedAt: null,
  deliveredAt: null,
  version: 1,
});
