import type { Reader } from "../../../shared/db/database";
import { fromJson } from "../../../shared/db/rows.sql";
import type { Visible } from "../known/visible";
import type { AllocationRow, FulfillmentStatus, OrderRow, StoredDecision } from "./fulfillment-order";
import { ALLOCATION, ORDER } from "./order.sql";

const COLUMNS = ORDER.map((column) => `o.${column}`).join(", ");
const whole = (rows: OrderRow[]): OrderRow[] => rows.map((row) => ({ ...row, ship_to: fromJson(row.ship_to) }));

/** Conditions on fulfillment_order o, with their parameters. */
export function seenBy({ client, merchant }: Visible): { sql: string; params: string[] } {
  const conditions = [...(client === undefined ? [] : ["o.client = ?"]), ...(merchant === undefined ? [] : ["o.merchant = ?"])];
  return {
    sql: conditions.map((condition) => ` AND ${condition}`).join(""),
    params: [client, merchant].filter((value) => value !== undefined),
  };
}

export async function ordersById(reader: Reader, ids: readonly string[], visible: Visible): Promise<OrderRow[]> {
  const { sql, params } = seenBy(visible);
  return whole(await reader.query(`SELECT ${COLUMNS} FROM fulfillment_order o WHERE o.id IN (?)${sql}`, [ids, ...params]));
}

/** Index by_order. */
export async function ordersByReference(reader: Reader, refs: readonly string[], visible: Visible): Promise<OrderRow[]> {
  const { sql, params } = seenBy(visible);
  return whole(
    await reader.query(`SELECT ${COLUMNS} FROM fulfillment_order o WHERE o.order_ref IN (?)${sql} ORDER BY o.order_ref, o.id`, [
      refs,
      ...params,
    ]),
  );
}

export async function allocationsById(reader: Reader, ids: readonly string[], visible: Visible): Promise<AllocationRow[]> {
  const { sql, params } = seenBy(visible);
  return reader.query(
    `SELECT ${ALLOCATION.map((column) => `a.${column}`).join(", ")} FROM allocation a JOIN fulfillment_order o ON o.id = a.fulfillment_id
     WHERE a.id IN (?)${sql}`,
    [ids, ...params],
  );
}

export interface OrderFilter {
  status?: FulfillmentStatus;
  orderRef?: string;
  warehouse?: string;
  visible: Visible;
  before?: string;
  limit: number;
}

/** Newest first. Index by_status, by_order, by_client, or by_warehouse of allocations. */
export async function listOrders(
  reader: Reader,
  { status, orderRef, warehouse, visible, before, limit }: OrderFilter,
): Promise<OrderRow[]> {
  const seen = seenBy(visible);
  const where = [`TRUE${seen.sql}`];
  const params: unknown[] = [...seen.params];
  if (status !== undefined) where.push("o.status = ?") && params.push(status);
  if (orderRef !== undefined) where.push("o.order_ref = ?") && params.push(orderRef);
  if (warehouse !== undefined)
    where.push("EXISTS (SELECT 1 FROM allocation a WHERE a.warehouse_code = ? AND a.fulfillment_id = o.id)") && params.push(warehouse);
  if (before !== undefined) where.push("o.id < ?") && params.push(before);
  return whole(
    await reader.query(`SELECT ${COLUMNS} FROM fulfillment_order o WHERE ${where.join(" AND ")} ORDER BY o.id DESC LIMIT ?`, [
      ...params,
      limit,
    ]),
  );
}

export async function decisionsOf(reader: Reader, ids: readonly string[]): Promise<{ id: string; decision: StoredDecision | null }[]> {
  const rows = await reader.query<{ id: string; decision: unknown }>("SELECT id, decision FROM fulfillment_order WHERE id IN (?)", [ids]);
  return rows.map((row) => ({ id: row.id, decision: fromJson(row.decision) }));
}
