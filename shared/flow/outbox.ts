import type { Tx } from "../db/transaction";
import { newId } from "../ids";
import type { Envelope, Message } from "./messages";
import { insertOutbox } from "./outbox.sql";

export type NewEvent<M extends Message = Message> = M & {
  aggregates: Envelope["aggregates"];
  client?: string;
  merchant?: string;
};

/**
 * Tells the other layers, in the transaction that caused it. Call it after the last lock: the event's id is its place in
 * the order of this process, and the versions in `aggregates` are its place among all.
 */
export async function tell(tx: Tx, events: NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  const at = new Date();
  await insertOutbox(
    tx,
    events.map(({ aggregates, client, merchant, type, ...body }) => ({
      id: newId(),
      at,
      type,
      aggregates,
      client: client ?? "",
      merchant: merchant ?? "",
      body,
    })),
  );
  tx.afterCommit(() => tx.db.signals.emit("outbox"));
}
