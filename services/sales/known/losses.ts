import type { Tx } from "../../../shared/db/transaction";
import type { Batch } from "../stock/batch";
import type { StockKey } from "../stock/virtual-stock";
import { promisedLatestFirst } from "./known.sql";

const MOST_NAMED = 100;

/**
 * After a physical loss took units that were set aside or promised: fences shrink, the newest first, and what is promised and
 * no longer there is told, with the orders that are short by it.
 */
export async function answerForLosses(tx: Tx, batch: Batch, losses: Iterable<[StockKey, number]>): Promise<void> {
  for (const [key, lost] of losses) {
    shrinkFences(batch, key, lost);
    const { on_hand, held, committed, version } = batch.header(key);
    const units = Math.min(lost, held + committed - on_hand);
    if (units <= 0) continue;
    const short = await shortOrders(tx, key, units);
    const aggregates = { [`virtual:${key.pool}:${key.sku}`]: version };
    batch.tell({ type: "Oversold", pool: key.pool, sku: key.sku, units, short, aggregates });
  }
}

/** By no more than was lost: what pre-orders are promised beyond the stock is not the fences' fault. */
function shrinkFences(batch: Batch, key: StockKey, lost: number): void {
  let missing = Math.min(lost, -batch.available(key));
  for (const listing of missing > 0 ? batch.shares.fencesOn(key.pool, key.sku) : []) {
    const units = Math.min(missing, listing.fenced);
    if (units > 0) batch.unfence(listing, units);
    missing -= units;
  }
}

async function shortOrders(tx: Tx, key: StockKey, units: number): Promise<{ reservationId: string; orderRef: string; units: number }[]> {
  let missing = units;
  return (await promisedLatestFirst(tx, key.pool, key.sku, MOST_NAMED)).flatMap((line) => {
    const short = Math.min(missing, Number(line.units));
    missing -= short;
    return short > 0 ? [{ reservationId: line.reservation_id, orderRef: line.order_ref, units: short }] : [];
  });
}
