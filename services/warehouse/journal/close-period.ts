import type { RequestContext } from "../../../shared/graphql/context";
import type { Tx } from "../../../shared/db/transaction";
import { Refusal } from "../../../shared/refusal";
import { checkKey, checkText } from "../../../shared/units/check";
import { blockersOf } from "./blockers";
import { exportedFinally } from "./export.sql";
import { lastStep, lockFrom, lockPeriod, movePeriod, readPeriod, type PeriodRow } from "./periods.sql";

/**
 * Blocks new postings first, in a transaction of its own that waits for those under way; then looks for what is in the way,
 * without a lock; and closes when nothing is. Asked again, it goes on from where the period is.
 */
export async function closePeriod(ctx: RequestContext, legalEntity: string, code: string): Promise<void> {
  const by = ctx.caller.client;
  const closing = await ctx.write((tx) => startClosing(tx, legalEntity, code, by));
  if (closing.period.status === "CLOSED" || (await blockersOf(ctx.db, closing.period)).length > 0) return;
  await ctx.write((tx) => finishClosing(tx, closing, by));
}

/** A period that takes no postings, and the step that made it so. */
interface Closing {
  period: PeriodRow;
  step: string | undefined;
}

export async function startClosing(tx: Tx, legalEntity: string, code: string, by: string): Promise<Closing> {
  const { startsOn } = await knownPeriod(tx, legalEntity, code);
  const period = await lockPeriod(tx, legalEntity, startsOn);
  if (period.status !== "OPEN") return { period, step: await lastStep(tx, period) };
  return { period: { ...period, status: "CLOSING" }, step: await movePeriod(tx, period, "CLOSING", by) };
}

/**
 * What was looked for holds as long as the period did nothing since. None before it can have been reopened or made: that is
 * refused while this one is not open.
 */
export async function finishClosing(tx: Tx, { period: { legalEntity, startsOn }, step }: Closing, by: string): Promise<void> {
  const period = await lockPeriod(tx, legalEntity, startsOn);
  if ((await lastStep(tx, period)) === step) await movePeriod(tx, period, "CLOSED", by);
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
