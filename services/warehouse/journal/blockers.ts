import type { Reader } from "../../../shared/db/database";
import { exact } from "../../../shared/units/decimal";
import { openCounts } from "../count/open-counts.sql";
import { earlierOpenPeriods, movedAndBooked, unbalancedInPeriod } from "./blockers.sql";
import { startOfDay } from "./calendar";
import { readLegalEntity, type PeriodRow } from "./periods.sql";

/** Says, one sentence each, what keeps a period from being closed. It takes no postings any more when this is asked. */
export type Blocker = (reader: Reader, period: PeriodRow) => Promise<string[]>;

/** Whatever else is in the way of closing is added here. */
const BLOCKERS: Blocker[] = [earlierPeriods, unbalancedEntries, valueBesideTheBooks, unsettledCounts];

export async function blockersOf(reader: Reader, period: PeriodRow): Promise<string[]> {
  const found: string[] = [];
  for (const blocker of BLOCKERS) found.push(...(await blocker(reader, period)));
  return found;
}

/** Closed periods come first without a break: else what was valued at the end of a closed one might still change. */
async function earlierPeriods(reader: Reader, period: PeriodRow): Promise<string[]> {
  return (await earlierOpenPeriods(reader, period)).map(({ code, status }) => `Period ${code} before it is ${status}.`);
}

async function unbalancedEntries(reader: Reader, period: PeriodRow): Promise<string[]> {
  return (await unbalancedInPeriod(reader, period)).map(
    ({ entryId, debit, credit }) => `Entry ${entryId} is not balanced: debits ${debit}, credits ${credit}.`,
  );
}

async function spanOf(reader: Reader, period: PeriodRow): Promise<[from: Date, before: Date]> {
  const { timeZone } = (await readLegalEntity(reader, period.legalEntity))!;
  return [startOfDay(timeZone, period.startsOn), startOfDay(timeZone, period.endsBefore)];
}

/** What was found belongs to the period in which it was counted. */
async function unsettledCounts(reader: Reader, period: PeriodRow): Promise<string[]> {
  const [from, before] = await spanOf(reader, period);
  return (await openCounts(reader, period.legalEntity, from, before)).map(
    ({ id, warehouse, status }) => `Count ${id} in ${warehouse} is ${status}, not approved.`,
  );
}

async function valueBesideTheBooks(reader: Reader, period: PeriodRow): Promise<string[]> {
  const [from, before] = await spanOf(reader, period);
  return (await movedAndBooked(reader, period, from, before))
    .filter(({ moved, booked }) => !exact(moved).eq(booked))
    .map(({ currency, moved, booked }) => `Movements changed stock by ${moved} ${currency}, the inventory accounts by ${booked}.`);
}
