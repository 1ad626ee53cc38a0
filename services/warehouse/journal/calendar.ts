/** Calendar days as text, such as 2026-01-31: their order is the order of the text. */
export type Day = string;

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(timeZone: string): Intl.DateTimeFormat {
  let found = formatters.get(timeZone);
  if (!found) {
    found = new Intl.DateTimeFormat("en-CA", { timeZone, calendar: "iso8601", year: "numeric", month: "2-digit", day: "2-digit" });
    formatters.set(timeZone, found);
  }
  return found;
}

/** The local day of a moment. */
export function dayIn(timeZone: string, at: Date): Day {
  const parts = new Map(
    formatter(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  return `${parts.get("year")!.padStart(4, "0")}-${parts.get("month")}-${parts.get("day")}`;
}

const HOUR_MS = 3_600_000;

/** The first moment of a local day, to the second; of the next day where a zone has left this one out. */
export function startOfDay(timeZone: string, day: Day): Date {
  const around = Date.parse(`${day}T00:00:00Z`);
  let [before, from] = [around - 15 * HOUR_MS, around + 15 * HOUR_MS];
  while (from - before > 1_000) {
    const middle = Math.floor((before + from) / 2_000) * 1_000;
    if (dayIn(timeZone, new Date(middle)) >= day) from = middle;
    else before = middle;
  }
  return new Date(from);
}

export const monthStart = (day: Day): Day => `${day.slice(0, 7)}-01`;

export function nextMonth(day: Day): Day {
  const [year, month] = day.split("-").map(Number);
  return month === 12 ? `${String(year + 1).padStart(4, "0")}-01-01` : `${day.slice(0, 5)}${String(month + 1).padStart(2, "0")}-01`;
}

export const daysBetween = (from: Day, before: Day): number => (Date.parse(before) - Date.parse(from)) / (24 * HOUR_MS);

export interface Days {
  startsOn: Day;
  /** The first day that is not of it any more. */
  endsBefore: Day;
}

/** Calendar months that cover the days, the first and the last clipped. */
export function monthsCovering({ startsOn, endsBefore }: Days): Days[] {
  const months: Days[] = [];
  for (let from = startsOn; from < endsBefore; from = nextMonth(from)) {
    const next = nextMonth(from);
    months.push({ startsOn: from, endsBefore: next < endsBefore ? next : endsBefore });
  }
  return months;
}
