import { monthsCovering, monthStart, nextMonth, type Day, type Days } from "./calendar";

export interface KnownPeriod extends Days {
  code: string;
}

/** The neighbours of some days among periods that do not overlap. */
export function neighboursOf<Known extends KnownPeriod>(known: Known[], days: Days): { before?: Known; after?: Known } {
  const inOrder = [...known].sort((a, b) => (a.startsOn < b.startsOn ? -1 : 1));
  return {
    before: inOrder.filter(({ endsBefore }) => endsBefore <= days.startsOn).pop(),
    after: inOrder.find(({ startsOn }) => startsOn >= days.endsBefore),
  };
}

/** The calendar month of a day that no period covers, clipped so that it overlaps none. */
export function monthOf(known: KnownPeriod[], day: Day): Days {
  const { before, after } = neighboursOf(known, { startsOn: day, endsBefore: day });
  const [startsOn, endsBefore] = [monthStart(day), nextMonth(day)];
  return {
    startsOn: before && before.endsBefore > startsOn ? before.endsBefore : startsOn,
    endsBefore: after && after.startsOn < endsBefore ? after.startsOn : endsBefore,
  };
}

/**
 * The periods that are to be made so that some days are covered and no gap is left to the neighbours: gaps become calendar
 * months. The days themselves are one period, by the code given, or a month by its name.
 */
export function planPeriods(known: KnownPeriod[], days: Days, code?: string): KnownPeriod[] {
  const { before, after } = neighboursOf(known, days);
  const taken = new Set(known.map((period) => period.code));
  if (code !== undefined) taken.add(code);
  const gapBefore = before ? monthsCovering({ startsOn: before.endsBefore, endsBefore: days.startsOn }) : [];
  const gapAfter = after ? monthsCovering({ startsOn: days.endsBefore, endsBefore: after.startsOn }) : [];
  const named = (month: Days): KnownPeriod => {
    // A code that looks like a day is only ever that of a period which starts on it, so it is free.
    const name = taken.has(month.startsOn.slice(0, 7)) ? month.startsOn : month.startsOn.slice(0, 7);
    taken.add(name);
    return { ...month, code: name };
  };
  const earlier = gapBefore.map(named);
  const own = code === undefined ? named(days) : { ...days, code };
  return [...earlier, own, ...gapAfter.map(named)];
}
