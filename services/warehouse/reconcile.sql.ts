import type { Reader } from "../../shared/db/database";
import { lockRows } from "../../shared/db/lock-order";
import type { Tx } from "../../shared/db/transaction";

export type StockKey = [warehouse: string, sku: string];

const anyOf = (alias: string, keys: StockKey[]): string => keys.map(() => `(${alias}.warehouse = ? AND ${alias}.sku = ?)`).join(" OR ");
/** Shipments that will ship: the goods of a CANCELLING one are spoken for by nobody any more. */
const OPEN = "'RELEASED', 'PICKING', 'PICKED', 'PACKED'";

export interface PlacesRow {
  warehouse: string;
  sku: string;
  on_hand: number;
  in_places: number;
  least: number;
  sellable: number;
  sellable_in_places: number;
  transit_units: number;
  in_transit: number;
  /** Of items with serial numbers; of others null. */
  serials: number | null;
  /** What FIFO's layers hold; of other items null. */
  layer_units: number | null;
  value: string;
  layer_value: string | null;
}

/** Headers beside the sums of their places. Primary key ranges. */
export const placesOf = (reader: Reader, keys: StockKey[]): Promise<PlacesRow[]> =>
  reader.query(
    `SELECT s.warehouse, s.sku, s.on_hand, s.sellable, s.transit_units, s.value, CAST(COALESCE(SUM(b.quantity), 0) AS SIGNED) AS in_places, COALESCE(MIN(b.quantity), 0) AS least,
       CAST(COALESCE(SUM(IF(b.status = 'AVAILABLE' AND l.kind IN ('RECEIVING', 'STORAGE', 'PICKING', 'PACKING'), b.quantity, 0)), 0) AS SIGNED) AS sellable_in_places,
       CAST(COALESCE(SUM(IF(l.kind = 'TRANSIT', b.quantity, 0)), 0) AS SIGNED) AS in_transit,
       IF(i.tracking = 'SERIAL', (SELECT COUNT(*) FROM serial n WHERE n.warehouse = s.warehouse AND n.sku = s.sku), NULL) AS serials,
       IF(i.costing_method = 'FIFO' AND m.ownership = 'OWNED', (SELECT CAST(COALESCE(SUM(c.units), 0) AS SIGNED) FROM cost_layer c WHERE c.warehouse = s.warehouse AND c.sku = s.sku), NULL) AS layer_units,
       IF(i.costing_method = 'FIFO' AND m.ownership = 'OWNED', (SELECT CAST(COALESCE(SUM(c.value), 0) AS CHAR) FROM cost_layer c WHERE c.warehouse = s.warehouse AND c.sku = s.sku), NULL) AS layer_value
     FROM item_stock s JOIN item i ON i.sku = s.sku JOIN merchant m ON m.code = i.merchant LEFT JOIN stock_balance b ON b.warehouse = s.warehouse AND b.sku = s.sku
     LEFT JOIN location l ON l.warehouse = b.warehouse AND l.code = b.location
     WHERE ${anyOf("s", keys)} GROUP BY s.warehouse, s.sku, s.on_hand, s.sellable, s.transit_units, s.value, i.tracking, i.costing_method, m.ownership`,
    keys.flat(),
  );

/** Units that open shipments are still to take, beside what the headers keep for them. */
export const allocationsWithDrift = (
  reader: Reader,
): Promise<{ warehouse: string; sku: string; allocated: number; open_units: number }[]> =>
  reader.query(
    `SELECT s.warehouse, s.sku, s.allocated, CAST(COALESCE(o.open_units, 0) AS SIGNED) AS open_units FROM item_stock s
     LEFT JOIN (SELECT h.warehouse, l.sku, SUM(l.quantity - l.short_units) AS open_units FROM outbound_shipment h JOIN outbound_line l ON l.shipment_id = h.id
       WHERE h.status IN (${OPEN}) GROUP BY h.warehouse, l.sku) o ON o.warehouse = s.warehouse AND o.sku = s.sku
     WHERE s.allocated <> COALESCE(o.open_units, 0) LIMIT 100`,
  );

