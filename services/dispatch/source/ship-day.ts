/** When something is to leave a warehouse: days and times of day are the warehouse's own. */
export interface ShipDayRequest {
  at: Date;
  /** No warehouse is told before. */
  notBefore: Date | null;
  timeZone: string;
  /** HH:MM or HH:MM:SS; what comes later in the day leaves on the next. Null: the day has no such time. */
  cutoff: string | null;
  /** Shipments a day; null: as many as there are. */
  capacity: number | null;
  /** Shipments that are to leave on a day already. */
  booked: (day: string) => number;
}

export interface ShipDay {
  /** YYYY-MM-DD. */
  day: string;
  /** When the warehouse is told; null: at once. */
  releaseAt: Date | null;
  /** The cut-off of its day; null where there is none. */
  shipBy: Date | null;
}

const FORMATS = new Map<string, Intl.DateTimeFormat>();
const DAY_MS = 86_400_000;
/** A capacity that is full for so long is no capacity. */
const MOST_DAYS = 400;

/** Local date and time, as text that sorts. */
function localOf(instant: Date, timeZone: string): { day: string; time: string } {
  let format = FORMATS.get(timeZone);
  if (!format) {
    const numbers = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;
    format = new Intl.DateTimeFormat("en-CA", { timeZone, hourCycle: "h23", ...numbers });
    FORMATS.set(timeZone, format);
  }
  const part = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]));
  return { day: `${part.year}-${part.month}-${part.day}`, time: `${part.hour}:${part.minute}:${part.second}` };
}

/** The instant of a local time; one that is left out when clocks are put forward is the same time after. */
function instantOf(day: string, time: string, timeZone: string): Date {
  const asUtc = Date.parse(`${day}T${time}Z`);
  let instant = asUtc;
  for (let i = 0; i < 2; i++) {
    const { day: there, time: then } = localOf(new Date(instant), timeZone);
    instant -= Date.parse(`${there}T${then}Z`) - asUtc;
  }
  return new Date(instant);
}

const dayAfter = (day: string): string => new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);

/**
 * The day on which an order leaves that is allocated now: today, after the cut-off tomorrow, and where the capacity of a day is
 * taken, the next that has some. The warehouse is told at once, but not before the order's time, and for a later day of capacity
 * as that day begins.
 */
export function shipDayOf({ at, notBefore, timeZone, cutoff, capacity, booked }: ShipDayRequest): ShipDay {
  const waits = notBefore !== null && notBefore > at;
  const from = waits ? notBefore : at;
  const local = localOf(from, timeZone);
  const until = cutoff === null ? null : `${cutoff}:00`.slice(0, 8);
  const first = until !== null && local.time > until ? dayAfter(local.day) : local.day;
  let day = first;
  for (let i = 0; capacity !== null && booked(day) >= capacity && i < MOST_DAYS; i++) day = dayAfter(day);
  const begins = day > first ? instantOf(day, "00:00:00", timeZone) : null;
  const releaseAt = begins !== null && begins > from ? begins : waits ? notBefore : null;
  return { day, releaseAt, shipBy: until === null ? null : instantOf(day, until, timeZone) };
}
