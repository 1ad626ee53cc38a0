import type { Reader } from "../../../shared/db/database";
import type { PoolFigures } from "../listing/offer";
import { databaseNow } from "./stock.sql";
import { availableOf, FIGURES, type Cause, type Figure, type StockEntry, type StockHeader } from "./virtual-stock";

/** Headers of some items in all pools. Index by_sku. */
export const readHeadersOfItems = (reader: Reader, skus: readonly string[]): Promise<StockHeader[]> =>
  reader.query<StockHeader>(
    `SELECT pool_code, sku, ${FIGURES.join(", ")}, version FROM virtual_stock WHERE sku IN (?) ORDER BY sku, pool_code`,
    [skus],
  );

export interface Sellable {
  available: number;
  incoming: number;
}

/**
 * What some items have to sell in one pool, by the database's clock: their headers, and what dead holds and ended fences that
 * are not booked yet give back. One statement, so one moment; as arms, because a join scans every hold of a hot item. Primary
 * key, index by_deadline, index by_sku of listing.
 */
export async function readSellable(
  reader: Reader,
  pool: string,
  skus: readonly string[],
): Promise<{ now: Date; bySku: Map<string, PoolFigures> }> {
  const gone = (lost: Figure, column: string) =>
    FIGURES.map((figure) => (figure === lost ? `CAST(-SUM(${column}) AS SIGNED)` : "0")).join(", ");
  const rows = await reader.query<Pick<StockHeader, "sku" | Figure> & { now: Date }>(
    `SELECT NOW(6) AS now, sku, ${FIGURES.join(", ")} FROM virtual_stock WHERE pool_code = ? AND sku IN (?)
     UNION ALL
     SELECT NOW(6), sku, ${gone("held", "held")} FROM reservation_line FORCE INDEX (by_deadline)
     WHERE pool_code = ? AND sku IN (?) AND held_until <= NOW(6) AND generation = 0 GROUP BY sku
     UNION ALL
     SELECT NOW(6), l.sku, ${gone("held", "l.held")} FROM reservation_line l FORCE INDEX (by_deadline)
       JOIN listing ON listing.channel_code = l.channel_code AND listing.sku = l.sku
     WHERE l.pool_code = ? AND l.sku IN (?) AND l.held_until <= NOW(6) AND l.generation > 0
       AND NOT (listing.quota_mode = 'RING_FENCE' AND listing.generation = l.generation AND listing.status <> 'UNLISTED'
         AND (listing.ends_at IS NULL OR listing.ends_at > NOW(6))) GROUP BY l.sku
     UNION ALL
     SELECT NOW(6), sku, ${gone("fenced", "fenced")} FROM listing
     WHERE sku IN (?) AND pool_code = ? AND fenced > 0 AND (status = 'UNLISTED' OR ends_at <= NOW(6)) GROUP BY sku`,
    [pool, skus, pool, skus, pool, skus, skus, pool],
  );
  const bySku = new Map<string, PoolFigures>();
  for (const row of rows) {
    const { available, incoming } = bySku.get(row.sku) ?? { available: 0, incoming: 0 };
    // A union of INT and constants is BIGINT on MySQL, which comes as text.
    bySku.set(row.sku, { available: available + availableOf(row), incoming: incoming + Number(row.incoming) });
  }
  return { now: rows.length > 0 ? rows[0].now : await databaseNow(reader), bySku };
}

/** What dead holds that are not booked yet give back to the sale they were taken in. Index by_deadline. */
export const readDeadShares = (reader: Reader, pool: string, channel: string, skus: readonly string[]): Promise<DeadShare[]> =>
  reader.query<DeadShare>(
    `SELECT sku, generation, CAST(SUM(held) AS SIGNED) AS units FROM reservation_line FORCE INDEX (by_deadline)
     WHERE pool_code = ? AND sku IN (?) AND held_until <= NOW(6) AND generation > 0 AND channel_code = ? GROUP BY sku, generation`,
    [pool, skus, channel],
  );

export interface DeadShare {
  sku: string;
  generation: number;
  units: number;
}

/** When the next goods of some items are due in a pool. Index by_pool. */
export const readExpected = (reader: Reader, pool: string, skus: readonly string[]): Promise<{ sku: string; at: Date }[]> =>
  reader.query(
    "SELECT sku, MIN(expected_at) AS at FROM incoming_stock WHERE pool_code = ? AND sku IN (?) AND units > 0 AND expected_at IS NOT NULL GROUP BY sku",
    [pool, skus],
  );

export interface EntryFilter {
  pool: string;
  sku: string;
  cause?: Cause | null;
  reference?: string | null;
  before?: number;
  limit: number;
}

/**
 * The ledger of one header, newest first: a range of the index, backwards. It is named, for MariaDB would rather read all of a
 * cause and look at each line's place (3 million lines, a page in their middle: not one answer in a row of the bench; now 2 ms).
 */
export function readEntries(reader: Reader, { pool, sku, cause, reference, before, limit }: EntryFilter): Promise<StockEntry[]> {
  const where = ["pool_code = ?", "sku = ?"];
  const params: unknown[] = [pool, sku];
  const also = (condition: string, value: unknown) => {
    where.push(condition);
    params.push(value);
  };
  if (before !== undefined) also("seq < ?", before);
  if (cause) also("cause = ?", cause);
  if (reference) also("reference = ?", reference);
  const index = reference ? "by_reference" : cause ? "by_cause" : "PRIMARY";
  return reader.query<StockEntry>(
    `SELECT * FROM virtual_stock_entry FORCE INDEX (${index}) WHERE ${where.join(" AND ")} ORDER BY seq DESC LIMIT ?`,
    [...params, limit],
  );
}
