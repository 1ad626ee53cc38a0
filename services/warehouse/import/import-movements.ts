import { keyReused } from "../../../shared/db/idempotency";
import { isDuplicate, LostRace } from "../../../shared/db/retry";
import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { newId } from "../../../shared/ids";
import { Fault, Refusal } from "../../../shared/refusal";
import { checkCount, checkKey } from "../../../shared/units/check";
import { databaseNow } from "../each.sql";
import type { PostMovementInput } from "../ledger/movement.inputs";
import { hashOf, toText, type BatchRow, type ImportRow, type Outcome, type RowText } from "./import-batch";
import type { ImportMovementsInput } from "./import.types";
import { findBatch, insertBatch, insertImportRows, writeOutcomes } from "./import.sql";
import { runBatch, tryRows, type Write } from "./run-batch";

export const MOST_ROWS = 5_000;
/** Rows that fail together are one transaction: its locks must not last. */
export const MOST_LINES = 10_000;
/** How long a caller waits for its batch; what is left then is done without it. */
const PATIENCE_MS = 3_000;

/** Takes a batch in and posts it; answers its id. The same batch handed in again goes on where it was. */
export async function importMovements(write: Write, caller: Caller, input: ImportMovementsInput): Promise<string> {
  const until = Date.now() + PATIENCE_MS;
  checkBatch(caller, input);
  const rows = input.rows.map((movement, i): RowText => ({ rowNo: i + 1, text: toText(movement) }));
  const batch = newBatch(caller, input, rows);
  if (input.validateOnly) return tryBatch(write, caller, batch, input.rows);
  const id = await write((tx) => takeIn(tx, batch, rows));
  await runBatch(write, id, until);
  return id;
}

function checkBatch(caller: Caller, { source, batchRef, rows }: ImportMovementsInput): void {
  checkKey(source, ["input", "source"]);
  checkKey(batchRef, ["input", "batchRef"]);
  checkCount(rows, ["input", "rows"], MOST_ROWS);
  checkLines(caller, rows, ["input", "rows"]);
}

function newBatch({ client, merchant = "" }: Caller, { source, batchRef, errorPolicy }: ImportMovementsInput, rows: RowText[]): BatchRow {
  const policy = errorPolicy ?? "REJECT_FAILED_ROWS";
  const of = { client, merchant, source, batchRef, policy, inputHash: hashOf(policy, rows) };
  return { id: newId(), ...of, status: "PENDING", total: rows.length, posted: 0, failed: 0 };
}

/** What is the whole call's fault rather than one row's. */
export function checkLines(caller: Caller, movements: PostMovementInput[], field: string[]): void {
  const lines = movements.reduce((sum, movement) => sum + movement.lines.length, 0);
  if (lines > MOST_LINES) throw new Refusal("INVALID_INPUT", `must have at most ${MOST_LINES} lines in all`, { field });
  if (movements.some(({ type }) => type === "COST_ADJUSTMENT") && !caller.scopes.has("finance:write"))
    throw new Fault("FORBIDDEN", "COST_ADJUSTMENT needs finance:write");
}

async function takeIn(tx: Tx, batch: BatchRow, rows: RowText[]): Promise<string> {
  const known = await findBatch(tx, batch.client, batch.source, batch.batchRef!);
  if (known && (!known.inputHash.equals(batch.inputHash) || known.merchant !== batch.merchant)) throw reused();
  if (known) return known.id;
  await insertBatch(tx, batch, await databaseNow(tx)).catch((error: unknown) => {
    throw isDuplicate(error) ? new LostRace("import batch") : error;
  });
  await insertImportRows(tx, batch.id, rows);
  return batch.id;
}

const reused = () => new Refusal(keyReused().code, "This batchRef came before with other rows.", { field: ["input", "batchRef"] });

/** A trial is kept as a batch without a reference: what it found can be read, and its rows can be handed in later. */
async function tryBatch(write: Write, caller: Caller, batch: BatchRow, movements: PostMovementInput[]): Promise<string> {
  const rows = movements.map((movement, i): ImportRow => ({ rowNo: i + 1, movement }));
  const outcomes = await tryRows(write, caller, rows);
  const refused = outcomes.filter(({ refusal }) => refusal);
  const posted = batch.policy === "REJECT_EVERYTHING" && refused.length > 0 ? 0 : outcomes.length - refused.length;
  await write((tx) => keepTrial(tx, { ...batch, batchRef: null, status: "COMPLETED", posted, failed: refused.length }, refused));
  return batch.id;
}

async function keepTrial(tx: Tx, batch: BatchRow, refused: Outcome[]): Promise<void> {
  await insertBatch(tx, batch, await databaseNow(tx));
  await writeOutcomes(tx, batch.id, refused);
}
