import { keyedCall } from "../../../shared/db/idempotency";
import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { isId } from "../../../shared/ids";
import { Refusal } from "../../../shared/refusal";
import { checkCount } from "../../../shared/units/check";
import { fromText, type ImportRow } from "./import-batch";
import { checkLines, MOST_ROWS } from "./import-movements";
import type { ImportRowInput } from "./import.types";
import { lockBatch, readRows, replaceRows, updateBatch } from "./import.sql";
import { runBatch, type Write } from "./run-batch";

const PATIENCE_MS = 3_000;

/** Puts corrected rows in the place of failed ones and runs them; said again it changes nothing. Answers the batch's id. */
export async function resubmitRows(write: Write, caller: Caller, batchId: string, rows: ImportRowInput[]): Promise<string> {
  const until = Date.now() + PATIENCE_MS;
  checkCount(rows, ["rows"], MOST_ROWS);
  checkLines(
    caller,
    rows.map(({ movement }) => movement),
    ["rows"],
  );
  const corrected = rows.map(({ row, movement }): ImportRow => ({ rowNo: row, movement }));
  await write((tx) => putIn(tx, caller, batchId, corrected));
  await runBatch(write, batchId, until);
  return batchId;
}

async function putIn(tx: Tx, caller: Caller, batchId: string, rows: ImportRow[]): Promise<void> {
  const batch = isId(batchId) ? await lockBatch(tx, batchId) : undefined;
  if (!batch || batch.client !== caller.client || batch.merchant !== (caller.merchant ?? ""))
    throw new Refusal("NOT_FOUND", `No import batch ${batchId} of this client.`, { field: ["batchId"] });
  if (batch.batchRef === null)
    throw new Refusal("INVALID_STATE", "This batch was only tried: hand its rows in with importMovements.", { field: ["batchId"] });
  if (batch.prunedAt)
    throw new Refusal("INVALID_STATE", "The rows of this batch were removed after their time: hand the corrected ones in as a new batch.", {
      field: ["batchId"],
    });
  const rowNos = rows.map(({ rowNo }) => rowNo);
  const known = new Map((await readRows(tx, batchId, rowNos)).map((row) => [row.rowNo, row]));
  const seen = new Set<number>();
  const failed = rows.filter((row, i) => {
    const field = ["rows", String(i), "row"];
    const before = known.get(row.rowNo);
    if (!before) throw new Refusal("NOT_FOUND", `The batch has no row ${row.rowNo}.`, { field });
    if (seen.has(row.rowNo)) throw new Refusal("INVALID_INPUT", `row ${row.rowNo} comes twice`, { field });
    seen.add(row.rowNo);
    if (before.state === "FAILED") return true;
    if (isSame(caller, row, fromText(before.movement))) return false;
    throw new Refusal("INVALID_STATE", `Row ${row.rowNo} is ${before.state}: only what failed is replaced.`, { field });
  });
  if (failed.length === 0) return;
  await replaceRows(tx, batchId, failed);
  await updateBatch(tx, { ...batch, failed: batch.failed - failed.length, status: "RUNNING" });
}

/** Whether this very row has been put in before: then the answer was lost, and there is nothing to do. */
function isSame({ client }: Caller, { movement }: ImportRow, before: ImportRow["movement"]): boolean {
  if (movement.idempotencyKey !== before.idempotencyKey) return false;
  const [one, other] = [movement, before].map((input) => keyedCall(client, "postMovement", input).inputHash);
  return one.equals(other);
}
