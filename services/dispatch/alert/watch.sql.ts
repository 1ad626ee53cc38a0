import type { Reader } from "../../../shared/db/database";
import { AlertKind } from "./alert";

/** Something for which an alert is due and none is open. */
export interface Due {
  subject: string;
  orderRef: string;
  /** Since when, or until when. */
  at: Date;
  units: number;
  place: string;
}

const unraised = (kind: AlertKind, subject: string): string =>
  `NOT EXISTS (SELECT 1 FROM alert a WHERE a.open_key = CONCAT('${kind}:', ${subject}))`;

/** Subjects of open alerts of a kind of which a condition does not hold any more. Unique index one_open. */
const ended = (kind: AlertKind, condition: string): string =>
  `SELECT a.subject FROM alert a WHERE a.open_key LIKE '${kind.replace(/_/g, "\\\\_")}:%' AND NOT EXISTS (${condition}) ORDER BY a.open_key LIMIT ?`;

const subjects = async (reader: Reader, sql: string, params: unknown[]): Promise<string[]> =>
  (await reader.query<{ subject: string }>(sql, params)).map(({ subject }) => subject);

const AGED = "w.created_at <= NOW(6) - INTERVAL ? SECOND AND w.warehouse_code IS NOT NULL";

/** Orders that have waited for stock beyond the limit. Index by_age of waiting. */
export const agedBackorders = (reader: Reader, seconds: number, limit: number): Promise<Due[]> =>
  reader.query(
    `SELECT w.fulfillment_id AS subject, MAX(o.order_ref) AS orderRef, MIN(w.created_at) AS at, CAST(SUM(w.units) AS SIGNED) AS units, '' AS place
     FROM waiting w JOIN fulfillment_order o ON o.id = w.fulfillment_id
     WHERE ${AGED} AND ${unraised(AlertKind.BACKORDER_AGING, "w.fulfillment_id")} GROUP BY w.fulfillment_id ORDER BY w.fulfillment_id LIMIT ?`,
    [seconds, limit],
  );

/** Index by_fulfillment of waiting. */
export const endedBackorders = (reader: Reader, seconds: number, limit: number): Promise<string[]> =>
  subjects(
    reader,
    ended(AlertKind.BACKORDER_AGING, `SELECT 1 FROM waiting w WHERE w.fulfillment_id = CONVERT(a.subject USING ascii) AND ${AGED}`),
    [seconds, limit],
  );

/** Short picks of orders that have left, or been cancelled, since: nobody waits for the units any more. Primary keys. */
export const endedShortPicks = (reader: Reader, limit: number): Promise<string[]> =>
  subjects(
    reader,
    ended(
      AlertKind.SHORT_PICK,
      `SELECT 1 FROM allocation l JOIN fulfillment_order o ON o.id = l.fulfillment_id
       WHERE l.id = CONVERT(a.subject USING ascii) AND o.status NOT IN ('SHIPPED', 'DELIVERED', 'CANCELLED')`,
    ),
    [limit],
  );

const OVERDUE = "l.floor = 'SHIPPED' AND l.shipped_at <= NOW(6) - INTERVAL ? SECOND";

/** Shipments that left longer ago than the limit and of which nobody has told how they ended. Index by_floor of allocation. */
export const overdueDeliveries = (reader: Reader, seconds: number, limit: number): Promise<Due[]> =>
  reader.query(
    `SELECT l.id AS subject, o.order_ref AS orderRef, l.shipped_at AS at, 0 AS units, l.warehouse_code AS place
     FROM allocation l JOIN fulfillment_order o ON o.id = l.fulfillment_id
     WHERE ${OVERDUE} AND ${unraised(AlertKind.DELIVERY_OVERDUE, "l.id")} ORDER BY l.floor, l.shipped_at LIMIT ?`,
    [seconds, limit],
  );

/** Primary key of allocation. */
export const endedDeliveries = (reader: Reader, seconds: number, limit: number): Promise<string[]> =>
  subjects(
    reader,
    ended(AlertKind.DELIVERY_OVERDUE, `SELECT 1 FROM allocation l WHERE l.id = CONVERT(a.subject USING ascii) AND ${OVERDUE}`),
    [seconds, limit],
  );

