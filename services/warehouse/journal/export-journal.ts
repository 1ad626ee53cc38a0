import { earlierEffect, keyedCall, rememberEffect } from "../../../shared/db/idempotency";
import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { newId } from "../../../shared/ids";
import { databaseNow } from "../each.sql";
import { knownPeriod } from "./close-period";
import { countLines, insertExport, insertSummary, takeEntries } from "./export.sql";
import type { ExportJournalInput } from "./export.types";
import { lockLegalEntity, sharePeriodOf } from "./periods.sql";

/**
 * Hands over the entries of a period that no export has taken; answers the export's id. It shares the period with those who
 * post in it, so that it is not closed meanwhile and nobody waits: an entry that is not committed yet waits for the next export.
 * A closed period has none. Exports of a legal entity come one after the other.
 */
export async function exportJournal(tx: Tx, caller: Caller, input: ExportJournalInput, most = MOST_ENTRIES): Promise<string> {
  const call = keyedCall(caller.client, "exportJournal", input);
  const legalEntity = input.legalEntity ?? "MAIN";
  const level = input.level ?? "SUMMARY";
  const { startsOn, code } = await knownPeriod(tx, legalEntity, input.period, ["input"]);
  const { status } = (await sharePeriodOf(tx, legalEntity, startsOn))!;
  await lockLegalEntity(tx, legalEntity);
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

/** Bounds a transaction: 2 to 3 s for so many (measured), in which postings go on. */
export const MOST_ENTRIES = 100_000;
