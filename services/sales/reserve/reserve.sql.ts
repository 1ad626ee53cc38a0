import type { Reader } from "../../../shared/db/database";
import { RESERVATION_COLUMNS } from "../stock/stock.sql";
import type { ReservationRow, ReservationStatus } from "./reservation";

/** Holds past their deadline that nobody has marked yet, oldest first. Index by_status. */
export const expiredReservations = (reader: Reader, limit: number): Promise<{ id: string; line_count: number }[]> =>
  reader.query(
    `SELECT r.id, CAST((SELECT COUNT(*) FROM reservation_line l WHERE l.reservation_id = r.id) AS SIGNED) AS line_count
     FROM reservation r WHERE r.status = 'HELD' AND r.expires_at <= NOW(6) ORDER BY r.expires_at LIMIT ?`,
    [limit],
  );

/** Reservations that hold stock now, counted up to 100,000. Index by_status. */
export async function openHolds(reader: Reader): Promise<number> {
  const [row] = await reader.query<{ open: number }>(
    "SELECT COUNT(*) AS open FROM (SELECT id FROM reservation WHERE status = 'HELD' AND expires_at > NOW(6) LIMIT 100000) AS counted",
  );
  return Number(row.open);
}

export interface ReservationFilter {
  client?: string;
  /** Only of this merchant's goods. */
  merchant?: string;
  status?: ReservationStatus | null;
  channel?: string | null;
  after?: string;
  limit: number;
}

const COLUMNS = RESERVATION_COLUMNS.join(", ");
/** What a reader sees: a dead hold is expired, booked or not. */
const STATUS_NOW = "IF(status = 'HELD' AND expires_at <= NOW(6), 'EXPIRED', status)";

/** Newest last, by id, which follows the time of creation. */
export function listReservations(reader: Reader, filter: ReservationFilter): Promise<ReservationRow[]> {
  const where = ["id > ?"];
  const params: unknown[] = [filter.after ?? ""];
  if (filter.client !== undefined) {
    where.push("client = ?");
    params.push(filter.client);
  }
  if (filter.merchant !== undefined) {
    where.push("merchant = ?");
    params.push(filter.merchant);
  }
  if (filter.channel) {
    where.push("channel_code = ?");
    params.push(filter.channel);
  }
  if (filter.status) {
    where.push(`${STATUS_NOW} = ?`);
    params.push(filter.status);
  }
  return reader.query<ReservationRow>(`SELECT ${COLUMNS} FROM reservation WHERE ${where.join(" AND ")} ORDER BY id LIMIT ?`, [
    ...params,
    filter.limit,
  ]);
}

/** Reservations of some orders. Index by_order. */
export const readReservationsOfOrders = (reader: Reader, refs: readonly string[], client?: string): Promise<ReservationRow[]> =>
  reader.query<ReservationRow>(
    `SELECT ${COLUMNS} FROM reservation WHERE order_ref IN (?)${client === undefined ? "" : " AND client = ?"} ORDER BY id`,
    client === undefined ? [refs] : [refs, client],
  );
