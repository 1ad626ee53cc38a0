import type { Tx } from "../../../shared/db/transaction";
import type { Parked } from "../../../shared/flow/consumer";
import type { EventParked, FeedEvent } from "../../../shared/flow/messages";
import { parkedEvent } from "../../../shared/flow/parked";
import { databaseNow } from "../feed/clock.sql";
import { AlertKind, AlertSeverity, newAlert } from "./alert";
import { endAlerts, renewAlert } from "./alert.sql";

/** The other layers tell of what they could not apply, this one knows by itself: one stream of alerts for all three. */
export async function hearParked(tx: Tx, events: FeedEvent<EventParked>[]): Promise<void> {
  for (const event of events) await settle(tx, event, new Date(event.at));
}

/** Raised in the transaction that sets the event aside, and ended in the one that applies it. */
export const raiseParked =
  (from: string) =>
  async (tx: Tx, parked: Parked): Promise<void> =>
    settle(tx, parkedEvent(tx.db.layer, from, parked), await databaseNow(tx));

async function settle(tx: Tx, { name, eventType, eventId, keys, error }: EventParked, at: Date): Promise<void> {
  if (error === null) return endAlerts(tx, AlertKind.EVENT_FAILED, [name], at);
  const message = `${eventType} ${eventId} could not be applied (${name}) and is set aside with what follows on ${keys.join(", ")}, until it is replayed: ${error}`;
  await renewAlert(tx, newAlert(AlertKind.EVENT_FAILED, AlertSeverity.CRITICAL, name, message, at));
}
