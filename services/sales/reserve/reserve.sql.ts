import type { Reader } from "../../../shared/db/database";
import { RESERVATION_COLUMNS } from "../stock/stock.sql";
import type { ReservationRow, ReservationStatus } from "./reservation";

/** Holds past their deadline that nobody has marked yet, oldest first. Index by_state, of which it reads what is held. */
export const expiredReservations = (reader: Reader, limit: number): Promise<{ id: string; line_count: number }[]> =>
  reader.query(
    `SELECT r.id, CAST((SELECT COUNT(*) FROM reservation_line l WHERE l.reservation_id = r.id) AS SIGNED) AS line_count
     FROM reservation r WHERE r.status = 'HELD' AND r.expires_at <= NOW(6) ORDER BY r.expires_at LIMIT ?`,
    [limit],
  );

/** Reservations that hold stock now, counted up to 100,000. Index by_state. */
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

/** What a reader sees, by index by_state: a dead hold is expired, booked or not. */
const SEEN_AS: Record<ReservationStatus, string[]> = {
  CONFIRMED: ["status = 'CONFIRMED'"],
  CANCELLING: ["status = 'CANCELLING'"],
  RELEASED: ["status = 'RELEASED'"],
  FULFILLED: ["status = 'FULFILLED'"],
  HELD: ["status = 'HELD' AND expires_at > NOW(6)"],
  EXPIRED: ["status = 'EXPIRED'", "status = 'HELD' AND expires_at <= NOW(6)"],
};

/**
 * Newest last, by id, which follows the time of creation. A range of by_state, by_client or the primary key, named, for
 * MariaDB would rather read all of a client's and look at each one's place (2 million, a page in their middle: 490 ms for 2).
 */
export async function listReservations(reader: Reader, filter: ReservationFilter): Promise<ReservationRow[]> {
  const { client, merchant, channel, status, after = "", limit } = filter;
  const where = ["id > ?"];
  const params: unknown[] = [after];
  const also = (column: string, value: string | null | undefined) => {
    if (value == null) return;
    where.push(`${column} = ?`);
    params.push(value);
  };
  also("client", client);
  also("merchant", merchant);
  also("channel_code", channel);
  const page = (state?: string) =>
    reader.query<ReservationRow>(
      `SELECT ${COLUMNS} FROM reservation FORCE INDEX (${state ? "by_state" : client === undefined ? "PRIMARY" : "by_client"})
       WHERE ${[...where, ...(state ? [state] : [])].join(" AND ")} ORDER BY id LIMIT ?`,
      [...params, limit],
    );
  if (!status) return page();
  const pages = await Promise.all(SEEN_AS[status].map(page));
  return pages.length === 1 ? pages[0]! : pages.flat().sort(byId).slice(0, limit);
}

const byId = (a: ReservationRow, b: ReservationRow): number => (a.id < b.id ? -1 : 1);

/** Reservations of some orders. Index by_order. */
export const readReservationsOfOrders = (reader: Reader, refs: readonly string[], client?: string): Promise<ReservationRow[]> =>
  reader.query<ReservationRow>(
    `SELECT ${COLUMNS} FROM reservation WHERE order_ref IN (?)${client === undefined ? "" : " AND client = ?"} ORDER BY id`,
    client === undefined ? [refs] : [refs, client],
  );
