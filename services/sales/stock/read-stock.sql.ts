import type { Reader } from "../../../shared/db/database";
import { FIGURES, type Cause, type StockEntry, type StockHeader } from "./virtual-stock";

/** Headers of some items in all pools. Index by_sku. */
export const readHeadersOfItems = (reader: Reader, skus: readonly string[]): Promise<StockHeader[]> =>
  reader.query<StockHeader>(
    `SELECT pool_code, sku, ${FIGURES.join(", ")}, version FROM virtual_stock WHERE sku IN (?) ORDER BY sku, pool_code`,
    [skus],
  );

/** Headers of some items in one pool. Primary key. */
export const readHeaders = (reader: Reader, pool: string, skus: readonly string[]): Promise<StockHeader[]> =>
  reader.query<StockHeader>(`SELECT pool_code, sku, ${FIGURES.join(", ")}, version FROM virtual_stock WHERE pool_code = ? AND sku IN (?)`, [
    pool,
    skus,
  ]);

/** Units of holds that are dead and not booked yet, by item. Index by_deadline. */
export async function readDeadUnits(reader: Reader, pool: string, skus: readonly string[]): Promise<Map<string, number>> {
  const rows = await reader.query<{ sku: string; units: number }>(
    `SELECT sku, CAST(SUM(held) AS SIGNED) AS units FROM reservation_line FORCE INDEX (by_deadline)
     WHERE pool_code = ? AND sku IN (?) AND held_until <= NOW(6) GROUP BY sku`,
    [pool, skus],
  );
  return new Map(rows.map((row) => [row.sku, Number(row.units)]));
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
