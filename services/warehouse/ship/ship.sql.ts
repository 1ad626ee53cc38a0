import type { Reader } from "../../../shared/db/database";
import { inLockOrder, lockRows } from "../../../shared/db/lock-order";
import { insertRows } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import type { ShipTo } from "../../../shared/flow/messages";
import { Conditions, eachOf, fromJson } from "../each.sql";
import type { OutboundKind, OutboundStatus } from "../enums";
import type { Place } from "../ledger/stock";
import type { Visible } from "../visible";

export interface ShipmentRow {
  id: string;
  kind: OutboundKind;
  client: string;
  merchant: string;
  orderRef: string | null;
  warehouseCode: string;
  toWarehouseCode: string | null;
  shipTo: ShipTo | null;
  status: OutboundStatus;
  priority: number;
  shipBy: Date | null;
  /** Of a transfer: when it is due where it goes. */
  expectedAt: Date | null;
  shippedAt: Date | null;
  deliveredAt: Date | null;
  version: number;
}

export interface LineRow {
  shipmentId: string;
  sku: string;
  quantity: number;
  picked: number;
  short: number;
}

export interface ParcelRow {
  id: string;
  shipmentId: string;
  carrier: string | null;
  trackingNumber: string | null;
  weightGrams: number | null;
  status: OutboundStatus;
}

export interface ParcelLineRow {
  parcelId: string;
  sku: string;
  quantity: number;
}

export interface PickRow {
  shipmentId: string;
  sku: string;
  warehouse: string;
  location: string;
  lot: string;
  quantity: number;
  /** The lines that add up to it, `movement line`, for their serial numbers. */
  lineKeys: string;
}

const SHIPMENT = `s.id, s.kind, s.client, s.merchant, s.order_ref AS orderRef, s.warehouse AS warehouseCode, s.to_warehouse AS toWarehouseCode, s.ship_to AS shipTo,
  s.status, s.priority, s.ship_by AS shipBy, s.expected_at AS expectedAt, s.shipped_at AS shippedAt, s.delivered_at AS deliveredAt, s.version FROM outbound_shipment s`;

const shipmentRow = (row: ShipmentRow): ShipmentRow => ({
  ...row,
  shipTo: row.shipTo && fromJson(row.shipTo),
  version: Number(row.version),
});

export async function readShipments(reader: Reader, ids: readonly string[]): Promise<ShipmentRow[]> {
  return (await reader.query<ShipmentRow>(`SELECT ${SHIPMENT} WHERE s.id IN (?)`, [ids])).map(shipmentRow);
}

export async function lockShipmentRow(tx: Tx, id: string): Promise<ShipmentRow | undefined> {
  const [row] = await lockRows<ShipmentRow>(tx, "document", `SELECT ${SHIPMENT} WHERE s.id = ? LIMIT 1 FOR UPDATE`, [id]);
  return row && shipmentRow(row);
}

/** Locks those of these that are there, by id. Primary key. */
export async function lockShipmentRows(tx: Tx, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  await lockRows(tx, "document", "SELECT id FROM outbound_shipment WHERE id IN (?) ORDER BY id FOR UPDATE", [inLockOrder(ids)]);
}

export interface ShipmentFilter extends Visible {
  warehouse?: string;
  status?: OutboundStatus;
  orderRef?: string;
  after?: unknown;
}

/** A page, oldest first. Indexes by_order, by_warehouse, by_status or the primary key. */
export async function listShipments(reader: Reader, filter: ShipmentFilter, limit: number): Promise<ShipmentRow[]> {
  const wanted = new Conditions()
    .add("s.warehouse = ?", filter.warehouse)
    .add("s.status = ?", filter.status)
    .add("s.order_ref = ?", filter.orderRef)
    .add("s.client = ?", filter.client)
    .add("s.merchant = ?", filter.merchant)
    .add("s.id > ?", filter.after);
  const rows = await reader.query<ShipmentRow>(`SELECT ${SHIPMENT} ${wanted.where} ORDER BY s.id LIMIT ?`, [...wanted.params, limit]);
  return rows.map(shipmentRow);
}

/** The shipments of each order, 200 at most. Index by_order. */
export async function shipmentsOfOrders(
  reader: Reader,
  orderRefs: readonly string[],
  { client, merchant }: Visible,
): Promise<ShipmentRow[][]> {
  const seen = new Conditions().add("s.client = ?", client).add("s.merchant = ?", merchant);
  const select = `${SHIPMENT} WHERE s.order_ref = ?${seen.and} ORDER BY s.id LIMIT 200`;
  const groups = await eachOf<ShipmentRow, string>(reader, orderRefs, select, (orderRef) => [orderRef, ...seen.params]);
  return groups.map((rows) => rows.map(shipmentRow));
}

