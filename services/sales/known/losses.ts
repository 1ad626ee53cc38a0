import type { Tx } from "../../../shared/db/transaction";
import { tell } from "../../../shared/flow/outbox";
import { rememberOversold } from "../availability/levels.sql";
import type { Batch } from "../stock/batch";
import type { StockKey } from "../stock/virtual-stock";
import { promisedLatestFirst } from "./known.sql";

const MOST_NAMED = 100;

/** Units that a physical fact took, by header. */
type Losses = Iterable<[StockKey, number]>;

/** After a loss took units that were set aside, fences give way before promises do, the newest first. */
export function shrinkFences(batch: Batch, losses: Losses): void {
  for (const [key, lost] of losses) shrinkFencesOn(batch, key, lost);
}

/** What is promised and no longer there is told, with the orders that are short by it. Call it when the batch's lines are written. */
export async function tellOversold(tx: Tx, batch: Batch, losses: Losses): Promise<void> {
  for (const [key, lost] of losses) {
    const { on_hand, held, committed, version } = batch.header(key);
    const units = Math.min(lost, held + committed - on_hand);
    if (units <= 0) continue;
    const short = await shortOrders(tx, key, units);
    await rememberOversold(tx, key.pool, key.sku);
    const aggregates = { [`virtual:${key.pool}:${key.sku}`]: version };
    await tell(tx, [{ type: "Oversold", pool: key.pool, sku: key.sku, units, short, aggregates }]);
  }
}

/** By no more than was lost: what pre-orders are promised beyond the stock is not the fences' fault. */
function shrinkFencesOn(batch: Batch, key: StockKey, lost: number): void {
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
