import type { Tx } from "../../../shared/db/transaction";
import type { DemandCheckpoint, PositionCheckpoint } from "../../../shared/flow/messages";
import { tell } from "../../../shared/flow/outbox";
import { keepCompared, type Compared } from "../../../shared/reconcile";
import type { Batch } from "../stock/batch";
import { confirmedAfter, type IncomingRow } from "./known.sql";

/**
 * Dispatch's open demand against what is committed here, exact while orders are confirmed: what was told counts up to a place in
 * this layer's feed, and what this layer has told after it is added, with the headers locked.
 */
export async function compareDemand(tx: Tx, batch: Batch, { checkId, pool, salesPosition, lines }: DemandCheckpoint): Promise<Compared[]> {
  const later = await confirmedAfter(tx, salesPosition, pool);
  return lines.map(({ sku, committed }) => {
    const told = committed + (later.get(sku) ?? 0);
    const found = batch.header({ pool, sku }).committed;
    return { check_id: checkId, subject: `demand:${pool}:${sku}`, told, found, compared_at: batch.now };
  });
}

/** What dispatch has of some items in a warehouse against what this layer has, and expects there. */
export function comparePosition(
  { checkId: check_id, warehouse, lines }: PositionCheckpoint,
  onHandOf: (sku: string) => number,
  expected: IncomingRow[],
  compared_at: Date,
): Compared[] {
  const incoming = expected.filter((row) => row.warehouse_code === warehouse);
  const expectedOf = (sku: string) => incoming.reduce((sum, row) => (row.sku === sku ? sum + row.units : sum), 0);
  return lines.flatMap(({ sku, onHand, inbound }) => [
    { check_id, compared_at, subject: `dispatch-sales:${warehouse}:${sku}`, told: onHand, found: onHandOf(sku) },
    { check_id, compared_at, subject: `incoming:${warehouse}:${sku}`, told: inbound, found: expectedOf(sku) },
  ]);
}

/** Keeps what was compared, and tells dispatch of what the standing check has found to differ, or to do so no more. */
export async function tellCompared(tx: Tx, rows: Compared[]): Promise<void> {
  const turned = await keepCompared(tx, rows);
  await tell(
    tx,
    turned.map(({ subject, told, found }) => ({ type: "DriftChanged", subject, told, found, aggregates: {} })),
  );
}
