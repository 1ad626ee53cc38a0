import type { Tx } from "../db/transaction";
import type { Parked } from "./consumer";
import type { EventParked } from "./messages";
import { tell } from "./outbox";

/** LAYER:FROM:POSITION of an event that a layer set aside. */
export const parkedName = (layer: string, from: string, position: number): string => `${layer}:${from}:${position}`;

export const parkedEvent = (layer: string, from: string, { event, error }: Parked): EventParked => ({
  type: "EventParked",
  name: parkedName(layer, from, event.position),
  eventType: event.type,
  eventId: event.id,
  keys: Object.keys(event.aggregates),
  error,
});

/**
 * Tells dispatch, which keeps the alerts, in this layer's own feed. It has a key of its own, so it never waits behind what
 * dispatch itself set aside of this feed; while dispatch stands still it waits in the feed.
 */
export const tellParked =
  (from: string) =>
  (tx: Tx, parked: Parked): Promise<void> => {
    const told = parkedEvent(tx.db.layer, from, parked);
    return tell(tx, [{ ...told, aggregates: { [`parked:${told.name}`]: parked.version } }]);
  };