/** Which of these ids are shipments already. */
export async function knownShipments(reader: Reader, ids: string[]): Promise<Set<string>> {
  const rows = await reader.query<{ id: string }>("SELECT id FROM outbound_shipment WHERE id IN (?)", [ids]);
  return new Set(rows.map(({ id }) => id));
}

export const insertShipments = (tx: Tx, rows: ShipmentRow[]): Promise<void> => {
  const columns = rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    client: row.client,
    merchant: row.merchant,
    order_ref: row.orderRef,
    warehouse: row.warehouseCode,
    to_warehouse: row.toWarehouseCode,
    expected_at: row.expectedAt,
    ship_to: row.shipTo,
    status: row.status,
    priority: row.priority,
    ship_by: row.shipBy,
    version: row.version,
  }));
  return insertRows(tx, "outbound_shipment", columns, Object.keys(columns[0]) as (keyof (typeof columns)[0])[]);
};

export const insertLines = (tx: Tx, rows: LineRow[]): Promise<void> =>
  insertRows(
    tx,
    "outbound_line",
    rows.map(({ shipmentId, sku, quantity }) => ({ shipment_id: shipmentId, sku, quantity })),
    ["shipment_id", "sku", "quantity"],
  );

/** A step: only from the version that was locked. */
export async function moveShipment(
  tx: Tx,
  { id, version }: ShipmentRow,
  to: OutboundStatus,
  at: { shippedAt?: Date; deliveredAt?: Date } = {},
): Promise<void> {
  const { affectedRows } = await tx.execute(
    `UPDATE outbound_shipment SET status = ?, version = version + 1, shipped_at = COALESCE(?, shipped_at), delivered_at = COALESCE(?, delivered_at)
     WHERE id = ? AND version = ?`,
    [to, at.shippedAt ?? null, at.deliveredAt ?? null, id, version],
  );
  if (affectedRows !== 1) throw new Error(`shipment ${id} has moved under its lock`);
}

export interface StepRow {
  shipment_id: string;
  version: number;
  status: OutboundStatus;
  parcel_id?: string | null;
  note?: string | null;
  actor: string;
  at: Date;
}

export const insertSteps = (tx: Tx, steps: StepRow[]): Promise<void> =>
  insertRows(tx, "shipment_step", steps, ["shipment_id", "version", "status", "parcel_id", "note", "actor", "at"]);

export interface CancellationRow {
  shipment_id: string;
  cancellation_id: string;
  version: number;
}

/** What shipments have been asked to stop. Primary key range. */
export const cancellationsOf = (reader: Reader, shipmentIds: string[]): Promise<CancellationRow[]> =>
  reader.query("SELECT shipment_id, cancellation_id, version FROM shipment_cancellation WHERE shipment_id IN (?)", [shipmentIds]);

export const insertCancellations = (tx: Tx, rows: CancellationRow[]): Promise<void> =>
  insertRows(tx, "shipment_cancellation", rows, ["shipment_id", "cancellation_id", "version"]);

/** Primary key range. */
export const readLines = (reader: Reader, shipmentIds: readonly string[]): Promise<LineRow[]> =>
  reader.query(
    "SELECT shipment_id AS shipmentId, sku, quantity, picked, short_units AS short FROM outbound_line WHERE shipment_id IN (?) ORDER BY shipment_id, sku",
    [shipmentIds],
  );

/** All items' picks, or what of them is put back, in one statement; the CHECK constraint holds them within the line. */
export async function changePicked(tx: Tx, shipmentId: string, picked: ReadonlyMap<string, number>): Promise<void> {
  if (picked.size === 0) return;
  const cases = [...picked].map(() => "WHEN ? THEN ?").join(" ");
  await tx.execute(`UPDATE outbound_line SET picked = picked + CASE sku ${cases} END WHERE shipment_id = ? AND sku IN (?)`, [
    ...[...picked].flat(),
    shipmentId,
    [...picked.keys()],
  ]);
}

/** Units that were not found; the CHECK constraint holds them within the line. */
export async function changeShort(tx: Tx, shipmentId: string, short: ReadonlyMap<string, number>): Promise<void> {
  if (short.size === 0) return;
  const cases = [...short].map(() => "WHEN ? THEN ?").join(" ");
  await tx.execute(`UPDATE outbound_line SET short_units = short_units + CASE sku ${cases} END WHERE shipment_id = ? AND sku IN (?)`, [
    ...[...short].flat(),
    shipmentId,
    [...short.keys()],
  ]);
}

