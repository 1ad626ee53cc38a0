import type { Tx } from "../../../shared/db/transaction";
import type { FeedEvent } from "../../../shared/flow/messages";
import { keepCompared, type Compared } from "../../../shared/reconcile";
import { Known } from "../known/known";
import { learnItems, learnWarehouses } from "../known/learn";
import { checkNoneJoined, fillWaiting, keysOfWaiting, waitingKeys } from "../order/fill-waiting";
import type { OrderFile } from "../order/fulfillment-order";
import { ordersOfAllocations, readWaiting, wholeOrdersOf, type WaitingKey } from "../order/order.sql";
import { Orders } from "../order/orders";
import { changeRefused, progress, ship } from "../order/ship";
import { keysOfAnew, shortPick } from "../order/short";
import { applyStopDecision } from "../order/stop";
import { Incoming } from "../position/incoming";
import { compareStock, moveStock } from "../position/move-stock";
import { Positions, type StockKey } from "../position/position";
import { bookedMovements } from "../position/position.sql";
import { noteReturned } from "../return/note-returned";
import { receiveReturn } from "../return/receive-return";
import { ordersOfReturns } from "../return/return.sql";
import { Returns } from "../return/returns";
import { receiveTransfer, transferOnFloor, transferShipped, transferShort, transferStopped } from "../transfer/move-transfer";
import { Transfers } from "../transfer/transfers";
import { Desk } from "./desk";
import { watchCover } from "../alert/cover";
import { hearCounts, hearLots, settleDrifts } from "../alert/heard";
import { hearParked } from "../alert/parked";
import { ofType } from "./of-type";

const LEARNED: ReadonlySet<string> = new Set<FeedEvent["type"]>([
  "ItemSaved",
  "WarehouseSaved",
  "CoverChanged",
  "LotExpiryChanged",
  "CountVarianceChanged",
  "UnitsReturned",
  "EventParked",
]);

/**
 * Applies a batch of the warehouse layer's feed. Everything that it may touch is locked once, orders before positions; the
 * events are then decided one by one in memory, and stock that has become free goes to the orders that wait.
 */
export async function applyWarehouse(tx: Tx, events: FeedEvent[]): Promise<void> {
  await learnItems(tx, ofType(events, "ItemSaved"));
  await learnWarehouses(tx, ofType(events, "WarehouseSaved"));
  await watchCover(tx, ofType(events, "CoverChanged"));
  await noteReturned(tx, ofType(events, "UnitsReturned"));
  await hearLots(tx, ofType(events, "LotExpiryChanged"));
  await hearParked(tx, ofType(events, "EventParked"));
  await hearCounts(tx, ofType(events, "CountVarianceChanged"));
  const rest = events.filter(({ type }) => !LEARNED.has(type));
  if (rest.length > 0) await applyFacts(tx, rest);
}

async function applyFacts(tx: Tx, events: FeedEvent[]): Promise<void> {
  const [moved, shipped, cancelled] = [
    ofType(events, "StockMoved"),
    ofType(events, "ShipmentShipped"),
    ofType(events, "ShipmentCancelDecided"),
  ];
  const waiting = (await readWaiting(tx, await arrivals(tx, events))).orders;
  const short = ofType(events, "ShipmentShort");
  const told = [...ofType(events, "ShipmentProgressed"), ...ofType(events, "ShipmentChangeRefused")];
  const shipments = [...shipped, ...cancelled, ...short, ...told].map(({ shipmentId }) => shipmentId);
  const returned = ofType(events, "ReturnProgressed").map(({ returnId }) => returnId);
  const back = shipmentsBack(events);
  const concerned = [
    ...(await ordersOfAllocations(tx, shipments)),
    ...(await wholeOrdersOf(tx, back)),
    ...(await ordersOfReturns(tx, returned)),
  ].map((row) => row.fulfillment_id);

  const orders = await Orders.lock(tx, [...new Set([...concerned, ...waiting])]);
  const returns = await Returns.lock(tx, returned, wholeOf(orders, back));
  const arrived = ofType(events, "TransferProgressed").map(({ transferId }) => transferId);
  const transfers = await Transfers.lock(tx, [...shipments, ...arrived]);
  const known = await Known.read(tx, [...new Set(orders.all().map((order) => order.channel_code))]);
  const positions = await Positions.lock(tx, {
    positions: [
      ...named(events),
      ...keysOfWaiting(orders.all(), known),
      ...allocatedIn(orders, shipments),
      ...transfers.keys(),
      ...keysOfAnew([...short, ...cancelled.map(({ shipmentId, stopped }) => ({ shipmentId, lines: stopped }))], orders, known),
    ],
    demand: demandOf(orders, shipments),
  });
  const more = await checkNoneJoined(tx, await arrivals(tx, events), waiting);
  const booked = await bookedMovements(
    tx,
    [...moved, ...shipped].map((event) => event.movementId),
  );

  const incoming = await Incoming.read(tx, ofType(events, "InboundChanged"));
  const desk = await Desk.open(tx, known, orders, positions, returns, transfers);
  const results = decide(desk, events, booked, incoming);
  await fillWaiting(
    desk,
    orders.all().filter((order) => waiting.has(order.id) || desk.anew.has(order)),
    more,
  );
  await desk.save();
  await incoming.save();
  await settleDrifts(tx, await keepCompared(tx, results), desk.at);
}

