import type { Reader } from "../../../shared/db/database";

/** Orders that hold units which nobody has begun to pick, the least urgent first. Allocations by index by_status, orders by key. */
const HOLDERS = `SELECT DISTINCT o.id, o.priority, o.created_at FROM allocation a
  JOIN allocation_line l ON l.allocation_id = a.id AND l.quantity > l.shipped JOIN fulfillment_order o ON o.id = a.fulfillment_id
  WHERE a.status = 'ALLOCATED' AND a.floor = 'NONE'`;
const LEAST_URGENT = "ORDER BY o.priority, o.created_at DESC, o.id DESC LIMIT ?";

/** Of an item in a warehouse. */
export const holdersIn = async (reader: Reader, warehouse: string, sku: string, limit: number): Promise<string[]> =>
  (await reader.query<{ id: string }>(`${HOLDERS} AND a.warehouse_code = ? AND l.sku = ? ${LEAST_URGENT}`, [warehouse, sku, limit])).map(
    ({ id }) => id,
  );

/** Of what an order asks for, in its pool, below a priority. */
export const lessUrgentHolders = async (reader: Reader, id: string, priority: number | undefined, limit: number): Promise<string[]> =>
  (
    await reader.query<{ id: string }>(
      `${HOLDERS} AND (o.pool_code, l.sku) IN (SELECT f.pool_code, i.sku FROM fulfillment_order f JOIN fulfillment_line i ON i.fulfillment_id = f.id
         WHERE f.id = ? AND i.quantity > i.allocated + i.shipped + i.cancelled)
       AND o.priority < COALESCE(?, (SELECT priority FROM fulfillment_order WHERE id = ?)) ${LEAST_URGENT}`,
      [id, priority ?? null, id, limit],
    )
  ).map((row) => row.id);

/** Units that a warehouse has been asked to stop of an item. */
export async function unitsAsked(reader: Reader, warehouse: string, sku: string): Promise<number> {
  const [{ units }] = await reader.query<{ units: string | null }>(
    "SELECT SUM(s.units) AS units FROM stop_line s JOIN allocation a ON a.id = s.allocation_id WHERE s.sku = ? AND a.warehouse_code = ?",
    [sku, warehouse],
  );
  return Number(units ?? 0);
}
