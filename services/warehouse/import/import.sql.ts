import type { Reader } from "../../../shared/db/database";
import { lockRows } from "../../../shared/db/lock-order";
import { insertRows, writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import type { ErrorCode } from "../../../shared/refusal";
import { fieldText, fromText, toText, type BatchRow, type ImportRow, type Outcome, type RowState, type RowText } from "./import-batch";

const BATCH = `SELECT id, client, merchant, source, batch_ref AS batchRef, input_hash AS inputHash, policy, status, total, posted, failed, pruned_at AS prunedAt FROM import_batch`;
const LONGEST_MESSAGE = 1_000;
const LONGEST_FIELD = 500;

/** Primary key. */
export const readBatches = (reader: Reader, ids: readonly string[]): Promise<BatchRow[]> => reader.query(`${BATCH} WHERE id IN (?)`, [ids]);

/** Index by_ref. */
export async function findBatch(reader: Reader, client: string, source: string, batchRef: string): Promise<BatchRow | undefined> {
  const [row] = await reader.query<BatchRow>(`${BATCH} WHERE client = ? AND source = ? AND batch_ref = ?`, [client, source, batchRef]);
  return row;
}

/** The batch is the fence of the work on it, like a lease: whoever holds it, alone, posts its rows. */
export async function lockBatch(tx: Tx, id: string): Promise<BatchRow | undefined> {
  const [row] = await lockRows<BatchRow>(tx, "lease", `${BATCH} WHERE id = ? LIMIT 1 FOR UPDATE`, [id]);
  return row;
}

export const insertBatch = (tx: Tx, { batchRef, inputHash, ...row }: BatchRow, at: Date): Promise<void> => {
  const columns = { ...row, batch_ref: batchRef, input_hash: inputHash, created_at: at, worked_at: at };
  return insertRows(tx, "import_batch", [columns], Object.keys(columns) as (keyof typeof columns)[]);
};

export const updateBatch = (tx: Tx, { id, status, posted, failed }: BatchRow): Promise<unknown> =>
  tx.execute("UPDATE import_batch SET status = ?, posted = ?, failed = ?, worked_at = NOW(6) WHERE id = ?", [status, posted, failed, id]);

export const insertImportRows = (tx: Tx, batchId: string, rows: RowText[]): Promise<void> =>
  insertRows(
    tx,
    "import_row",
    rows.map(({ rowNo, text }) => ({ batch_id: batchId, row_no: rowNo, state: "PENDING", movement: text })),
    ["batch_id", "row_no", "state", "movement"],
  );

/** The first rows that are still to be posted. Primary key, at most the batch. */
export async function readPendingRows(tx: Tx, batchId: string, most: number): Promise<ImportRow[]> {
  const rows = await tx.query<{ rowNo: number; movement: string }>(
    "SELECT row_no AS rowNo, movement FROM import_row WHERE batch_id = ? AND state = 'PENDING' ORDER BY row_no LIMIT ?",
    [batchId, most],
  );
  return rows.map(({ rowNo, movement }) => ({ rowNo, movement: fromText(movement) }));
}

/** Rows by number, whatever became of them. Primary key. */
export const readRows = (
  reader: Reader,
  batchId: string,
  rowNos: number[],
): Promise<{ rowNo: number; state: RowState; movement: string }[]> =>
  reader.query("SELECT row_no AS rowNo, state, movement FROM import_row WHERE batch_id = ? AND row_no IN (?)", [batchId, rowNos]);

const outcomeColumns = (batchId: string, { rowNo, movementId, refusal }: Outcome) => ({
  batch_id: batchId,
  row_no: rowNo,
  state: (refusal ? "FAILED" : "POSTED") satisfies RowState,
  movement_id: movementId,
  code: refusal?.code,
  message: refusal?.message.slice(0, LONGEST_MESSAGE),
  field: refusal && fieldText(refusal.field)?.slice(0, LONGEST_FIELD),
});
const OUTCOME = ["batch_id", "row_no", "state", "movement_id", "code", "message", "field"] as const;

/** Says what became of rows that are there; their batch is locked. */
export const writeOutcomes = (tx: Tx, batchId: string, outcomes: Outcome[]): Promise<void> =>
  writeHeaders(
    tx,
    "import_row",
    outcomes.map((outcome) => outcomeColumns(batchId, outcome)),
    [...OUTCOME],
    OUTCOME.slice(2),
  );

/** Other movements in the place of failed ones; their batch is locked. */
export const replaceRows = (tx: Tx, batchId: string, rows: ImportRow[]): Promise<void> =>
  writeHeaders(
    tx,
    "import_row",
    rows.map(({ rowNo, movement }) => ({
      batch_id: batchId,
      row_no: rowNo,
      state: "PENDING",
      movement: toText(movement),
      movement_id: null,
      code: null,
      message: null,
      field: null,
    })),
    ["batch_id", "row_no", "state", "movement", "movement_id", "code", "message", "field"],
    ["state", "movement", "movement_id", "code", "message", "field"],
  );

export interface FailedRow {
  rowNo: number;
  code: ErrorCode;
  message: string;
  field: string | null;
}

/** A page of the rows that failed. Primary key, at most the batch. */
export const listFailedRows = (reader: Reader, batchId: string, after: number, limit: number): Promise<FailedRow[]> =>
  reader.query(
    `SELECT row_no AS rowNo, code, message, field FROM import_row
     WHERE batch_id = ? AND row_no > ? AND state = 'FAILED' ORDER BY row_no LIMIT ?`,
    [batchId, after, limit],
  );

const PRUNABLE = "status = 'COMPLETED' AND pruned_at IS NULL AND worked_at < NOW(6) - INTERVAL ? DAY";

/** Batches whose rows have been kept for so long, the oldest first. Index by_pruned. */
export async function prunableBatches(reader: Reader, days: number, limit: number): Promise<string[]> {
  const rows = await reader.query<{ id: string }>(`SELECT id FROM import_batch WHERE ${PRUNABLE} ORDER BY worked_at LIMIT ?`, [
    days,
    limit,
  ]);
  return rows.map(({ id }) => id);
}

/** Whether a locked batch is still one of them. */
export const isPrunable = async (tx: Tx, id: string, days: number): Promise<boolean> =>
  (await tx.query(`SELECT 1 FROM import_batch WHERE id = ? AND ${PRUNABLE}`, [id, days])).length > 0;

/** Primary key range. */
export const deleteSomeRows = async (tx: Tx, batchId: string, most: number): Promise<number> =>
  (await tx.execute("DELETE FROM import_row WHERE batch_id = ? ORDER BY row_no LIMIT ?", [batchId, most])).affectedRows;

export const markPruned = (tx: Tx, id: string): Promise<unknown> =>
  tx.execute("UPDATE import_batch SET pruned_at = NOW(6) WHERE id = ?", [id]);

export const deleteTrial = (tx: Tx, id: string): Promise<unknown> =>
  tx.execute("DELETE FROM import_batch WHERE id = ? AND batch_ref IS NULL", [id]);

/** Batches that nobody has worked on for a while, the longest first. Index by_status. */
export async function abandonedBatches(reader: Reader, seconds: number, limit: number): Promise<string[]> {
  const rows = await reader.query<{ id: string }>(
    `SELECT id FROM import_batch WHERE status IN ('PENDING', 'RUNNING') AND worked_at < NOW(6) - INTERVAL ? SECOND ORDER BY worked_at LIMIT ?`,
    [seconds, limit],
  );
  return rows.map(({ id }) => id);
}
