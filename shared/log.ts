import pino, { type Logger } from "pino";

export type Log = Logger;

/** Lines are written so many bytes at a time, or after so many ms: one for each request costs no system call of its own. */
const BUFFERED_BYTES = 4_096;
const FLUSH_MS = 100;
/** Who reads them too slowly loses lines; requests never wait for that. */
const MOST_BYTES = 16 * 1024 * 1024;

/** JSON lines on standard error; what could identify a person or open a door is cut out by name. */
export const makeLog = (level = "info"): Log =>
  pino(
    {
      level,
      redact: {
        paths: ["*.key", "*.apiKey", "*.password", "*.authorization", "*.shipTo", "*.customerRef", "headers", "shipTo", "customerRef"],
        censor: "[cut]",
      },
    },
    pino.destination({ dest: 2, sync: false, minLength: BUFFERED_BYTES, periodicFlush: FLUSH_MS, maxLength: MOST_BYTES }),
  );

export const quietLog: Log = pino({ level: "silent" });

/** Errors of a database whose messages name columns, tables and constraints alone. */
const NAME_NO_VALUES = new Set([1048, 1054, 1146, 1205, 1213, 1264, 1364, 1406, 3819, 4025]);

/**
 * What may be told of an error, in a line or an alert. Messages of a database quote the values of the statement ("Duplicate entry
 * 'Jane Doe'"), and those of a parser the text it read: in their place stands the number.
 */
export function reasonOf(error: unknown): string {
  const { name, message, errno, sqlMessage } = (error instanceof Error ? error : new Error(String(error))) as DatabaseError;
  const isOfDatabase = sqlMessage !== undefined || name === "QueryFailedError";
  if (isOfDatabase) return NAME_NO_VALUES.has(errno ?? 0) ? message : `database error ${errno ?? "without a number"}`;
  return name === "SyntaxError" ? name : message;
}

/** What may be logged of it. */
export function described(error: unknown): object {
  const { name, code, errno } = (error instanceof Error ? error : new Error()) as DatabaseError;
  return { name, message: reasonOf(error), code, errno };
}

/** And where it came from. */
export function describedWithStack(error: unknown): object {
  const { stack = "" } = error instanceof Error ? error : {};
  const frames = stack.split("\n").filter((line) => /^\s+at /.test(line));
  return { ...described(error), stack: frames.join("\n") };
}

type DatabaseError = NodeJS.ErrnoException & { sqlMessage?: string };
