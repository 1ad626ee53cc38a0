import type { Tx } from "../../../shared/db/transaction";
import type { DemandCheckpoint } from "../../../shared/flow/messages";
import type { Batch } from "../stock/batch";
import { confirmedAfter, type CheckpointRow } from "./known.sql";

/**
 * Dispatch's open demand against what is committed here, exact while orders are confirmed: what was told counts up to a place in
 * this layer's feed, and what this layer has told after it is added, with the headers locked.
 */
export async function compareDemand(
  tx: Tx,
  batch: Batch,
  { checkId, pool, salesPosition, lines }: DemandCheckpoint,
): Promise<CheckpointRow[]> {
  const later = await confirmedAfter(tx, salesPosition, pool);
  return lines.map(({ sku, committed }) => {
    const told = committed + (later.get(sku) ?? 0);
    const found = batch.header({ pool, sku }).committed;
    return { check_id: checkId, subject: `demand:${pool}:${sku}`, told, found, compared_at: batch.now };
  });
}
