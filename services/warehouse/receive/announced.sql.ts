import type { Reader } from "../../../shared/db/database";
import { insertRows } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import { fromJson } from "../each.sql";
import type { SerialKey } from "../ledger/serial.sql";

/** What a customer said is coming back. */
export interface AnnouncedRow {
  inboundId: string;
  sku: string;
  quantity: number;
  lineRef: string | null;
  shipmentId: string | null;
  serials: string[] | null;
  reason: string;
}

export const insertAnnounced = (
  tx: Tx,
  rows: (Omit<AnnouncedRow, "inboundId"> & { inbound_id: string; line_no: number })[],
): Promise<void> =>
  insertRows(
    tx,
    "announced_line",
    rows.map((row) => ({ ...row, line_ref: row.lineRef, shipment_id: row.shipmentId })),
    ["inbound_id", "line_no", "sku", "quantity", "line_ref", "shipment_id", "serials", "reason"],
  );

/** Primary key range. */
export async function announcedLines(reader: Reader, inboundIds: readonly string[]): Promise<AnnouncedRow[]> {
  const rows = await reader.query<AnnouncedRow>(
    `SELECT inbound_id AS inboundId, sku, quantity, line_ref AS lineRef, shipment_id AS shipmentId, serials, reason FROM announced_line
     WHERE inbound_id IN (?) ORDER BY inbound_id, line_no`,
    [inboundIds],
  );
  return rows.map((row) => ({ ...row, serials: fromJson(row.serials) }));
}

/** Of these serial numbers, those that left with an order. Index by_order of the movements, primary key of their serial numbers. */
export const serialsOfOrder = (reader: Reader, orderRef: string, given: SerialKey[]): Promise<SerialKey[]> =>
  reader.query(
    `SELECT s.sku, s.serial FROM movement m STRAIGHT_JOIN movement_serial s ON s.movement_id = m.id
     WHERE m.order_ref = ? AND m.type IN ('SALES_ISSUE', 'EXCHANGE_OUT') AND s.sku IN (?) AND s.serial IN (?)`,
    [orderRef, [...new Set(given.map(({ sku }) => sku))], [...new Set(given.map(({ serial }) => serial))]],
  );
