import type { Reader } from "../../../shared/db/database";
import { lockRows } from "../../../shared/db/lock-order";
import { insertRows, writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import { exact, sixPlaces, type Exact } from "../../../shared/units/decimal";
import { Conditions } from "../each.sql";
import type { InboundKind, InboundStatus } from "../enums";
import type { Visible } from "../visible";

export interface InboundRow {
  id: string;
  kind: InboundKind;
  client: string;
  merchant: string;
  documentType: string;
  documentNumber: string;
  documentLine: string | null;
  supplier: string | null;
  orderRef: string | null;
  warehouseCode: string;
  status: InboundStatus;
  expectedAt: Date | null;
  overReceiptPercent: number;
  /** Of a RETURN: its units come by EXCHANGE_IN. */
  exchange: boolean;
  version: number;
}

export interface InboundLineRow {
  inboundId: string;
  sku: string;
  expected: number;
  received: number;
  rejected: number;
  /** Of what was received: what could be sold at once, and what was thrown away at once; the rest is kept and not for sale. */
  restocked: number;
  scrapped: number;
  /** What the tolerance lets come in or be rejected, in all. */
  most: number;
  unitCost: Exact | null;
}

const INBOUND = `i.id, i.kind, i.client, i.merchant, i.document_type AS documentType, i.document_number AS documentNumber, i.document_line AS documentLine,
  i.supplier, i.order_ref AS orderRef, i.warehouse AS warehouseCode, i.status, i.expected_at AS expectedAt, i.over_receipt_percent AS overReceiptPercent,
  i.exchange, i.version FROM inbound_shipment i`;

const inboundRow = (row: InboundRow): InboundRow => ({
  ...row,
  overReceiptPercent: Number(row.overReceiptPercent),
  exchange: Boolean(row.exchange),
  version: Number(row.version),
});

/** Primary key. */
export const readInbounds = async (reader: Reader, ids: readonly string[]): Promise<InboundRow[]> =>
  (await reader.query<InboundRow>(`SELECT ${INBOUND} WHERE i.id IN (?)`, [ids])).map(inboundRow);

export async function lockInbound(tx: Tx, id: string): Promise<InboundRow> {
  const [row] = await lockRows<InboundRow>(tx, "document", `SELECT ${INBOUND} WHERE i.id = ? LIMIT 1 FOR UPDATE`, [id]);
  return inboundRow(row);
}

export interface InboundFilter extends Visible {
  warehouse?: string;
  status?: InboundStatus;
  after?: unknown;
}

/** A page, oldest first. Indexes by_warehouse, by_status or the primary key. */
export async function listInbounds(reader: Reader, filter: InboundFilter, limit: number): Promise<InboundRow[]> {
  const wanted = new Conditions()
    .add("i.warehouse = ?", filter.warehouse)
    .add("i.status = ?", filter.status)
    .add("i.client = ?", filter.client)
    .add("i.merchant = ?", filter.merchant)
    .add("i.id > ?", filter.after);
  const rows = await reader.query<InboundRow>(`SELECT ${INBOUND} ${wanted.where} ORDER BY i.id LIMIT ?`, [...wanted.params, limit]);
  return rows.map(inboundRow);
}

/** The open inbound of a document, of this kind in this warehouse. Index open_once. */
export async function openInboundOf(
  reader: Reader,
  { kind, warehouse, type, number }: { kind: InboundKind; warehouse: string; type: string; number: string },
): Promise<string | undefined> {
  const [row] = await reader.query<{ id: string }>(
    "SELECT id FROM inbound_shipment WHERE document_number = ? AND warehouse = ? AND kind = ? AND document_type = ? AND is_open = 1",
    [number, warehouse, kind, type],
  );
  return row?.id;
}

export const insertInbound = (tx: Tx, row: InboundRow): Promise<void> => {
  const columns = {
    id: row.id,
    kind: row.kind,
    client: row.client,
    merchant: row.merchant,
    document_type: row.documentType,
    document_number: row.documentNumber,
    document_line: row.documentLine,
    supplier: row.supplier,
    order_ref: row.orderRef,
    warehouse: row.warehouseCode,
    status: row.status,
    expected_at: row.expectedAt,
    over_receipt_percent: row.overReceiptPercent,
    exchange: Number(row.exchange),
    is_open: 1,
    version: row.version,
  };
  return insertRows(tx, "inbound_shipment", [columns], Object.keys(columns) as (keyof typeof columns)[]);
};

/** A step: only from the version that was locked. A closed inbound gives its document free. */
export async function moveInbound(tx: Tx, { id, version }: InboundRow, to: InboundStatus, expectedAt: Date | null): Promise<void> {
  const { affectedRows } = await tx.execute(
    `UPDATE inbound_shipment SET status = ?, is_open = ?, expected_at = ?, version = version + 1
     WHERE id = ? AND version = ? AND is_open = 1`,
    [to, to === "EXPECTED" || to === "PARTIALLY_RECEIVED" ? 1 : null, expectedAt, id, version],
  );
  if (affectedRows !== 1) throw new Error(`inbound ${id} has moved under its lock`);
}

/** Primary key range. */
export async function readInboundLines(reader: Reader, inboundIds: readonly string[]): Promise<InboundLineRow[]> {
  const rows = await reader.query<Omit<InboundLineRow, "unitCost"> & { unitCost: string | null }>(
    `SELECT inbound_id AS inboundId, sku, expected, received, rejected, restocked, scrapped, most, unit_cost AS unitCost FROM inbound_line
     WHERE inbound_id IN (?) ORDER BY inbound_id, sku`,
    [inboundIds],
  );
  return rows.map((row) => ({ ...row, unitCost: row.unitCost === null ? null : exact(row.unitCost) }));
}

/** The CHECK constraint holds what came in within the tolerance. */
export const saveInboundLines = (tx: Tx, lines: InboundLineRow[]): Promise<void> =>
  writeHeaders(
    tx,
    "inbound_line",
    lines.map(({ inboundId, unitCost, ...line }) => ({ ...line, inbound_id: inboundId, unit_cost: unitCost && sixPlaces(unitCost) })),
    ["inbound_id", "sku", "expected", "received", "rejected", "restocked", "scrapped", "most", "unit_cost"],
    ["expected", "received", "rejected", "restocked", "scrapped", "most", "unit_cost"],
  );

export async function deleteInboundLines(tx: Tx, inboundId: string, skus: string[]): Promise<void> {
  if (skus.length > 0) await tx.execute("DELETE FROM inbound_line WHERE inbound_id = ? AND sku IN (?)", [inboundId, skus]);
}

/** What a step changed in one line: signed units. */
export interface StepLine {
  sku: string;
  expected: number;
  received: number;
  rejected: number;
  restocked: number;
  scrapped: number;
  rejectReason?: string | null;
}

export interface StepRow {
  inboundId: string;
  version: number;
  status: InboundStatus;
  note: string | null;
  actor: string;
  at: Date;
  lines: StepLine[];
}

export async function insertStep(tx: Tx, { inboundId: inbound_id, lines, ...step }: StepRow): Promise<void> {
  await insertRows(tx, "inbound_step", [{ ...step, inbound_id }], ["inbound_id", "version", "status", "note", "actor", "at"]);
  await insertRows(
    tx,
    "inbound_step_line",
    lines.map(({ rejectReason, ...line }, i) => ({
      ...line,
      inbound_id,
      version: step.version,
      line_no: i + 1,
      reject_reason: rejectReason,
    })),
    ["inbound_id", "version", "line_no", "sku", "expected", "received", "rejected", "restocked", "scrapped", "reject_reason"],
  );
}
