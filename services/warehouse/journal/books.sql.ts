import type { Reader } from "../../../shared/db/database";
import { Conditions } from "../each.sql";

export interface EntryRow {
  id: string;
  at: Date;
  legalEntity: string;
  period: string;
  movementId: string;
}

export interface JournalLineRow {
  entryId: string;
  accountCode: string;
  currency: string;
  debit: string;
  credit: string;
  sku: string | null;
  warehouseCode: string | null;
  merchantCode: string | null;
  documentType: string | null;
  documentNumber: string | null;
  documentLine: string | null;
}

export interface EntryFilter {
  period?: string;
  account?: string;
  merchant?: string;
  after?: unknown;
}

const ENTRY = "e.id, e.at, e.legal_entity AS legalEntity, e.period, e.movement_id AS movementId";

/** A page, newest first. Primary key or by_period; with an account or merchant along that index of the lines. */
export function listEntries(reader: Reader, { period, account, merchant, after }: EntryFilter, limit: number): Promise<EntryRow[]> {
  const wanted = new Conditions().add("l.account = ?", account).add("l.merchant = ?", merchant);
  if (wanted.params.length === 0) {
    const plain = new Conditions().add("e.period = ?", period).add("e.id < ?", after);
    return reader.query(`SELECT ${ENTRY} FROM journal_entry e ${plain.where} ORDER BY e.id DESC LIMIT ?`, [...plain.params, limit]);
  }
  wanted.add("l.period = ?", period).add("l.entry_id < ?", after);
  return reader.query(
    `SELECT ${ENTRY} FROM (SELECT l.entry_id FROM journal_line l ${wanted.where} GROUP BY l.entry_id ORDER BY l.entry_id DESC LIMIT ?) some
     JOIN journal_entry e ON e.id = some.entry_id ORDER BY e.id DESC`,
    [...wanted.params, limit],
  );
}

/** Index by_movement. */
export const readEntriesOfMovements = (reader: Reader, ids: readonly string[]): Promise<EntryRow[]> =>
  reader.query(`SELECT ${ENTRY} FROM journal_entry e WHERE e.movement_id IN (?)`, [ids]);

/** Primary key range. */
export const readJournalLines = (reader: Reader, entryIds: readonly string[]): Promise<JournalLineRow[]> =>
  reader.query(
    `SELECT entry_id AS entryId, account AS accountCode, currency, debit, credit, sku, warehouse AS warehouseCode, merchant AS merchantCode,
       document_type AS documentType, document_number AS documentNumber, document_line AS documentLine
     FROM journal_line WHERE entry_id IN (?) ORDER BY entry_id, line_no`,
    [entryIds],
  );

/** One row an account and currency, with the side where there is more. Index by_period alone. */
export const trialBalance = (reader: Reader, legalEntity: string, period: string, merchant?: string): Promise<JournalLineRow[]> => {
  const wanted = new Conditions().add("merchant = ?", merchant);
  return reader.query(
    `SELECT '' AS entryId, account AS accountCode, currency, GREATEST(SUM(debit) - SUM(credit), 0) AS debit, GREATEST(SUM(credit) - SUM(debit), 0) AS credit,
       NULL AS sku, NULL AS warehouseCode, NULL AS merchantCode, NULL AS documentType, NULL AS documentNumber, NULL AS documentLine
     FROM journal_line WHERE legal_entity = ? AND period = ?${wanted.and} GROUP BY account, currency ORDER BY account, currency`,
    [legalEntity, period, ...wanted.params],
  );
};
