import type { FeedEvent } from "../../../shared/flow/messages";
import { databaseNow } from "./clock.sql";
import type { Tx } from "../../../shared/db/transaction";
import { Known } from "../known/known";
import { learnChannels, learnPools } from "../known/learn";
import { keysOf, openOrder, type Confirmation } from "../order/open-orders";
import { openedReservations } from "../order/order.sql";
import { Orders } from "../order/orders";
import { Positions } from "../position/position";
import { Desk } from "./desk";
import { AlertKind, AlertSeverity, newAlert, type AlertRow } from "../alert/alert";
import { raiseAlerts } from "../alert/alert.sql";
import { ofType, type Told } from "./of-type";

/** Applies a batch of the sales layer's feed: pools and channels first, then the confirmed orders in their order. */
export async function applySales(tx: Tx, events: FeedEvent[]): Promise<void> {
  await learnPools(tx, ofType(events, "PoolSaved"));
  await learnChannels(tx, ofType(events, "ChannelSaved"));
  await raiseAlerts(tx, ofType(events, "Oversold").map(oversoldAlert));
  const confirmed = await notOpenedYet(tx, ofType(events, "OrderConfirmed"));
  if (confirmed.length === 0) return;
  const known = await Known.read(tx, [...new Set(confirmed.map((event) => event.channel))]);
  const orders = await Orders.lock(tx, []);
  const positions = await Positions.lock(tx, keysOf(confirmed, known));
  const desk = new Desk(tx, await databaseNow(tx), known, orders, positions);
  for (const event of confirmed) openOrder(desk, event);
  await desk.save();
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
