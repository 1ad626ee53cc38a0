import type { Reader } from "../../../shared/db/database";
import { Conditions, eachOf } from "../each.sql";
import type { MovementType, StockStatus } from "../enums";
import type { Visible } from "../visible";
import type { Place } from "./stock";

export interface MovementRow {
  id: string;
  type: MovementType;
  warehouseCode: string;
  client: string;
  merchant: string;
  occurredAt: Date;
  /** The same to the last digit, for cursors. */
  occurredText: string;
  postedAt: Date;
  postedBy: string;
  reason: string | null;
  documentType: string | null;
  documentNumber: string | null;
  documentLine: string | null;
  orderRef: string | null;
  shipmentId: string | null;
  reversalOfId: string | null;
  reasonCode: string;
  supplier: string | null;
  /** The other side of its entry; null where it has none, and for movements of before it was kept. */
  account: string | null;
  inboundId: string | null;
  countId: string | null;
  ofMovement: string | null;
}

export interface LineRow {
  warehouse: string;
  sku: string;
  seq: number;
  movementId: string;
  lineNo: number;
  location: string;
  lot: string;
  status: StockStatus;
  pledge: string;
  quantity: number;
  unitCost: string | null;
  value: string;
  /** What the other side gave or got, where that is not the value. */
  worth: string | null;
  balanceAfter: number;
}

/** Lists go by when movements occurred, then by id. */
export type MovementKey = [occurredText: string, id: string];
export const movementKey = ({ occurredText, id }: Pick<MovementRow, "occurredText" | "id">): MovementKey => [occurredText, id];
const newestFirst = (a: Pick<MovementRow, "occurredText" | "id">, b: typeof a): number =>
  a.occurredText === b.occurredText ? (a.id < b.id ? 1 : -1) : a.occurredText < b.occurredText ? 1 : -1;

export interface MovementFilter extends Visible {
  sku?: string;
  warehouse?: string;
  type?: MovementType;
  document?: string;
  from?: Date;
  to?: Date;
  after?: MovementKey;
}

const MOVEMENT = `m.id, m.type, m.warehouse AS warehouseCode, m.client, m.merchant, m.occurred_at AS occurredAt, CAST(m.occurred_at AS CHAR) AS occurredText, m.posted_at AS postedAt, m.posted_by AS postedBy,
  m.reason, m.document_type AS documentType, m.document_number AS documentNumber, m.document_line AS documentLine, m.order_ref AS orderRef,
  m.shipment_id AS shipmentId, m.reversal_of AS reversalOfId, m.reason_code AS reasonCode, m.supplier, m.account, m.inbound_id AS inboundId, m.count_id AS countId,
  m.of_movement AS ofMovement`;

/** Primary key. */
export const readMovements = (reader: Reader, ids: readonly string[]): Promise<MovementRow[]> =>
  reader.query(`SELECT ${MOVEMENT} FROM movement m WHERE m.id IN (?)`, [ids]);

/** The time as the index has it that the list is read along: of the movements, or of an item's lines. */
const conditions = (filter: MovementFilter, [time, id]: [string, string]): Conditions =>
  new Conditions()
    .add("m.warehouse = ?", filter.warehouse)
    .add("m.type = ?", filter.type)
    .add("m.document_number = ?", filter.document)
    .add(`${time} >= ?`, filter.from)
    .add(`${time} < ?`, filter.to)
    .add(`${time} <= ? AND (${time} < ? OR ${id} < ?)`, filter.after && [filter.after[0], ...filter.after])
    .add("m.client = ?", filter.client)
    .add("m.merchant = ?", filter.merchant);

/**
 * A page, newest first by when they occurred: along by_occurred, by_warehouse_time, by_type_time or by_merchant_time, with a
 * document the few of by_document, with an item along its lines' by_item_time. Of several filters one leads, the others are
 * looked at row by row until the page is full.
 */
