import type { Tx } from "../../../shared/db/transaction";
import { fenceEnded } from "../listing/listing";
import type { Reservation, ReservationLineRow } from "../reserve/reservation";
import type { Batch } from "./batch";
import { readFences, readListings } from "./stock.sql";
import type { StockHeader, StockKey } from "./virtual-stock";

/** Dead holds and ended fences on the locked headers give their units back, so that every decision sees them free. */
export async function bookWhatTimeEnded(
  tx: Tx,
  batch: Batch,
  headers: StockHeader[],
  dead: ReservationLineRow[],
  reservations: Reservation[],
): Promise<void> {
  batch.shares.now = batch.now;
  const fenced = headers.filter((header) => header.fenced > 0).map(keyOf);
  const fences = fenced.length > 0 ? await readFences(tx, [...new Set(fenced.map(({ sku }) => sku))]) : [];
  for (const row of fences) batch.shares.add(row);
  await readSalesOf(tx, batch, [...dead, ...reservations.flatMap(({ lines }) => lines)]);
  for (const row of dead) {
    const known = batch.reservation(row.reservation_id)?.lines.find((line) => line.line_no === row.line_no);
    batch.expireLine(known ?? row);
  }
  for (const { pool, sku } of fenced)
    for (const listing of batch.shares.fencesOn(pool, sku)) if (fenceEnded(listing, batch.now)) batch.unfence(listing, listing.fenced);
}

/** The listings under whose quota some lines were sold. */
async function readSalesOf(tx: Tx, batch: Batch, lines: ReservationLineRow[]): Promise<void> {
  const missing = lines.filter((line) => line.generation > 0 && !batch.shares.has(line.channel_code, line.sku));
  if (missing.length === 0) return;
  const [channels, skus] = [missing.map((line) => line.channel_code), missing.map((line) => line.sku)];
  for (const row of await readListings(tx, [...new Set(channels)], [...new Set(skus)])) batch.shares.add(row);
}

const keyOf = (header: StockHeader): StockKey => ({ pool: header.pool_code, sku: header.sku });