/** Places whose quantity is not the sum of their lines: reads all lines, for a full check. */
export const placesWithDrift = (
  reader: Reader,
): Promise<{ warehouse: string; sku: string; location: string; quantity: number; line_units: number }[]> =>
  reader.query(
    `SELECT p.warehouse, p.sku, p.location, CAST(SUM(p.quantity) AS SIGNED) AS quantity, CAST(SUM(p.line_units) AS SIGNED) AS line_units FROM (
       SELECT warehouse, sku, location, lot, status, pledge, quantity, 0 AS line_units FROM stock_balance
       UNION ALL SELECT warehouse, sku, location, lot, status, pledge, 0, quantity FROM movement_line) p
     GROUP BY p.warehouse, p.sku, p.location, p.lot, p.status, p.pledge HAVING SUM(p.quantity) <> SUM(p.line_units) LIMIT 100`,
  );

/** Movements that touched some items after their marks. Primary key ranges. */
export async function movementsSince(reader: Reader, changed: { key: StockKey; from: number }[]): Promise<string[]> {
  const rows = await reader.query<{ id: string }>(
    `SELECT DISTINCT movement_id AS id FROM movement_line WHERE ${changed.map(() => "(warehouse = ? AND sku = ? AND seq > ?)").join(" OR ")}`,
    changed.flatMap(({ key, from }) => [...key, from]),
  );
  return rows.map(({ id }) => id);
}

export interface ValueRow {
  movement_id: string;
  sku: string;
  value: string;
}

/** What some movements were worth by item. Index by_movement. */
export const valuesOfMovements = (reader: Reader, ids: string[]): Promise<ValueRow[]> =>
  reader.query(
    "SELECT movement_id, sku, CAST(SUM(value) AS CHAR) AS value FROM movement_line WHERE movement_id IN (?) GROUP BY movement_id, sku",
    [ids],
  );

/** What the books say of it: the change of the inventory accounts by item. Index by_movement, primary key. */
export const bookedValues = (reader: Reader, ids: string[]): Promise<ValueRow[]> =>
  reader.query(
    `SELECT e.movement_id, l.sku, CAST(SUM(l.debit - l.credit) AS CHAR) AS value FROM journal_entry e JOIN journal_line l ON l.entry_id = e.id
     JOIN account a ON a.code = l.account AND a.inventory = 1 WHERE e.movement_id IN (?) GROUP BY e.movement_id, l.sku`,
    [ids],
  );

/** Entries whose sides differ, or that have none. */
export const unbalancedEntries = (
  reader: Reader,
  ids: string[],
): Promise<{ id: string; movement_id: string; debit: string; credit: string }[]> =>
  reader.query(
    `SELECT e.id, e.movement_id, CAST(COALESCE(SUM(l.debit), 0) AS CHAR) AS debit, CAST(COALESCE(SUM(l.credit), 0) AS CHAR) AS credit
     FROM journal_entry e LEFT JOIN journal_line l ON l.entry_id = e.id WHERE e.movement_id IN (?)
     GROUP BY e.id, e.movement_id HAVING COUNT(l.entry_id) = 0 OR SUM(l.debit) <> SUM(l.credit)`,
    [ids],
  );

/** Stock value and inventory accounts by legal entity and currency. Index by_period of journal_line covers the second. */
export const valuationAndBooks = (
  reader: Reader,
): Promise<{ legal_entity: string; currency: string; valuation: string; booked: string }[]> =>
  reader.query(
    `SELECT legal_entity, currency, CAST(SUM(valuation) AS CHAR) AS valuation, CAST(SUM(booked) AS CHAR) AS booked FROM (
       SELECT w.legal_entity, w.currency, SUM(s.value) AS valuation, 0 AS booked FROM item_stock s JOIN warehouse w ON w.code = s.warehouse
         GROUP BY w.legal_entity, w.currency
       UNION ALL SELECT l.legal_entity, l.currency, 0, SUM(l.debit - l.credit) FROM journal_line l JOIN account a ON a.code = l.account AND a.inventory = 1
         GROUP BY l.legal_entity, l.currency) both_sides
     GROUP BY legal_entity, currency HAVING SUM(valuation) <> SUM(booked)`,
  );

