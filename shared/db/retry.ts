/**
 * The one list of database errors after which the whole work is done again in a new transaction on a fresh connection:
 * 1213 deadlock · 1205 lock wait timeout (rolls back the statement only, so everything is rolled back here) · 1020 row changed
 * · 9007 write conflict (TiDB) · 3101 certification failed (Group Replication) · 1290, 1836 the node turned read-only
 * · 1927, 4031, 1053, 1152, 1158-1161, 1317 the connection or server was ended · a fatal error without code · a COMMIT without an answer.
 */
const RETRYABLE_NUMBERS = new Set([1213, 1205, 1020, 9007, 3101, 1290, 1836, 1927, 4031, 1053, 1152, 1158, 1159, 1160, 1161, 1317]);

const CONNECTION_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EHOSTUNREACH",
  "PROTOCOL_CONNECTION_LOST",
  "PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR",
  "POOL_CLOSED",
  "POOL_NOEXIST",
  "ER_CON_COUNT_ERROR",
  "ER_SERVER_SHUTDOWN",
]);

/** What mysql2 and TypeORM put on an error; `fatal` comes without a code when a connection is killed. */
export interface DatabaseError extends Error {
  errno?: number;
  code?: string;
  fatal?: boolean;
  /** "connect" on whatever the system says of an address or a socket: a server that is gone takes its socket's file along (ENOENT). */
  syscall?: string;
  sqlMessage?: string;
}

export const isConnectionError = (error: unknown): boolean => {
  const e = error as DatabaseError;
  return e?.fatal === true || e?.syscall === "connect" || CONNECTION_CODES.has(e?.code ?? "") || e?.message === CLOSED_STATE;
};

// mysql2 gives this text, and nothing else, for a command on a connection that is already gone.
const CLOSED_STATE = "Can't add new command when connection is in closed state";

/** Thrown by work that found another writer's row where it was about to insert its own: run again, it will read it. */
export class LostRace extends Error {}

export const isRetryable = (error: unknown): boolean =>
  error instanceof LostRace || RETRYABLE_NUMBERS.has((error as DatabaseError)?.errno ?? 0) || isConnectionError(error);

/** The node is no primary (any more). */
export const isReadOnly = (error: unknown): boolean => [1290, 1836].includes((error as DatabaseError)?.errno ?? 0);

/** In a few words, for whoever counts. */
export const retryReason = (error: unknown): "deadlock" | "lock_wait" | "read_only" | "connection" | "other" => {
  const { errno } = error as DatabaseError;
  if (errno === 1213) return "deadlock";
  if (errno === 1205) return "lock_wait";
  return isReadOnly(error) ? "read_only" : isConnectionError(error) ? "connection" : "other";
};

export const isDuplicate = (error: unknown): boolean => (error as DatabaseError)?.errno === 1062;

/** Full jitter, 10 ms doubling to 500 ms. */
export const backoffMs = (attempt: number): number => Math.random() * Math.min(500, 10 * 2 ** attempt);

export const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
