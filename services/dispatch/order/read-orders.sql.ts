import type { Reader } from "../../../shared/db/database";
import { fromJson } from "../../../shared/db/rows.sql";
import type { AllocationRow, FulfillmentStatus, OrderRow, StoredDecision } from "./fulfillment-order";
import { ALLOCATION, ORDER } from "./order.sql";

const COLUMNS = ORDER.map((column) => `o.${column}`).join(", ");
const whole = (rows: OrderRow[]): OrderRow[] => rows.map((row) => ({ ...row, ship_to: fromJson(row.ship_to) }));
/** `client` undefined: orders of all clients. */
const ofClient = (client: string | undefined): string => (client === undefined ? "" : "AND o.client = ?");

export const ordersById = async (reader: Reader, ids: readonly string[], client: string | undefined): Promise<OrderRow[]> =>
  whole(await reader.query(`SELECT ${COLUMNS} FROM fulfillment_order o WHERE o.id IN (?) ${ofClient(client)}`, [ids, client]));

/** Index by_order. */
export const ordersByReference = async (reader: Reader, refs: readonly string[], client: string | undefined): Promise<OrderRow[]> =>
  whole(
    await reader.query(
      `SELECT ${COLUMNS} FROM fulfillment_order o WHERE o.order_ref IN (?) ${ofClient(client)} ORDER BY o.order_ref, o.id`,
      [refs, client],
    ),
  );

export const allocationsById = (reader: Reader, ids: readonly string[], client: string | undefined): Promise<AllocationRow[]> =>
  reader.query(
    `SELECT ${ALLOCATION.map((column) => `a.${column}`).join(", ")} FROM allocation a JOIN fulfillment_order o ON o.id = a.fulfillment_id
     WHERE a.id IN (?) ${ofClient(client)}`,
    [ids, client],
  );

export interface OrderFilter {
  status?: FulfillmentStatus;
  orderRef?: string;
  warehouse?: string;
  client?: string;
  before?: string;
  limit: number;
}

/** Newest first. Index by_status, by_order, by_client, or by_warehouse of allocations. */
export async function listOrders(reader: Reader, { status, orderRef, warehouse, client, before, limit }: OrderFilter): Promise<OrderRow[]> {
  const where = ["TRUE"];
  const params: unknown[] = [];
  if (status !== undefined) where.push("o.status = ?") && params.push(status);
  if (orderRef !== undefined) where.push("o.order_ref = ?") && params.push(orderRef);
  if (client !== undefined) where.push("o.client = ?") && params.push(client);
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
