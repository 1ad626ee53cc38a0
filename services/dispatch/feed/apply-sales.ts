import type { FeedEvent } from "../../../shared/flow/messages";
import { databaseNow } from "./clock.sql";
import type { Tx } from "../../../shared/db/transaction";
import { Known } from "../known/known";
import { leavePools } from "../known/known.sql";
import { learnChannels, learnPools } from "../known/learn";
import { keysOf, openOrder, type Confirmation } from "../order/open-orders";
import { openedReservations } from "../order/order.sql";
import { Orders } from "../order/orders";
import { decideMove } from "../position/decide-move";
import { closedAmong } from "../position/gate.sql";
import { Positions } from "../position/position";
import { Desk } from "./desk";
import { AlertKind, AlertSeverity, newAlert, type AlertRow } from "../alert/alert";
import { raiseAlerts } from "../alert/alert.sql";
import { ofType, type Told } from "./of-type";

/** Applies a batch of the sales layer's feed: pools and channels first, then confirmed orders and moved warehouses in their order. */
export async function applySales(tx: Tx, events: FeedEvent[]): Promise<void> {
  const reopened = await closedAmong(tx, await learnPools(tx, ofType(events, "PoolSaved")));
  await learnChannels(tx, ofType(events, "ChannelSaved"));
  await raiseAlerts(tx, ofType(events, "Oversold").map(oversoldAlert));
  const confirmed = await notOpenedYet(tx, ofType(events, "OrderConfirmed"));
  const moves = ofType(events, "WarehouseMoveAsked");
  if (confirmed.length + moves.length + reopened.length === 0) return;
  const known = await Known.read(tx, [...new Set(confirmed.map((event) => event.channel))]);
  const orders = await Orders.lock(tx, []);
  const turning = [...reopened, ...moves.map(({ warehouse }) => warehouse)];
  const positions = await Positions.lock(tx, { ...keysOf(confirmed, known), turning });
  const desk = new Desk(tx, await databaseNow(tx), known, orders, positions);
  for (const warehouse of reopened) positions.gates.open(warehouse);
  const fresh = new Set<FeedEvent>(confirmed);
  for (const event of events) {
    if (event.type === "WarehouseMoveAsked") decideMove(desk, event);
    else if (event.type === "OrderConfirmed" && fresh.has(event)) openOrder(desk, event);
  }
  await desk.save();
  await leavePools(tx, positions.gates.closing());
}

const NAMED = 5;

function oversoldAlert({ pool, sku, units, short, at }: Told<"Oversold">): AlertRow {
  const orders = short.slice(0, NAMED).map((one) => `${one.orderRef} (${one.units})`);
  const more = short.length > NAMED ? ` and ${short.length - NAMED} more` : "";
  const message = `${units} of ${sku} are promised in pool ${pool} and no longer there. Short, the latest confirmed first: ${orders.join(", ")}${more}`;
  return newAlert(AlertKind.OVERSOLD, AlertSeverity.CRITICAL, `${pool} ${sku}`, message, new Date(at));
}

/** A reservation is opened once, however often its confirmation is told. */
async function notOpenedYet(tx: Tx, events: Confirmation[]): Promise<Confirmation[]> {
  const opened = await openedReservations(
    tx,
    events.map((event) => event.reservationId),
  );
  return events.filter(({ reservationId }) => !opened.has(reservationId) && opened.add(reservationId));
}
