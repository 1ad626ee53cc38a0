import type { Reader } from "../../../shared/db/database";
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
 * What some items have to sell in one pool, by the database's clock: their headers, and what holds that are dead and not
 * booked yet give back. One statement, so one moment; as two arms, because a join scans every hold of a hot item. Primary
 * key, and index by_deadline.
 */
export async function readSellable(
  reader: Reader,
  pool: string,
  skus: readonly string[],
): Promise<{ now: Date; bySku: Map<string, Sellable> }> {
  const dead = FIGURES.map((figure) => (figure === "held" ? "CAST(-SUM(held) AS SIGNED)" : "0"));
  const rows = await reader.query<Pick<StockHeader, "sku" | Figure> & { now: Date }>(
    `SELECT NOW(6) AS now, sku, ${FIGURES.join(", ")} FROM virtual_stock WHERE pool_code = ? AND sku IN (?)
     UNION ALL
     SELECT NOW(6), sku, ${dead.join(", ")} FROM reservation_line FORCE INDEX (by_deadline)
     WHERE pool_code = ? AND sku IN (?) AND held_until <= NOW(6) GROUP BY sku`,
    [pool, skus, pool, skus],
  );
  const bySku = new Map<string, Sellable>();
  for (const row of rows) {
    const { available, incoming } = bySku.get(row.sku) ?? { available: 0, incoming: 0 };
    bySku.set(row.sku, { available: available + availableOf(row), incoming: incoming + row.incoming });
  }
  return { now: rows.length > 0 ? rows[0].now : await databaseNow(reader), bySku };
}

export interface EntryFilter {
  pool: string;
  sku: string;
  cause?: Cause | null;
  reference?: string | null;
  before?: number;
  limit: number;
}

/** The ledger of one header, newest first. Primary key range, backwards. */
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
  return reader.query<StockEntry>(`SELECT * FROM virtual_stock_entry WHERE ${where.join(" AND ")} ORDER BY seq DESC LIMIT ?`, [
    ...params,
    limit,
  ]);
}