/** Keys after a key, of one warehouse at a time. Primary key range. */
export const stockKeysAfter = (reader: Reader, [warehouse, sku]: StockKey, limit: number): Promise<{ warehouse: string; sku: string }[]> =>
  reader.query("SELECT warehouse, sku FROM item_stock WHERE warehouse > ? OR (warehouse = ? AND sku > ?) ORDER BY warehouse, sku LIMIT ?", [
    warehouse,
    warehouse,
    sku,
    limit,
  ]);

export const lockForCheckpoint = (tx: Tx, warehouse: string, skus: string[]): Promise<{ sku: string; sellable: number; told: number }[]> =>
  lockRows(
    tx,
    "stock",
    "SELECT sku, sellable, told FROM item_stock WHERE warehouse = ? AND sku IN (?) ORDER BY warehouse, sku FOR UPDATE",
    [warehouse, skus],
  );

export async function raiseTold(tx: Tx, warehouse: string, skus: string[]): Promise<void> {
  await tx.execute("UPDATE item_stock SET told = told + 1 WHERE warehouse = ? AND sku IN (?)", [warehouse, skus]);
}

/** Lines of open inbound shipments that are not the sum of their steps. Index by_status, primary keys. */
export const inboundsWithDrift = (reader: Reader): Promise<{ inbound_id: string; sku: string }[]> =>
  reader.query(
    `SELECT l.inbound_id, l.sku FROM inbound_shipment i JOIN inbound_line l ON l.inbound_id = i.id
     LEFT JOIN inbound_step_line s ON s.inbound_id = l.inbound_id AND s.sku = l.sku WHERE i.status IN ('EXPECTED', 'PARTIALLY_RECEIVED')
     GROUP BY l.inbound_id, l.sku, l.expected, l.received, l.rejected, l.restocked, l.scrapped
     HAVING COALESCE(SUM(s.expected), 0) <> l.expected OR COALESCE(SUM(s.received), 0) <> l.received OR COALESCE(SUM(s.rejected), 0) <> l.rejected
       OR COALESCE(SUM(s.restocked), 0) <> l.restocked OR COALESCE(SUM(s.scrapped), 0) <> l.scrapped LIMIT 100`,
  );

/** Open rests of what is supply once it comes. Index by_status, primary key ranges. */
export const openRests = (reader: Reader): Promise<{ warehouse: string; sku: string; units: number }[]> =>
  reader.query(
    `SELECT i.warehouse, l.sku, CAST(SUM(GREATEST(l.expected - l.received - l.rejected, 0)) AS SIGNED) AS units FROM inbound_shipment i
     JOIN inbound_line l ON l.inbound_id = i.id WHERE i.status IN ('EXPECTED', 'PARTIALLY_RECEIVED') AND i.kind <> 'RETURN'
     GROUP BY i.warehouse, l.sku HAVING SUM(GREATEST(l.expected - l.received - l.rejected, 0)) > 0`,
  );

/** Open rests of returns that dispatch announced. Index by_status, primary key ranges. */
export const openReturnRests = (reader: Reader): Promise<{ id: string; sku: string; units: number }[]> =>
  reader.query(
    `SELECT i.id, l.sku, l.expected - l.received - l.rejected AS units FROM inbound_shipment i JOIN inbound_line l ON l.inbound_id = i.id
     WHERE i.status IN ('EXPECTED', 'PARTIALLY_RECEIVED') AND i.kind = 'RETURN' AND i.document_number = i.id AND l.expected > l.received + l.rejected`,
  );
