import type { Reader } from "../../../shared/db/database";

export interface Ahead {
  fulfillment_id: string;
  pool_code: string;
  sku: string;
  /** Units that wait for the item in the pool, up to and including this order's. */
  ahead: number;
}

/** Whose turn comes when, of what some orders wait for. Index by_fulfillment, then the primary key up to each. */
export async function waitingAhead(reader: Reader, fulfillmentIds: readonly string[]): Promise<Ahead[]> {
  const rows = await reader.query<Ahead>(
    `SELECT w.fulfillment_id, w.pool_code, w.sku,
       (SELECT SUM(a.units) FROM waiting a WHERE a.pool_code = w.pool_code AND a.sku = w.sku
        AND (a.urgency, a.promised_at, a.created_at, a.fulfillment_id) <= (w.urgency, w.promised_at, w.created_at, w.fulfillment_id)) AS ahead
     FROM waiting w WHERE w.fulfillment_id IN (?)`,
    [fulfillmentIds],
  );
  return rows.map((row) => ({ ...row, ahead: Number(row.ahead) }));
}

export interface Due {
  pool_code: string;
  sku: string;
  units: number;
  expected_at: Date;
}

/** What is to come of some items to the warehouses of pools, by when it is due; what has no date is no help. Index by_item of incoming. */
export const dueOf = (reader: Reader, skus: string[]): Promise<Due[]> =>
  skus.length === 0
    ? Promise.resolve([])
    : reader.query(
        `SELECT p.pool_code, i.sku, i.units, i.expected_at FROM incoming i JOIN pool_warehouse p ON p.warehouse_code = i.warehouse_code
         WHERE i.sku IN (?) AND i.units > 0 AND i.expected_at IS NOT NULL ORDER BY i.expected_at, i.inbound_id`,
        [skus],
      );
