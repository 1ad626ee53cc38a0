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
import { ofType } from "./of-type";

/** Applies a batch of the sales layer's feed: pools and channels first, then the confirmed orders in their order. */
export async function applySales(tx: Tx, events: FeedEvent[]): Promise<void> {
  await learnPools(tx, ofType(events, "PoolSaved"));
  await learnChannels(tx, ofType(events, "ChannelSaved"));
  const confirmed = await notOpenedYet(tx, ofType(events, "OrderConfirmed"));
  if (confirmed.length === 0) return;
  const known = await Known.read(tx, [...new Set(confirmed.map((event) => event.channel))]);
  const orders = await Orders.lock(tx, []);
  const positions = await Positions.lock(tx, keysOf(confirmed, known));
  const desk = new Desk(tx, await databaseNow(tx), known, orders, positions);
  for (const event of confirmed) openOrder(desk, event);
  await desk.save();
}

/** A reservation is opened once, however often its confirmation is told. */
async function notOpenedYet(tx: Tx, events: Confirmation[]): Promise<Confirmation[]> {
  const opened = await openedReservations(
    tx,
    events.map((event) => event.reservationId),
  );
  return events.filter(({ reservationId }) => !opened.has(reservationId) && opened.add(reservationId));
}
