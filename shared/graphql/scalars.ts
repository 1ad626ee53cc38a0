import { GraphQLError, GraphQLScalarType, Kind } from "graphql";
import { exact, sixPlaces, type Exact } from "../units/decimal";

const bad = (message: string) => new GraphQLError(message, { extensions: { code: "BAD_USER_INPUT" } });
const RFC3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;
const CALENDAR = /^\d{4}-\d{2}-\d{2}$/;
const DECIMAL = /^-?\d{1,13}(\.\d{1,6})?$/;

function parseDateTime(value: unknown): Date {
  if (typeof value !== "string" || !RFC3339.test(value)) throw bad("DateTime must be RFC 3339 text such as 2026-01-31T09:30:00Z");
  const date = new Date(value);
  const [year, month, day] = value.slice(0, 10).split("-").map(Number);
  const exists = new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
  if (Number.isNaN(date.getTime()) || !exists || year < 1000) throw bad("DateTime names a moment that does not exist");
  return date;
}

function parseCalendarDate(value: unknown): string {
  if (typeof value !== "string" || !CALENDAR.test(value)) throw bad("Date must be text such as 2026-01-31");
  if (new Date(`${value}T00:00:00Z`).toISOString().slice(0, 10) !== value) throw bad("Date names a day that does not exist");
  return value;
}

function parseDecimal(value: unknown): Exact {
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text !== "string" || !DECIMAL.test(text))
    throw bad('Decimal must be text such as "12.50": at most 13 digits before and 6 after the point');
  return exact(text);
}

/** Only text literals; numbers would have passed through a float. */
const literal = (parse: (value: unknown) => unknown) => (node: { kind: string; value?: unknown }) => {
  if (node.kind !== Kind.STRING) throw bad("must be written as text, in quotes");
  return parse(node.value);
};

export const DateTime = new GraphQLScalarType<Date, string>({
  name: "DateTime",
  description: "A moment, RFC 3339 text in UTC such as `2026-01-31T09:30:00.000Z`. Other offsets are accepted and converted.",
  serialize: (value) => (value instanceof Date ? value : new Date(value as string)).toISOString(),
  parseValue: parseDateTime,
  parseLiteral: literal(parseDateTime) as never,
});

export const CalendarDate = new GraphQLScalarType<string, string>({
  name: "Date",
  description: "A calendar date without time zone, such as `2026-01-31`. Used for expiry dates and accounting periods.",
  serialize: (value) => (value instanceof Date ? value.toISOString().slice(0, 10) : String(value)),
  parseValue: parseCalendarDate,
  parseLiteral: literal(parseCalendarDate) as never,
});

export const DecimalText = new GraphQLScalarType<Exact, string>({
  name: "Decimal",
  description: 'An exact decimal as text, such as `"12.500000"`: up to 13 digits before and 6 after the point. Never a float.',
  serialize: (value) => sixPlaces(exact(value as string)),
  parseValue: parseDecimal,
  parseLiteral: ((node: { kind: string; value?: unknown }) =>
    parseDecimal(node.kind === Kind.STRING || node.kind === Kind.INT || node.kind === Kind.FLOAT ? node.value : undefined)) as never,
});
