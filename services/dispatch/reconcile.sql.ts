import type { Reader } from "../../shared/db/database";

export interface Difference {
  place: string;
  sku: string;
  header: number;
  lines: number;
}

/** Keys whose header figure is not the sum of the rows behind it; only differences come back. */
async function differences(reader: Reader, headers: string, rows: string): Promise<Difference[]> {
  const found = await reader.query<Difference>(
    `SELECT place, sku, CAST(SUM(header) AS SIGNED) AS header, CAST(SUM(line) AS SIGNED) AS \`lines\`
     FROM (${headers} UNION ALL ${rows}) AS both_sides GROUP BY place, sku HAVING SUM(header) <> SUM(line) ORDER BY place, sku LIMIT 100`,
  );
  return found.map((row) => ({ ...row, header: Number(row.header), lines: Number(row.lines) }));
}

const positions = (figure: string): string =>
  `SELECT warehouse_code AS place, sku, ${figure} AS header, 0 AS line FROM stock_position WHERE ${figure} <> 0`;

/** Open allocations and transfers by index by_status. */
export const allocatedDifferences = (reader: Reader): Promise<Difference[]> =>
  differences(
    reader,
    positions("allocated"),
    `SELECT a.warehouse_code, l.sku, 0, l.quantity - l.shipped FROM allocation a JOIN allocation_line l ON l.allocation_id = a.id
     WHERE a.status IN ('ALLOCATED', 'RELEASED')
     UNION ALL SELECT t.from_warehouse, l.sku, 0, l.allocated FROM transfer_order t JOIN transfer_line l ON l.transfer_id = t.id
     WHERE t.status IN ('RELEASING', 'RELEASED') AND l.allocated > 0`,
  );

export const backorderedDifferences = (reader: Reader): Promise<Difference[]> =>
  differences(reader, positions("backordered"), "SELECT warehouse_code, sku, 0, units FROM waiting WHERE warehouse_code IS NOT NULL");

/** Closed inbound shipments keep their rows, with nothing open: a scan of all that was ever told. */
export const inboundDifferences = (reader: Reader): Promise<Difference[]> =>
  differences(reader, positions("inbound"), "SELECT warehouse_code, sku, 0, units FROM incoming WHERE units > 0");

export const inboundUnits = (reader: Reader): Promise<{ place: string; sku: string; units: number }[]> =>
  reader.query("SELECT warehouse_code AS place, sku, inbound AS units FROM stock_position WHERE inbound <> 0");

const OPEN = "('OPEN', 'ON_HOLD', 'BACKORDERED', 'PARTIALLY_ALLOCATED', 'ALLOCATED', 'PARTIALLY_SHIPPED', 'CANCELLING')";

/** Open orders by index by_status. */
export const demandDifferences = (reader: Reader): Promise<Difference[]> =>
  differences(
    reader,
    "SELECT pool_code AS place, sku, units AS header, 0 AS line FROM demand WHERE units <> 0",
    `SELECT o.pool_code, l.sku, 0, CAST(l.quantity AS SIGNED) - l.shipped - l.cancelled
     FROM fulfillment_order o JOIN fulfillment_line l ON l.fulfillment_id = o.id WHERE o.status IN ${OPEN}`,
  );

/** What waits by the lines of open orders, against the rows by which it is found when stock arrives. */
export const waitingDifferences = (reader: Reader): Promise<Difference[]> =>
  differences(
    reader,
    "SELECT pool_code AS place, sku, units AS header, 0 AS line FROM waiting",
    `SELECT o.pool_code, l.sku, 0, CAST(l.quantity AS SIGNED) - l.allocated - l.shipped - l.cancelled
     FROM fulfillment_order o JOIN fulfillment_line l ON l.fulfillment_id = o.id WHERE o.status IN ${OPEN}`,
  );

export const openDemand = (reader: Reader): Promise<{ pool: string; sku: string; units: number }[]> =>
  reader.query("SELECT pool_code AS pool, sku, units FROM demand WHERE units <> 0");

/** Demand rows in key order, with or without units. Primary key range. */
export const pageOfDemand = (
  reader: Reader,
  after: { place: string; sku: string },
  limit: number,
): Promise<{ place: string; sku: string }[]> =>
  reader.query(
    "SELECT pool_code AS place, sku FROM demand WHERE pool_code > ? OR (pool_code = ? AND sku > ?) ORDER BY pool_code, sku LIMIT ?",
    [after.place, after.place, after.sku, limit],
  );

/** What is still to come of returns that their warehouses were told of. Index by_status, primary key ranges. */
export const expectedReturns = (reader: Reader): Promise<{ id: string; sku: string; units: number }[]> =>
  reader.query(
    `SELECT o.id, l.sku, CAST(SUM(l.quantity - l.restocked - l.quarantined - l.scrapped - l.rejected) AS SIGNED) AS units
     FROM return_order o JOIN return_line l ON l.return_id = o.id
     WHERE o.status IN ('APPROVED', 'RECEIVING', 'WAITING_FOR_REPLACEMENT') AND o.arrival IN ('EXPECTED', 'RECEIVING') GROUP BY o.id, l.sku HAVING units > 0`,
  );

/** Returns whose replacement sales was asked for and has not committed. Index by_status. */
export const wantedReplacements = (reader: Reader): Promise<{ id: string }[]> =>
  reader.query(
    `SELECT id FROM return_order WHERE status IN ('APPROVED', 'RECEIVING', 'WAITING_FOR_REPLACEMENT') AND replacement IN ('ASKED', 'WAITING')`,
  );

/** Orders of which more of an item has come back by returns than ever left. */
export const returnDifferences = (reader: Reader): Promise<{ order_ref: string; sku: string; came: number; went: number }[]> =>
  reader.query(
    `SELECT b.order_ref, b.sku, b.came, CAST(COALESCE(SUM(a.shipped), 0) AS SIGNED) AS went FROM (
       SELECT o.order_ref, l.sku, CAST(SUM(l.restocked + l.quarantined + l.scrapped) AS SIGNED) AS came
       FROM return_order o JOIN return_line l ON l.return_id = o.id GROUP BY o.order_ref, l.sku) b
     LEFT JOIN fulfillment_order f ON f.order_ref = b.order_ref LEFT JOIN allocation n ON n.fulfillment_id = f.id
     LEFT JOIN allocation_line a ON a.allocation_id = n.id AND a.sku = b.sku
     GROUP BY b.order_ref, b.sku, b.came HAVING came > went LIMIT 100`,
  );
