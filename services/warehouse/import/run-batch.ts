import type { Tx } from "../../../shared/db/transaction";
import { Fault, Refusal } from "../../../shared/refusal";
import type { Caller } from "../../../shared/identity/caller";
import { posterOf, type BatchRow, type ImportRow, type Outcome } from "./import-batch";
import { lockBatch, readPendingRows, updateBatch, writeOutcomes } from "./import.sql";
import { postRows } from "./post-rows";

/** Runs work in a transaction of its own. */
export type Write = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;

/** Rows of one transaction: enough that its statements are worth their round trips, few enough that its locks are short. */
const ROWS_AT_ONCE = 1_000;

/** Thrown where rows are tried, or one of them stops all: what became of them is said, and nothing of it stays. */
class RolledBack extends Error {
  constructor(readonly outcomes: Outcome[]) {
    super("rolled back on purpose");
  }
}

/** What would become of rows, found out by the same code on the same tables and rolled back. */
export async function tryRows(write: Write, caller: Caller, rows: ImportRow[]): Promise<Outcome[]> {
  try {
    return await write(async (tx): Promise<Outcome[]> => {
      throw new RolledBack(await postRows(tx, caller, rows));
    });
  } catch (error) {
    if (error instanceof RolledBack) return error.outcomes;
    const poison = await firstPoison(write, caller, rows, error);
    return [...(await tryRows(write, caller, rows.slice(0, poison))), { rowNo: rows[poison].rowNo, refusal: refusalOf(error) }];
  }
}

/** The row at which the writing goes wrong: rows before it can be written without it. */
async function firstPoison(write: Write, caller: Caller, rows: ImportRow[], error: unknown): Promise<number> {
  if (error instanceof Fault || rows.length === 0) throw error;
  let [good, bad] = [0, rows.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (await isWritable(write, caller, rows.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

async function isWritable(write: Write, caller: Caller, rows: ImportRow[]): Promise<boolean> {
  try {
    await write(async (tx) => {
      throw new RolledBack(await postRows(tx, caller, rows));
    });
  } catch (error) {
    if (error instanceof Fault) throw error;
    return error instanceof RolledBack;
  }
  return false;
}

/**
 * Posts what is left of a batch, until it is COMPLETED or `until` has passed. Any number may do so at once, and after any
 * crash: each transaction locks the batch, takes the rows that are still pending, and leaves rows and movements together.
 */
export async function runBatch(write: Write, id: string, until = Infinity): Promise<void> {
  for (let most = ROWS_AT_ONCE; ;) {
    try {
      if ((await write((tx) => postSome(tx, id, most))) || Date.now() > until) return;
      most = Math.min(ROWS_AT_ONCE, most * 2);
    } catch (error) {
      if (error instanceof Fault) throw error;
      if (error instanceof RolledBack) return write((tx) => rejectAll(tx, id, error.outcomes));
      const found = await write((tx) => next(tx, id, most));
      if (!found) return;
      const { batch, rows } = found;
      if (batch.policy === "REJECT_EVERYTHING") {
        const outcomes = await tryRows(write, posterOf(batch), rows);
        return write((tx) => rejectAll(tx, id, outcomes));
      }
      // Half as many, until the poison row stands alone.
      if (rows.length > 1) most = rows.length >> 1;
      else await write((tx) => finish(tx, id, [{ rowNo: rows[0].rowNo, refusal: refusalOf(error) }]));
    }
  }
}

interface Found {
  batch: BatchRow;
  rows: ImportRow[];
}

/** The batch, locked, and the rows that are to be posted next; nothing when there is nothing left to do. */
async function next(tx: Tx, id: string, most: number): Promise<Found | undefined> {
  const batch = await lockBatch(tx, id);
  if (!batch || batch.status === "COMPLETED") return undefined;
  return { batch, rows: await readPendingRows(tx, id, batch.policy === "REJECT_EVERYTHING" ? batch.total : most) };
}

/** Posts rows and says what became of them; true when there is nothing left. */
async function postSome(tx: Tx, id: string, most: number): Promise<boolean> {
  const found = await next(tx, id, most);
  if (!found) return true;
  const { batch, rows } = found;
  const outcomes = await postRows(tx, posterOf(batch), rows);
  if (batch.policy === "REJECT_EVERYTHING" && (batch.failed > 0 || outcomes.some(({ refusal }) => refusal))) throw new RolledBack(outcomes);
  return count(tx, batch, outcomes);
}

/** Writes what became of rows; true when there are no others. */
async function count(tx: Tx, batch: BatchRow, outcomes: Outcome[]): Promise<boolean> {
  await writeOutcomes(tx, batch.id, outcomes);
  const failed = batch.failed + outcomes.filter(({ refusal }) => refusal).length;
  const posted = batch.posted + outcomes.filter(({ refusal }) => !refusal).length;
  const done = posted + failed === batch.total;
  await updateBatch(tx, { ...batch, posted, failed, status: done ? "COMPLETED" : "RUNNING" });
  return done;
}

async function finish(tx: Tx, id: string, outcomes: Outcome[]): Promise<void> {
  const batch = await lockBatch(tx, id);
  const pending = new Set((await readPendingRows(tx, id, batch!.total)).map(({ rowNo }) => rowNo));
  await count(
    tx,
    batch!,
    outcomes.filter(({ rowNo }) => pending.has(rowNo)),
  );
}

/** REJECT_EVERYTHING: the rows that failed say why, the others stay as they were handed in. */
async function rejectAll(tx: Tx, id: string, outcomes: Outcome[]): Promise<void> {
  const found = await next(tx, id, Infinity);
  if (!found) return;
  const pending = new Set(found.rows.map(({ rowNo }) => rowNo));
  const refused = outcomes.filter(({ rowNo, refusal }) => refusal && pending.has(rowNo));
  await writeOutcomes(tx, id, refused);
  await updateBatch(tx, { ...found.batch, failed: found.batch.failed + refused.length, status: "COMPLETED" });
}

/** What the writing of a single row ran into. */
const refusalOf = (error: unknown): Outcome["refusal"] =>
  error instanceof Refusal
    ? error
    : new Refusal("INVALID_INPUT", `The row cannot be written: ${(error as Error).name}. The others are not concerned.`);
