import type { Tx } from "../../../shared/db/transaction";
import { Refusal } from "../../../shared/refusal";
import { dayIn, type Day, type Days } from "./calendar";
import {
  insertPeriods,
  lockLegalEntity,
  readLegalEntity,
  readPeriods,
  sharePeriodFrom,
  sharePeriodOf,
  type PeriodRow,
} from "./periods.sql";
import { monthOf, planPeriods } from "./plan-periods";

/** Where in the books a moment is. */
export interface BookedOn {
  period: string;
  /** In the legal entity's time zone. */
  day: Day;
}

/** A hundred years of months: who is further off has mistyped a year. */
const MOST_AT_ONCE = 1_200;

/**
 * The periods in which movements of these moments are booked, shared until the transaction ends, so that closing and
 * exporting wait for it. Where there is none, the calendar month is opened. Refused when one takes no postings.
 */
export async function periodsFor(tx: Tx, legalEntity: string, moments: Date[], now: Date): Promise<(at: Date) => BookedOn> {
  const entity = await readLegalEntity(tx, legalEntity);
  if (!entity) throw new Error(`no legal entity ${legalEntity}`);
  const periods: PeriodRow[] = [];
  // Most of what is posted together has one moment, and a day of a time zone is dear to find.
  const days = new Map<number, Day>();
  const dayOf = (at: Date): Day => {
    const known = days.get(at.getTime()) ?? dayIn(entity.timeZone, at);
    days.set(at.getTime(), known);
    return known;
  };
  const covering = (day: Day) => periods.find(({ startsOn, endsBefore }) => startsOn <= day && day < endsBefore);
  for (const at of [...moments].sort((a, b) => a.getTime() - b.getTime())) {
    const day = dayOf(at);
    if (covering(day)) continue;
    // What is posted now has no occurredAt that its caller could change.
    const field = at < now ? ["input", "occurredAt"] : undefined;
    const period = (await sharePeriodOf(tx, legalEntity, day)) ?? (await openMonth(tx, legalEntity, day, field));
    if (period.status !== "OPEN") throw closed(period, `takes no postings`, field);
    periods.push(period);
  }
  return (at) => {
    const day = dayOf(at);
    return { period: covering(day)!.code, day };
  };
}

async function openMonth(tx: Tx, legalEntity: string, day: Day, field: string[] | undefined): Promise<PeriodRow> {
  await lockLegalEntity(tx, legalEntity);
  const known = await readPeriods(tx, legalEntity);
  // A rival may have opened it while the lock was waited for.
  if (!known.some(({ startsOn, endsBefore }) => startsOn <= day && day < endsBefore))
    await openDays(tx, legalEntity, known, monthOf(known, day), { field });
  return (await sharePeriodOf(tx, legalEntity, day))!;
}

/** Makes a period, and months for the gaps to its neighbours. The legal entity must be locked, and nothing overlap. */
export async function openDays(
  tx: Tx,
  legalEntity: string,
  known: PeriodRow[],
  days: Days,
  { code, field }: { code?: string; field?: string[] },
): Promise<void> {
  const after = await sharePeriodFrom(tx, legalEntity, days.endsBefore);
  if (after && after.status !== "OPEN") throw closed(after, "and what comes before it takes no postings", field);
  const planned = planPeriods(known, days, code);
  if (planned.length > MOST_AT_ONCE)
    throw new Refusal("INVALID_INPUT", "lies more than a hundred years from the other periods", {
      field: field ?? ["input", "occurredAt"],
    });
  await insertPeriods(
    tx,
    planned.map((period) => ({ ...period, legalEntity, status: "OPEN" })),
  );
}

const closed = ({ code, legalEntity, status }: PeriodRow, what: string, field: string[] | undefined) =>
  new Refusal("PERIOD_CLOSED", `Period ${code} of ${legalEntity} is ${status}: it ${what}.`, { field });