const LATE = "t.status IN ('RELEASED', 'IN_TRANSIT', 'PARTIALLY_RECEIVED') AND t.expected_at <= NOW(6) - INTERVAL ? SECOND";

/** Transfers that should have come longer ago than the limit. Index by_due of transfer_order. */
export const overdueTransfers = (reader: Reader, seconds: number, limit: number): Promise<Due[]> =>
  reader.query(
    `SELECT t.id AS subject, t.to_warehouse AS orderRef, t.expected_at AS at, 0 AS units, t.from_warehouse AS place
     FROM transfer_order t WHERE ${LATE} AND ${unraised(AlertKind.TRANSFER_OVERDUE, "t.id")} ORDER BY t.expected_at, t.id LIMIT ?`,
    [seconds, limit],
  );

/** Primary key of transfer_order. */
export const endedTransfers = (reader: Reader, seconds: number, limit: number): Promise<string[]> =>
  subjects(
    reader,
    ended(AlertKind.TRANSFER_OVERDUE, `SELECT 1 FROM transfer_order t WHERE t.id = CONVERT(a.subject USING ascii) AND ${LATE}`),
    [seconds, limit],
  );

const LOT = "CONCAT(e.warehouse_code, ' ', e.sku, ' ', e.lot)";
const SOON = "e.expires_on <= DATE(NOW(6) + INTERVAL ? SECOND)";

/** Lots with stock that expire within the limit, or have. Index by_day. */
export const expiringLots = (reader: Reader, seconds: number, limit: number): Promise<Due[]> =>
  reader.query(
    `SELECT ${LOT} AS subject, '' AS orderRef, CAST(e.expires_on AS DATETIME) AS at, 0 AS units, e.warehouse_code AS place
     FROM expiring_lot e WHERE ${SOON} AND ${unraised(AlertKind.EXPIRING_LOT, LOT)} ORDER BY e.expires_on, e.warehouse_code, e.sku, e.lot LIMIT ?`,
    [seconds, limit],
  );

/** Index by_day, for each open alert of the kind. */
export const endedLots = (reader: Reader, seconds: number, limit: number): Promise<string[]> =>
  subjects(reader, ended(AlertKind.EXPIRING_LOT, `SELECT 1 FROM expiring_lot e WHERE ${SOON} AND ${LOT} = a.subject`), [seconds, limit]);

export interface StateLimit {
  definition: string;
  state: string;
  seconds: number;
}

/** Instances that have stood in a state beyond its limit: an index range a state. Index by_state of process_instance. */
export const stuckInstances = (
  reader: Reader,
  limits: StateLimit[],
  limit: number,
): Promise<(Due & { definition: string; state: string })[]> =>
  reader.query(
    limits
      .map(
        () =>
          `(SELECT i.id AS subject, i.reference AS orderRef, i.since AS at, 0 AS units, '' AS place, i.definition, i.state FROM process_instance i
            WHERE i.definition = ? AND i.state = ? AND i.since <= NOW(6) - INTERVAL ? SECOND AND ${unraised(AlertKind.PROCESS_STUCK, "i.id")}
            ORDER BY i.definition, i.state, i.since LIMIT ?)`,
      )
      .join(" UNION ALL "),
    limits.flatMap(({ definition, state, seconds }) => [definition, state, seconds, limit]),
  );

/** Open alerts of instances that have moved on, or whose state has another limit now. Primary key of process_instance. */
export const endedStuck = (reader: Reader, limits: StateLimit[], limit: number): Promise<string[]> => {
  const still = limits.map(() => "(i.definition = ? AND i.state = ? AND i.since <= NOW(6) - INTERVAL ? SECOND)").join(" OR ");
  const condition = `SELECT 1 FROM process_instance i WHERE i.id = CONVERT(a.subject USING ascii) AND (${still})`;
  return subjects(reader, ended(AlertKind.PROCESS_STUCK, condition), [
    ...limits.flatMap(({ definition, state, seconds }) => [definition, state, seconds]),
    limit,
  ]);
};