/** A shipment is to take less; an item of which nothing is left is no line of it any more. */
export async function lowerLines(tx: Tx, shipmentId: string, less: Map<string, number>): Promise<void> {
  const cases = `CASE sku ${[...less].map(() => "WHEN ? THEN ?").join(" ")} END`;
  const params = [...less].flat();
  const skus = [...less.keys()];
  await tx.execute(`DELETE FROM outbound_line WHERE shipment_id = ? AND sku IN (?) AND quantity = ${cases}`, [shipmentId, skus, ...params]);
  await tx.execute(`UPDATE outbound_line SET quantity = quantity - ${cases} WHERE shipment_id = ? AND sku IN (?)`, [
    ...params,
    shipmentId,
    skus,
  ]);
}

/**
 * Where the units of shipments were taken from: the outgoing halves of their bin moves, but for those by which they were put
 * back. Indexes by_shipment of the movements and by_movement of the lines.
 */
export const readPicks = (reader: Reader, shipmentIds: readonly string[]): Promise<PickRow[]> =>
  reader.query(
    `SELECT m.shipment_id AS shipmentId, l.sku, l.warehouse, l.location, l.lot, CAST(-SUM(l.quantity) AS SIGNED) AS quantity,
       GROUP_CONCAT(CONCAT(l.movement_id, ' ', l.line_no)) AS lineKeys
     FROM movement m JOIN movement_line l ON l.movement_id = m.id
     JOIN location p ON p.warehouse = l.warehouse AND p.code = l.location AND p.kind <> 'PACKING'
     WHERE m.shipment_id IN (?) AND m.type = 'BIN_MOVE' AND l.quantity < 0
     GROUP BY m.shipment_id, l.sku, l.warehouse, l.location, l.lot ORDER BY m.shipment_id, l.sku, l.location, l.lot`,
    [shipmentIds],
  );

/** What of a shipment lies in PACKING, picked and not put back, by place. Indexes by_shipment and by_movement. */
export const readPicked = (reader: Reader, shipmentId: string): Promise<(Place & { quantity: number })[]> =>
  reader.query(
    `SELECT l.sku, l.location, l.lot, l.status, l.pledge, CAST(SUM(l.quantity) AS SIGNED) AS quantity FROM movement m JOIN movement_line l ON l.movement_id = m.id
     JOIN location p ON p.warehouse = l.warehouse AND p.code = l.location AND p.kind = 'PACKING'
     WHERE m.shipment_id = ? AND m.type = 'BIN_MOVE' GROUP BY l.sku, l.location, l.lot, l.status, l.pledge HAVING SUM(l.quantity) > 0
     ORDER BY l.sku, l.location, l.lot`,
    [shipmentId],
  );

/** Index by_shipment. */
export const readParcels = (reader: Reader, shipmentIds: readonly string[]): Promise<ParcelRow[]> =>
  reader.query(
    `SELECT id, shipment_id AS shipmentId, carrier, tracking_number AS trackingNumber, weight_grams AS weightGrams, status
     FROM parcel WHERE shipment_id IN (?) ORDER BY shipment_id, id`,
    [shipmentIds],
  );

export const readParcelLines = (reader: Reader, parcelIds: readonly string[]): Promise<ParcelLineRow[]> =>
  reader.query("SELECT parcel_id AS parcelId, sku, quantity FROM parcel_line WHERE parcel_id IN (?) ORDER BY parcel_id, sku", [parcelIds]);

export async function insertParcels(tx: Tx, parcels: ParcelRow[], lines: ParcelLineRow[]): Promise<void> {
  await insertRows(
    tx,
    "parcel",
    parcels.map((row) => ({ ...row, shipment_id: row.shipmentId, tracking_number: row.trackingNumber, weight_grams: row.weightGrams })),
    ["id", "shipment_id", "carrier", "tracking_number", "weight_grams", "status"],
  );
  await insertRows(
    tx,
    "parcel_line",
    lines.map((row) => ({ ...row, parcel_id: row.parcelId })),
    ["parcel_id", "sku", "quantity"],
  );
}

export const setParcelStatus = (tx: Tx, ids: string[], status: OutboundStatus): Promise<unknown> =>
  tx.execute("UPDATE parcel SET status = ? WHERE id IN (?)", [status, ids]);
