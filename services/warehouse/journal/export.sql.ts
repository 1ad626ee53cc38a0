import type { Reader } from "../../../shared/db/database";
import { insertRows } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import type { ExportLevel } from "../enums";
import { Conditions } from "../each.sql";

export interface ExportRow {
  id: string;
  legalEntity: string;
  period: string;
  level: ExportLevel;
  by: string;
  at: Date;
  final: boolean;
  complete: boolean;
  entries: number;
  lines: number;
}

const EXPORT = `id, legal_entity AS legalEntity, period, level, actor AS \`by\`, at, final, complete, entries, line_count AS \`lines\` FROM journal_export`;
const exportRow = (row: ExportRow): ExportRow => ({ ...row, final: Number(row.final) === 1, complete: Number(row.complete) === 1 });

/**
 * Takes the entries of a period that no export has taken, the oldest first; gives back how many. The legal entity must be
 * locked, so that no other export takes them too; what is not committed yet comes later, for the next export. Index by_period of
 * journal_entry, primary key of journal_export_entry.
 */
export async function takeEntries(tx: Tx, exportId: string, legalEntity: string, period: string, most: number): Promise<number> {
  const { affectedRows } = await tx.execute(
    `INSERT INTO journal_export_entry (entry_id, export_id) SELECT e.id, ? FROM journal_entry e LEFT JOIN journal_export_entry x ON x.entry_id = e.id
     WHERE e.period = ? AND e.legal_entity = ? AND x.entry_id IS NULL ORDER BY e.id LIMIT ?`,
    [exportId, period, legalEntity, most],
  );
  return affectedRows;
}

/** Index by_export, primary key of journal_line. */
export async function countLines(tx: Tx, exportId: string): Promise<number> {
  const [{ n }] = await tx.query<{ n: number }>(
    "SELECT COUNT(*) AS n FROM journal_export_entry x JOIN journal_line l ON l.entry_id = x.entry_id WHERE x.export_id = ?",
    [exportId],
  );
  return Number(n);
}

/** One line for each day, account, merchant and currency of what an export has taken; gives back how many. */
export async function insertSummary(tx: Tx, exportId: string): Promise<number> {
  const { affectedRows } = await tx.execute(
    `INSERT INTO journal_export_line (export_id, line_no, day, account, merchant, currency, debit, credit)
     SELECT ?, ROW_NUMBER() OVER (ORDER BY day, account, merchant, currency), day, account, merchant, currency, debit, credit FROM (
       SELECT COALESCE(e.day, DATE(e.at)) AS day, l.account, l.merchant, l.currency, SUM(l.debit) AS debit, SUM(l.credit) AS credit
       FROM journal_export_entry x JOIN journal_entry e ON e.id = x.entry_id JOIN journal_line l ON l.entry_id = x.entry_id
       WHERE x.export_id = ? GROUP BY COALESCE(e.day, DATE(e.at)), l.account, l.merchant, l.currency) sums`,
    [exportId, exportId],
  );
  return affectedRows;
}

export const insertExport = (tx: Tx, { legalEntity, by, lines, final, complete, ...same }: ExportRow): Promise<void> =>
  insertRows(
    tx,
    "journal_export",
    [{ ...same, legal_entity: legalEntity, actor: by, line_count: lines, final: Number(final), complete: Number(complete) }],
    ["id", "legal_entity", "period", "level", "actor", "at", "final", "complete", "entries", "line_count"],
  );

export async function exportedFinally(reader: Reader, legalEntity: string, period: string): Promise<boolean> {
  const sql = "SELECT id FROM journal_export WHERE legal_entity = ? AND period = ? AND final = 1 LIMIT 1";
  return (await reader.query(sql, [legalEntity, period])).length > 0;
}

export async function readExports(reader: Reader, ids: readonly string[]): Promise<ExportRow[]> {
  return (await reader.query<ExportRow>(`SELECT ${EXPORT} WHERE id IN (?)`, [ids])).map(exportRow);
}

/** A page, newest first. Primary key, or by_period. */
export async function listExports(
  reader: Reader,
  { period, legalEntity, after }: { period?: string; legalEntity: string; after?: unknown },
  limit: number,
): Promise<ExportRow[]> {
  const wanted = new Conditions().add("legal_entity = ?", legalEntity).add("period = ?", period).add("id < ?", after);
  const rows = await reader.query<ExportRow>(`SELECT ${EXPORT} ${wanted.where} ORDER BY id DESC LIMIT ?`, [...wanted.params, limit]);
  return rows.map(exportRow);
}

/** Primary key. */
export const readExportsOfEntries = (reader: Reader, entryIds: readonly string[]): Promise<{ entryId: string; exportId: string }[]> =>
  reader.query("SELECT entry_id AS entryId, export_id AS exportId FROM journal_export_entry WHERE entry_id IN (?)", [entryIds]);

export interface SummaryLine {
  line: number;
  day: string;
  account: string;
  merchant: string;
  currency: string;
  debit: string;
  credit: string;
}

export interface DetailLine extends SummaryLine {
  entry: string;
  at: Date;
  movement: string;
  sku: string;
  warehouse: string;
  units: number | null;
  documentType: string | null;
  documentNumber: string | null;
  documentLine: string | null;
}

/** Primary key range. */
export const summaryLines = (reader: Reader, exportId: string, after: number, limit: number): Promise<SummaryLine[]> =>
  reader.query(
    `SELECT line_no AS line, DATE_FORMAT(day, '%Y-%m-%d') AS day, account, merchant, currency, CAST(debit AS CHAR) AS debit, CAST(credit AS CHAR) AS credit
     FROM journal_export_line WHERE export_id = ? AND line_no > ? ORDER BY line_no LIMIT ?`,
    [exportId, after, limit],
  );

/** Index by_export, primary keys. */
export const detailLines = (reader: Reader, exportId: string, [entry, line]: [string, number], limit: number): Promise<DetailLine[]> =>
  reader.query(
    `SELECT x.entry_id AS entry, l.line_no AS line, DATE_FORMAT(COALESCE(e.day, DATE(e.at)), '%Y-%m-%d') AS day, e.at, e.movement_id AS movement,
       l.account, l.merchant, l.currency, CAST(l.debit AS CHAR) AS debit, CAST(l.credit AS CHAR) AS credit, l.sku, l.warehouse, l.units,
       l.document_type AS documentType, l.document_number AS documentNumber, l.document_line AS documentLine
     FROM journal_export_entry x JOIN journal_entry e ON e.id = x.entry_id JOIN journal_line l ON l.entry_id = x.entry_id
     WHERE x.export_id = ? AND x.entry_id >= ? AND (x.entry_id > ? OR l.line_no > ?) ORDER BY x.entry_id, l.line_no LIMIT ?`,
    [exportId, entry, entry, line, limit],
  );
