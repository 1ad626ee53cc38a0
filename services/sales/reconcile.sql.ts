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

/** Promises that took available lower than they were permitted to: new holds, and commitments that re-took expired ones. */
export const oversoldEntries = (
  reader: Reader,
  key: [string, string],
  from: number,
): Promise<{ seq: number; available_after: number; permitted: number }[]> =>
  reader.query(
    `SELECT seq, available_after, permitted FROM virtual_stock_entry WHERE pool_code = ? AND sku = ? AND seq > ?
     AND available_after < permitted AND fenced_delta = 0
     AND (cause = 'HOLD' OR (cause = 'CONFIRM' AND held_delta = 0)) ORDER BY seq LIMIT 10`,
    [...key, from],
  );

/** Items whose fenced units are not those of their listings, and quotas whose sold units are not those of their lines. */
export const shareDifferences = (reader: Reader): Promise<{ subject: string; told: number; found: number }[]> =>
  reader.query(
    `SELECT CONCAT('virtual_stock ', v.pool_code, ' ', v.sku, ' fenced') AS subject, v.fenced AS told,
       CAST(COALESCE(SUM(l.fenced), 0) AS SIGNED) AS found
     FROM virtual_stock v LEFT JOIN listing l ON l.sku = v.sku AND l.pool_code = v.pool_code AND l.fenced > 0
     GROUP BY v.pool_code, v.sku, v.fenced HAVING told <> found
     UNION ALL
     SELECT CONCAT('listing ', l.channel_code, ' ', l.sku, ' sold'), l.quota_sold AS told,
       CAST(COALESCE(SUM(r.held + r.committed + r.fulfilled), 0) AS SIGNED) AS found
     FROM listing l LEFT JOIN reservation_line r
       ON r.pool_code = l.pool_code AND r.sku = l.sku AND r.channel_code = l.channel_code AND r.generation = l.generation
     WHERE l.quota_mode <> 'SHARED' GROUP BY l.channel_code, l.sku, l.quota_sold HAVING told <> found LIMIT 100`,
  );

/** Pools whose onHand is not what their warehouses are known to have. */
export const uncountedDifferences = (reader: Reader): Promise<{ pool: string; sku: string; counted: number; on_hand: number }[]> =>
  reader.query(
    `SELECT v.pool_code AS pool, v.sku, v.on_hand, CAST(COALESCE(SUM(s.on_hand), 0) AS SIGNED) AS counted
     FROM virtual_stock v LEFT JOIN warehouse_stock s ON s.pool_code = v.pool_code AND s.sku = v.sku
     GROUP BY v.pool_code, v.sku, v.on_hand HAVING counted <> v.on_hand LIMIT 100`,
  );

/** Warehouses that are moved and have units which are not set aside, others that have some which are; pools that sell what is set aside for moves and transfers. */
export const setAsideDifferences = (reader: Reader): Promise<{ subject: string; told: number; found: number }[]> =>
  reader.query(
    `SELECT CONCAT('warehouse_stock ', s.warehouse_code, ' ', s.sku, ' set aside') AS subject, s.set_aside AS told,
       IF(w.move_id IS NULL OR s.on_hand < 0, 0, s.on_hand) AS found
     FROM warehouse_stock s JOIN warehouse w ON w.code = s.warehouse_code
     WHERE (s.set_aside <> 0 OR w.move_id IS NOT NULL) AND s.set_aside <> IF(w.move_id IS NULL OR s.on_hand < 0, 0, s.on_hand)
     UNION ALL
     SELECT CONCAT('virtual_stock ', v.pool_code, ' ', v.sku, ' safety'), v.safety,
       CAST(COALESCE(SUM(IF(w.move_id IS NULL, s.safety, 0)), 0) AS SIGNED)
     FROM virtual_stock v LEFT JOIN warehouse_stock s ON s.pool_code = v.pool_code AND s.sku = v.sku AND s.safety <> 0
       LEFT JOIN warehouse w ON w.code = s.warehouse_code
     GROUP BY v.pool_code, v.sku, v.safety HAVING v.safety <> COALESCE(SUM(IF(w.move_id IS NULL, s.safety, 0)), 0)
     UNION ALL
     SELECT CONCAT('virtual_stock ', v.pool_code, ' ', v.sku, ' frozen'), v.frozen, CAST(SUM(s.units) AS SIGNED)
     FROM (SELECT pool_code, sku, set_aside AS units FROM warehouse_stock WHERE set_aside <> 0
       UNION ALL SELECT pool_code, sku, units FROM transfer_stock WHERE units > 0) AS s
     JOIN virtual_stock v ON v.pool_code = s.pool_code AND v.sku = s.sku
     GROUP BY v.pool_code, v.sku, v.frozen HAVING SUM(s.units) > v.frozen LIMIT 100`,
  );

export const committedUnits = (reader: Reader): Promise<{ pool: string; sku: string; committed: number }[]> =>
  reader.query("SELECT pool_code AS pool, sku, committed FROM virtual_stock WHERE committed <> 0");
