import type {
  CancelRequested,
  FeedEvent,
  ReplacementDecided,
  SetAsideDecided,
  WarehouseMoveAsked,
  WarehouseMoveCancelled,
} from "../../../shared/flow/messages";
import type { Tx } from "../../../shared/db/transaction";
import { Known } from "../known/known";
import { leavePools } from "../known/known.sql";
import { learnChannels, learnPools } from "../known/learn";
import { cancelOrder } from "../order/cancel";
import { keysOfWaiting } from "../order/fill-waiting";
import { keysOf, openOrder, type Confirmation } from "../order/open-orders";
import { insertCancellations, ordersOfReservations, takenCancellations } from "../order/order.sql";
import { Orders } from "../order/orders";
import { cancelMove } from "../position/cancel-move";
import { decideMove } from "../position/decide-move";
import { closedAmong } from "../position/gate.sql";
import { Positions } from "../position/position";
import { decideReplacement } from "../return/replace";
import { ordersOfReturns } from "../return/return.sql";
import { Returns } from "../return/returns";
import { setAsideDecided } from "../transfer/move-transfer";
import { Transfers } from "../transfer/transfers";
import { Desk } from "./desk";
import { hearDrifts, hearLevels, hearOversold } from "../alert/heard";
import { hearParked } from "../alert/parked";
import { ofType } from "./of-type";

type Move = FeedEvent<WarehouseMoveAsked> | FeedEvent<WarehouseMoveCancelled>;
type Named = Confirmation | FeedEvent<CancelRequested>;
type Promised = Named | FeedEvent<ReplacementDecided> | FeedEvent<SetAsideDecided> | Move;
const MOVES: ReadonlySet<string> = new Set<Move["type"]>(["WarehouseMoveAsked", "WarehouseMoveCancelled"]);
const isMove = (event: FeedEvent): event is Move => MOVES.has(event.type);
const isNamed = (event: FeedEvent): event is Named => event.type === "OrderConfirmed" || event.type === "CancelRequested";
const isPromised = (event: FeedEvent): event is Promised =>
  isMove(event) || isNamed(event) || event.type === "ReplacementDecided" || event.type === "SetAsideDecided";

/** Applies a batch of the sales layer's feed: pools and channels first, then what was confirmed, cancelled and moved, in its order. */
export async function applySales(tx: Tx, events: FeedEvent[]): Promise<void> {
  const reopened = await closedAmong(tx, await learnPools(tx, ofType(events, "PoolSaved")));
  await learnChannels(tx, ofType(events, "ChannelSaved"));
  await hearOversold(
    tx,
    events.filter((event) => event.type === "Oversold" || event.type === "OversoldEnded"),
  );
  await hearDrifts(tx, ofType(events, "DriftChanged"));
  await hearLevels(tx, ofType(events, "StockLevelChanged"));
  await hearParked(tx, ofType(events, "EventParked"));
  const promised = events.filter(isPromised);
  if (promised.length + reopened.length > 0) await applyPromises(tx, promised, reopened);
}

async function applyPromises(tx: Tx, events: Promised[], reopened: string[]): Promise<void> {
  const named = events.filter(isNamed);
  const opened = await ordersOfReservations(
    tx,
    named.map((event) => event.reservationId),
  );
  const confirmed = notOpenedYet(ofType(events, "OrderConfirmed"), opened);
  const cancels = await notTakenYet(tx, ofType(events, "CancelRequested"));
  const moves = events.filter(isMove);
  const decided = ofType(events, "ReplacementDecided");
  const aside = ofType(events, "SetAsideDecided");
  if (confirmed.length + cancels.length + moves.length + reopened.length + decided.length + aside.length === 0) return;
  const replaced = [...decided, ...confirmed].flatMap(({ returnId }) => returnId ?? []);
  const concerned = [
    ...cancels.flatMap((event) => opened.get(event.reservationId) ?? []),
    ...(await ordersOfReturns(tx, replaced)).map((row) => row.fulfillment_id),
  ];
  const orders = await Orders.lock(tx, [...new Set(concerned)]);
  const returns = await Returns.lock(tx, replaced);
  const transfers = await Transfers.lock(
    tx,
    aside.map(({ transferId }) => transferId),
  );
  const channels = [...confirmed.map((event) => event.channel), ...orders.all().map((order) => order.channel_code)];
  const known = await Known.read(tx, [...new Set(channels)]);
  const { positions, demand } = keysOf(confirmed, known);
  const locked = await Positions.lock(tx, {
    positions: [...positions, ...keysOfWaiting(orders.all(), known), ...transfers.keys()],
    demand: [...demand, ...orders.all().flatMap((order) => order.lines.map(({ sku }) => ({ place: order.pool_code, sku })))],
    turning: [...reopened, ...moves.map(({ warehouse }) => warehouse)],
  });
  const desk = await Desk.open(tx, known, orders, locked, returns, transfers);
  for (const warehouse of reopened) locked.gates.open(warehouse);
  const fresh = new Set<Promised>([...confirmed, ...cancels, ...decided, ...aside, ...moves]);
  for (const event of events.filter((one) => fresh.has(one))) {
    if (event.type === "CancelRequested") cancelOrder(desk, event);
    else if (event.type === "ReplacementDecided") decideReplacement(desk, event);
    else if (event.type === "SetAsideDecided") setAsideDecided(desk, event);
    else if (event.type === "WarehouseMoveAsked") decideMove(desk, event);
    else if (event.type === "WarehouseMoveCancelled") cancelMove(desk, event);
    else openOrder(desk, event);
  }
  await desk.save();
  await leavePools(tx, locked.gates.closing());
  await insertCancellations(
    tx,
    cancels.map(({ cancellationId, reservationId }) => ({
      id: cancellationId,
      fulfillment_id: orders.ofReservation(reservationId)!.id,
      at: desk.at,
    })),
  );
}

/** A cancellation is taken up once, however often it is told. */
async function notTakenYet(tx: Tx, events: FeedEvent<CancelRequested>[]): Promise<FeedEvent<CancelRequested>[]> {
  const taken = await takenCancellations(
    tx,
    events.map((event) => event.cancellationId),
  );
  return events.filter(({ cancellationId }) => !taken.has(cancellationId) && taken.add(cancellationId));
}

/** A reservation is opened once, however often its confirmation is told. */
function notOpenedYet(events: Confirmation[], opened: ReadonlyMap<string, string>): Confirmation[] {
  const known = new Set(opened.keys());
  return events.filter(({ reservationId }) => !known.has(reservationId) && known.add(reservationId));
}
