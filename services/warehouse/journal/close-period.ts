import type { RequestContext } from "../../../shared/graphql/context";
import type { Tx } from "../../../shared/db/transaction";
import { Refusal } from "../../../shared/refusal";
import { checkKey, checkText } from "../../../shared/units/check";
import { blockersOf } from "./blockers";
import { earlierOpenPeriods } from "./blockers.sql";
import { exportedFinally } from "./export.sql";
import { lockFrom, lockPeriod, lockUpTo, movePeriod, readPeriod, type PeriodRow } from "./periods.sql";

/**
 * Blocks new postings first, in a transaction of its own that waits for those under way; then looks for what is in the way,
 * without a lock; and closes when nothing is. Asked again, it goes on from where the period is.
 */
export async function closePeriod(ctx: RequestContext, legalEntity: string, code: string): Promise<void> {
  const by = ctx.caller.client;
  const period = await ctx.write((tx) => startClosing(tx, legalEntity, code, by));
  if (period.status === "CLOSED") return;
  if ((await blockersOf(ctx.db, period)).length > 0) return;
  await ctx.write((tx) => finishClosing(tx, period, by));
}

async function startClosing(tx: Tx, legalEntity: string, code: string, by: string): Promise<PeriodRow> {
  const { startsOn } = await knownPeriod(tx, legalEntity, code);
  const period = await lockPeriod(tx, legalEntity, startsOn);
  if (period.status !== "OPEN") return period;
  await movePeriod(tx, period, "CLOSING", by);
  return { ...period, status: "CLOSING" };
}

/** Who reopened it meanwhile, or one before it, has the last word. */
async function finishClosing(tx: Tx, { legalEntity, startsOn }: PeriodRow, by: string): Promise<void> {
  const period = await lockUpTo(tx, legalEntity, startsOn);
  if (period.status !== "CLOSING" || (await earlierOpenPeriods(tx, period)).length > 0) return;
  await movePeriod(tx, period, "CLOSED", by);
}

/** A period that is open already stays as it is. */
export async function reopenPeriod(tx: Tx, by: string, legalEntity: string, code: string, reason: string): Promise<void> {
  if (checkText(reason, ["reason"]).trim() === "") throw new Refusal("INVALID_INPUT", "must not be empty", { field: ["reason"] });
  const { startsOn } = await knownPeriod(tx, legalEntity, code);
  const [period, ...later] = await lockFrom(tx, legalEntity, startsOn);
  if (period.status === "OPEN") return;
  const barred = later.find(({ status }) => status !== "OPEN");
  if (barred) throw invalidState(`Period ${barred.code} after it is ${barred.status}; reopen that first.`);
  if (await exportedFinally(tx, legalEntity, code)) throw invalidState(`Period ${code} is closed and was exported to the general ledger.`);
  await movePeriod(tx, period, "OPEN", by, reason);
}

export async function knownPeriod(tx: Tx, legalEntity: string, code: string, at: string[] = []): Promise<PeriodRow> {
  const [field, entityField] = [
    [...at, at.length > 0 ? "period" : "code"],
    [...at, "legalEntity"],
  ];
  const period = await readPeriod(tx, checkKey(legalEntity, entityField), checkKey(code, field));
  if (!period) throw new Refusal("NOT_FOUND", `No period ${code} of ${legalEntity}.`, { field });
  return period;
}

const invalidState = (message: string) => new Refusal("INVALID_STATE", message, { field: ["code"] });