export async function listMovements(reader: Reader, filter: MovementFilter, limit: number): Promise<MovementRow[]> {
  if (filter.sku != null) {
    const [ids] = await movementIdsOfItems(reader, [filter.sku], filter, limit);
    const rows = ids.length === 0 ? [] : await readMovements(reader, ids);
    return rows.sort(newestFirst);
  }
  const wanted = conditions(filter, ["m.occurred_at", "m.id"]);
  return reader.query(
    `SELECT ${MOVEMENT} FROM movement m FORCE INDEX (${leading(filter)}) ${wanted.where} ORDER BY m.occurred_at DESC, m.id DESC LIMIT ?`,
    [...wanted.params, limit],
  );
}

/** Named, because with a warehouse and a period the servers sort the whole warehouse instead. */
function leading({ document, type, warehouse, merchant }: MovementFilter): string {
  if (document != null) return "by_document";
  if (type != null) return "by_type_time";
  if (warehouse != null) return "by_warehouse_time";
  return merchant != null ? "by_merchant_time" : "by_occurred";
}

/** For each item the ids of its movements, newest first. Index by_item_time of the lines, read backwards until the page is full. */
export async function movementIdsOfItems(
  reader: Reader,
  skus: readonly string[],
  filter: MovementFilter,
  limit: number,
): Promise<string[][]> {
  const wanted = conditions(filter, ["l.occurred_at", "l.movement_id"]);
  const select = `l.movement_id AS id, CAST(l.occurred_at AS CHAR) AS occurredText
    FROM movement_line l FORCE INDEX (by_item_time) STRAIGHT_JOIN movement m ON m.id = l.movement_id
    WHERE l.sku = ?${wanted.and} GROUP BY l.occurred_at, l.movement_id ORDER BY l.occurred_at DESC, l.movement_id DESC LIMIT ?`;
  const groups = await eachOf<{ id: string; occurredText: string }, string>(reader, skus, select, (sku) => [sku, ...wanted.params, limit]);
  return groups.map((rows) => rows.sort(newestFirst).map(({ id }) => id));
}

/** Index by_movement. */
export async function readLines(reader: Reader, movementIds: readonly string[]): Promise<LineRow[]> {
  const rows = await reader.query<LineRow>(
    `SELECT warehouse, sku, seq, movement_id AS movementId, line_no AS lineNo, location, lot, status, pledge, quantity, unit_cost AS unitCost, value, worth,
       balance_after AS balanceAfter FROM movement_line WHERE movement_id IN (?) ORDER BY movement_id, line_no`,
    [movementIds],
  );
  return rows.map((row) => ({ ...row, seq: Number(row.seq) }));
}

/** Lines of items that occurred after a moment, latest first. Index by_item_time, or primary key ranges of their history. */
export const readLinesSince = (reader: Reader, warehouse: string, skus: string[], since: Date): Promise<(Place & { quantity: number })[]> =>
  reader.query(
    `SELECT sku, location, lot, status, pledge, quantity FROM movement_line
     WHERE warehouse = ? AND sku IN (?) AND occurred_at > ? ORDER BY occurred_at DESC, seq DESC`,
    [warehouse, skus, since],
  );

/** Index reversed_once. */
export const readReversals = (reader: Reader, movementIds: readonly string[]): Promise<MovementRow[]> =>
  reader.query(`SELECT ${MOVEMENT} FROM movement m WHERE m.reversal_of IN (?)`, [movementIds]);

/** The latest movements of each order, 200 at most. Index by_order. */
export async function movementsOfOrders(
  reader: Reader,
  orderRefs: readonly string[],
  { client, merchant }: Visible,
): Promise<MovementRow[][]> {
  const seen = new Conditions().add("m.client = ?", client).add("m.merchant = ?", merchant);
  const select = `${MOVEMENT} FROM movement m WHERE m.order_ref = ?${seen.and} ORDER BY m.id DESC LIMIT 200`;
  const groups = await eachOf<MovementRow, string>(reader, orderRefs, select, (orderRef) => [orderRef, ...seen.params]);
  return groups.map((rows) => rows.sort((a, b) => (a.id < b.id ? -1 : 1)));
}
