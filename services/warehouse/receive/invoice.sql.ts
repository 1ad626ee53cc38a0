import type { Reader } from "../../../shared/db/database";
import { insertRows } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import { exact, sixPlaces, type Exact } from "../../../shared/units/decimal";
import type { ReceivedLine } from "../ledger/adjustment.sql";

export interface DocumentKey {
  type: string;
  number: string;
}

/** What of an item was received in a warehouse by a document and is not invoiced yet. */
export interface NotInvoiced {
  warehouse: string;
  sku: string;
  units: number;
  value: Exact;
}

/** Receipts of a document less what went back and what was invoiced, by warehouse. Indexes by_document, by_movement and the primary key. */
export async function notInvoiced(reader: Reader, { type, number }: DocumentKey, skus: string[]): Promise<NotInvoiced[]> {
  const rows = await reader.query<Omit<NotInvoiced, "value"> & { value: string }>(
    `SELECT warehouse, sku, CAST(SUM(units) AS SIGNED) AS units, CAST(SUM(value) AS CHAR) AS value FROM (
       SELECT l.warehouse, l.sku, l.quantity AS units, COALESCE(l.worth, l.value) AS value FROM movement m STRAIGHT_JOIN movement_line l ON l.movement_id = m.id
         WHERE m.document_number = ? AND m.document_type = ? AND m.type IN ('PURCHASE_RECEIPT', 'SUPPLIER_RETURN') AND l.sku IN (?)
       UNION ALL SELECT warehouse, sku, -units, -cleared FROM invoice_line WHERE document_number = ? AND document_type = ? AND sku IN (?)) f
     GROUP BY warehouse, sku ORDER BY warehouse, sku`,
    [number, type, skus, number, type, skus],
  );
  return rows.map(({ units, value, ...row }) => ({ ...row, units: Number(units), value: exact(value) }));
}

/** The lines by which an item came in a warehouse by a document, without those that were reversed. Indexes by_document, by_movement, reversed_once. */
export async function receivedBy(reader: Reader, { type, number }: DocumentKey, warehouse: string, sku: string): Promise<ReceivedLine[]> {
  const rows = await reader.query<ReceivedLine>(
    `SELECT l.sku, l.seq, l.quantity AS units FROM movement m STRAIGHT_JOIN movement_line l ON l.movement_id = m.id
     WHERE m.document_number = ? AND m.document_type = ? AND m.type = 'PURCHASE_RECEIPT' AND m.reversal_of IS NULL AND l.warehouse = ? AND l.sku = ?
       AND NOT EXISTS (SELECT 1 FROM movement r WHERE r.reversal_of = m.id) ORDER BY l.seq`,
    [number, type, warehouse, sku],
  );
  return rows.map((row) => ({ ...row, seq: Number(row.seq) }));
}

/** Whether an invoice of a document was matched before. Primary key range. */
export async function isMatched(reader: Reader, { type, number }: DocumentKey, invoiceNumber: string): Promise<boolean> {
  const rows = await reader.query(
    "SELECT 1 FROM invoice_line WHERE document_number = ? AND document_type = ? AND invoice_number = ? LIMIT 1",
    [number, type, invoiceNumber],
  );
  return rows.length > 0;
}

/** What an invoice asked for and no credit note has given back; a price that was lowered lowers the amount alone. */
export interface InvoiceRest {
  warehouse: string;
  sku: string;
  units: number;
  amount: Exact;
}

/** Of some items, by warehouse. Primary key range of the document. */
export async function leftOfInvoice(
  reader: Reader,
  { type, number }: DocumentKey,
  invoiceNumber: string,
  skus: string[],
): Promise<InvoiceRest[]> {
  const rows = await reader.query<Omit<InvoiceRest, "amount"> & { amount: string }>(
    `SELECT warehouse, sku, CAST(SUM(units) AS SIGNED) AS units, CAST(SUM(amount) AS CHAR) AS amount FROM invoice_line
     WHERE document_number = ? AND document_type = ? AND ((invoice_number = ? AND credits IS NULL) OR credits = ?) AND sku IN (?)
     GROUP BY warehouse, sku ORDER BY warehouse, sku`,
    [number, type, invoiceNumber, invoiceNumber, skus],
  );
  return rows.map(({ units, amount, ...row }) => ({ ...row, units: Number(units), amount: exact(amount) }));
}

/** The movements of the invoice that one of them belongs to, oldest first. Index by_movement, primary key range. */
export async function movementsOfInvoice(reader: Reader, movementId: string): Promise<string[]> {
  const rows = await reader.query<{ id: string }>(
    `SELECT DISTINCT b.movement_id AS id FROM invoice_line a JOIN invoice_line b
       ON b.document_number = a.document_number AND b.document_type = a.document_type AND b.invoice_number = a.invoice_number
     WHERE a.movement_id = ? ORDER BY b.movement_id`,
    [movementId],
  );
  return rows.map(({ id }) => id);
}

export interface InvoiceLineRow {
  warehouse: string;
  sku: string;
  units: number;
  /** What it took from goods received not invoiced. */
  cleared: Exact;
  /** What the supplier asks for it. */
  amount: Exact;
  movementId: string;
}

/** With the number of the invoice that it credits, where it is a credit note. */
export const insertInvoice = (
  tx: Tx,
  { type, number }: DocumentKey,
  invoiceNumber: string,
  lines: InvoiceLineRow[],
  credits: string | null = null,
): Promise<void> =>
  insertRows(
    tx,
    "invoice_line",
    lines.map(({ movementId, cleared, amount, ...line }) => ({
      ...line,
      document_type: type,
      document_number: number,
      invoice_number: invoiceNumber,
      credits,
      cleared: sixPlaces(cleared),
      amount: sixPlaces(amount),
      movement_id: movementId,
    })),
    ["document_type", "document_number", "invoice_number", "credits", "warehouse", "sku", "units", "cleared", "amount", "movement_id"],
  );

export interface Rest {
  warehouse: string;
  sku: string;
  merchant: string;
  legalEntity: string;
  currency: string;
  documentType: string;
  amount: Exact;
}

/** What is left of a document on an account, by item and warehouse. Indexes by_document, by_movement and the primary key. */
export async function restOn(reader: Reader, account: string, number: string): Promise<Rest[]> {
  const rows = await reader.query<Omit<Rest, "amount"> & { amount: string }>(
    `SELECT l.warehouse, l.sku, l.merchant, l.legal_entity AS legalEntity, l.currency, l.document_type AS documentType, CAST(SUM(l.debit - l.credit) AS CHAR) AS amount
     FROM movement m STRAIGHT_JOIN journal_entry e ON e.movement_id = m.id STRAIGHT_JOIN journal_line l ON l.entry_id = e.id AND l.account = ?
     WHERE m.document_number = ? GROUP BY l.warehouse, l.sku, l.merchant, l.legal_entity, l.currency, l.document_type
     HAVING SUM(l.debit - l.credit) <> 0 ORDER BY l.warehouse, l.sku`,
    [account, number],
  );
  return rows.map(({ amount, ...row }) => ({ ...row, amount: exact(amount) }));
}

/** An inbound shipment from the workshop that a work order is still to bring, to whatever warehouse. Index open_once. */
export async function openProductionOf(reader: Reader, number: string): Promise<string | undefined> {
  const [row] = await reader.query<{ id: string }>(
    "SELECT id FROM inbound_shipment WHERE document_number = ? AND kind = 'PRODUCTION' AND is_open = 1 ORDER BY id LIMIT 1",
    [number],
  );
  return row?.id;
}