function decide(desk: Desk, events: FeedEvent[], bookedBefore: ReadonlySet<string>, incoming: Incoming): Compared[] {
  const results: Compared[] = [];
  const booked = new Set(bookedBefore);
  for (const event of events) {
    if (event.type === "TransferProgressed") receiveTransfer(desk, event);
    else if (ofTransfer(desk, event, booked)) continue;
    else if (event.type === "StockMoved") moveStock(desk, event, booked);
    else if (event.type === "ShipmentProgressed") progress(desk, event);
    else if (event.type === "ShipmentShipped") ship(desk, event, booked);
    else if (event.type === "ShipmentCancelDecided") applyStopDecision(desk, event);
    else if (event.type === "ShipmentShort") shortPick(desk, event);
    else if (event.type === "ReturnProgressed") receiveReturn(desk, event);
    else if (event.type === "ShipmentChangeRefused") changeRefused(desk, event);
    else if (event.type === "InboundChanged") incoming.change(desk, event);
    else if (event.type === "StockCheckpoint") results.push(...compareStock(desk, event));
    if (event.type === "StockMoved" || event.type === "ShipmentShipped") booked.add(event.movementId);
  }
  return results;
}

/** What a transfer's shipment does is the transfer's; true where it was one. */
function ofTransfer(desk: Desk, event: FeedEvent, booked: ReadonlySet<string>): boolean {
  const file = "shipmentId" in event ? desk.transfers.of(event.shipmentId) : undefined;
  if (!file) return false;
  if (event.type === "ShipmentProgressed") transferOnFloor(desk, file, event);
  else if (event.type === "ShipmentShort") transferShort(desk, file, event);
  else if (event.type === "ShipmentShipped") transferShipped(desk, file, event, booked);
  else if (event.type === "ShipmentCancelDecided") transferStopped(desk, file, event);
  return true;
}

/** Positions that the events name. */
function named(events: FeedEvent[]): StockKey[] {
  return events.flatMap((event) =>
    event.type === "StockMoved" || event.type === "ShipmentShipped" || event.type === "StockCheckpoint" || event.type === "InboundChanged"
      ? event.lines.map(({ sku }) => ({ place: event.warehouse, sku }))
      : [],
  );
}

/** Shipments of which parcels come back. */
const shipmentsBack = (events: FeedEvent[]): string[] =>
  ofType(events, "ShipmentProgressed").flatMap(({ shipmentId, back }) => (back !== undefined && back.length > 0 ? [shipmentId] : []));

/** The orders that these shipments are part of, with all their fulfillment orders, by number. */
function wholeOf(orders: Orders, shipments: string[]): Map<string, OrderFile[]> {
  const refs = new Set(shipments.flatMap((id) => orders.ofAllocation(id)?.order.order_ref ?? []));
  return new Map([...refs].map((ref) => [ref, orders.all().filter((order) => order.order_ref === ref)]));
}

/** Positions of everything that the shipments were to ship: a shipment may go out short. */
const allocatedIn = (orders: Orders, shipments: string[]): StockKey[] =>
  shipments.flatMap((id) => {
    const allocation = orders.ofAllocation(id)?.allocation;
    return allocation ? allocation.lines.map(({ sku }) => ({ place: allocation.warehouse_code, sku })) : [];
  });

/** Whatever of a shipment ships, is stopped or lost may be no demand any more. */
const demandOf = (orders: Orders, shipments: string[]): StockKey[] =>
  shipments.flatMap((id) => {
    const found = orders.ofAllocation(id);
    return found ? found.allocation.lines.map(({ sku }) => ({ place: found.order.pool_code, sku })) : [];
  });

/** Items that arrived or were not shipped after all, by the pool that their warehouse feeds at this moment: what waits for them may be filled. */
async function arrivals(tx: Tx, events: FeedEvent[]): Promise<WaitingKey[]> {
  const arrived = [
    ...ofType(events, "StockMoved").flatMap(({ warehouse, lines }) =>
      lines.filter(({ delta }) => delta > 0).map(({ sku }) => ({ warehouse, sku })),
    ),
    ...ofType(events, "StockCheckpoint").flatMap(({ repair, warehouse, lines }) =>
      repair ? lines.map(({ sku }) => ({ warehouse, sku })) : [],
    ),
    ...ofType(events, "ShipmentCancelDecided").flatMap(({ warehouse, stopped }) => stopped.map(({ sku }) => ({ warehouse, sku }))),
  ];
  if (arrived.length === 0) return [];
  const known = await Known.read(tx, []);
  return waitingKeys(
    arrived.flatMap(({ warehouse, sku }) => {
      const pool = known.poolOf(warehouse);
      return pool === undefined ? [] : [{ place: pool, sku }];
    }),
  );
}
