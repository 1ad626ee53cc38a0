import type { Tx } from "../../../shared/db/transaction";
import type { FeedEvent, ReplacementWanted } from "../../../shared/flow/messages";
import { unitsBySku } from "../reserve/reservation";
import { tellDecided } from "./replacement";
import { insertReplacements, moveReplacement, readReplacements, type ReplacementRow } from "./replacement.sql";

/**
 * Notes what dispatch wants committed, once; the worker commits it. What is withdrawn before that will not be: the row says which
 * came first. In the consumer's transaction, after its stock.
 */
export async function takeReplacements(tx: Tx, events: FeedEvent[]): Promise<void> {
  const wanted = events.filter((event) => event.type === "ReplacementWanted");
  const withdrawn = events.filter((event) => event.type === "ReplacementWithdrawn");
  if (wanted.length + withdrawn.length === 0) return;
  const ids = [...new Set([...wanted, ...withdrawn].map(({ returnId }) => returnId))];
  const known = new Map((await readReplacements(tx, ids)).map((row) => [row.return_id, row]));
  const fresh = [...new Map(wanted.map((event) => [event.returnId, event])).values()].filter(({ returnId }) => !known.has(returnId));
  const rows = fresh.map(replacementOf);
  await insertReplacements(
    tx,
    rows,
    fresh.flatMap(({ returnId, lines }) => [...unitsBySku(lines)].map(([sku, quantity]) => ({ return_id: returnId, sku, quantity }))),
  );
  for (const row of rows) known.set(row.return_id, row);
  for (const { returnId } of withdrawn) {
    const row = known.get(returnId);
    if (!row) throw new Error(`return ${returnId}: its replacement was never wanted`);
    if (await moveReplacement(tx, row, "WITHDRAWN")) await tellDecided(tx, row, "WITHDRAWN");
  }
}

const replacementOf = ({
  returnId,
  reservationId,
  orderRef,
  client,
  merchant,
  channel,
  pool,
  actor,
}: FeedEvent<ReplacementWanted>): ReplacementRow => ({
  return_id: returnId,
  reservation_id: reservationId,
  order_ref: orderRef,
  client,
  merchant,
  channel_code: channel,
  pool_code: pool,
  actor,
  status: "WANTED",
  version: 0,
});
