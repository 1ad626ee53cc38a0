import { earlierEffect, keyedCall, rememberEffect } from "../../../shared/db/idempotency";
import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { newId } from "../../../shared/ids";
import { databaseNow } from "../each.sql";
import { knownPeriod } from "./close-period";
import { countLines, insertExport, insertSummary, takeEntries } from "./export.sql";
import type { ExportJournalInput } from "./export.types";
import { lockPeriod } from "./periods.sql";

/**
 * Hands over the entries of a period that no export has taken; answers the export's id. Whoever posts in the period shares
 * it, and this locks it: an entry of the last second is in this export or waits for the next.
 */
export async function exportJournal(tx: Tx, caller: Caller, input: ExportJournalInput, most = MOST_ENTRIES): Promise<string> {
  const call = keyedCall(caller.client, "exportJournal", input);
  const legalEntity = input.legalEntity ?? "MAIN";
  const level = input.level ?? "SUMMARY";
  const { startsOn, code } = await knownPeriod(tx, legalEntity, input.period, ["input"]);
  const { status } = await lockPeriod(tx, legalEntity, startsOn);
  const before = await earlierEffect(tx, call);
  if (before) return before;
  const id = newId();
  const entries = await takeEntries(tx, id, legalEntity, code, most);
  const lines = level === "SUMMARY" ? await insertSummary(tx, id) : await countLines(tx, id);
  const [final, complete] = [status === "CLOSED", entries < most];
  await insertExport(tx, {
    id,
    legalEntity,
    period: code,
    level,
    by: caller.client,
    at: await databaseNow(tx),
    final,
    complete,
    entries,
    lines,
  });
  await rememberEffect(tx, call, id);
  return id;
}

/** Bounds how long postings in the period wait; not measured yet at this size. */
export const MOST_ENTRIES = 100_000;
