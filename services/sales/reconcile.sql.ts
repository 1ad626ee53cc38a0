import type { Reader } from "../../shared/db/database";

interface HeldAndCommitted {
  held: number;
  committed: number;
}

export async function lineSums(reader: Reader, key: [string, string]): Promise<{ header: HeldAndCommitted; lines: HeldAndCommitted }> {
  const [header] = await reader.query<HeldAndCommitted>("SELECT held, committed FROM virtual_stock WHERE pool_code = ? AND sku = ?", key);
  const [lines] = await reader.query<HeldAndCommitted>(
    `SELECT CAST(COALESCE(SUM(held), 0) AS SIGNED) AS held, CAST(COALESCE(SUM(committed), 0) AS SIGNED) AS committed
     FROM reservation_line WHERE pool_code = ? AND sku = ?`,
    key,
  );
  const plain = (row: HeldAndCommitted) => ({ held: Number(row.held), committed: Number(row.committed) });
  return { header: plain(header), lines: plain(lines) };
}

/** Lines by which a buyer took available below zero: a new hold, or a commitment that re-took an expired one. */
export const oversoldEntries = (reader: Reader, key: [string, string], from: number): Promise<{ seq: number; available_after: number }[]> =>
  reader.query(
    `SELECT seq, available_after FROM virtual_stock_entry WHERE pool_code = ? AND sku = ? AND seq > ? AND available_after < 0
     AND (cause = 'HOLD' OR (cause = 'CONFIRM' AND held_delta = 0)) ORDER BY seq LIMIT 10`,
    [...key, from],
  );

/** Pools whose onHand is not what their warehouses are known to have. */
export const uncountedDifferences = (reader: Reader): Promise<{ pool: string; sku: string; counted: number; on_hand: number }[]> =>
  reader.query(
    `SELECT v.pool_code AS pool, v.sku, v.on_hand, CAST(COALESCE(SUM(s.on_hand), 0) AS SIGNED) AS counted
     FROM virtual_stock v LEFT JOIN warehouse_stock s ON s.pool_code = v.pool_code AND s.sku = v.sku
     GROUP BY v.pool_code, v.sku, v.on_hand HAVING counted <> v.on_hand LIMIT 100`,
  );

export const committedUnits = (reader: Reader): Promise<{ pool: string; sku: string; committed: number }[]> =>
  reader.query("SELECT pool_code AS pool, sku, committed FROM virtual_stock WHERE committed <> 0");
