import type { Reader } from "./database";

export type Engine = "mysql" | "mariadb";

export async function engineOf(reader: Reader): Promise<Engine> {
  const [{ version }] = await reader.query<{ version: string }>("SELECT VERSION() AS version");
  return /mariadb/i.test(version) ? "mariadb" : "mysql";
}

/**
 * READ COMMITTED: no gap locks, and a locked row is read in its newest state. Lock waits end in 2 s, statements in 10 s;
 * a connection idle in a transaction is ended by MariaDB after 2 s, by the watchdog in transaction.ts everywhere.
 */
export const sessionSettings = (engine: Engine): string[] => [
  "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
  engine === "mariadb"
    ? "SET SESSION innodb_lock_wait_timeout = 2, time_zone = '+00:00', idle_transaction_timeout = 10, session_track_system_variables = 'autocommit,character_set_client,character_set_connection,character_set_results,time_zone,last_gtid', in_predicate_conversion_threshold = 0, sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO'"
    : "SET SESSION innodb_lock_wait_timeout = 2, time_zone = '+00:00', sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO'",
  statementLimit(engine),
];

const STATEMENT_SECONDS = 10;

/** How long a statement of a session may take; without `seconds` as long as any. */
export const statementLimit = (engine: Engine, seconds = STATEMENT_SECONDS): string =>
  engine === "mariadb" ? `SET SESSION max_statement_time = ${seconds}` : `SET SESSION max_execution_time = ${seconds * 1_000}`;

/** MariaDB says it in the answer to COMMIT itself (session_track_system_variables), which saves a round trip. */
export const positionInAnswer = (answer: unknown): string | undefined =>
  (answer as { stateChanges?: { systemVariables?: { last_gtid?: string } } } | undefined)?.stateChanges?.systemVariables?.last_gtid;

/** Where the primary stands after this session's last commit; a replica that has reached it sees that commit. */
export async function positionAfterCommit(reader: Reader, engine: Engine): Promise<string> {
  const sql = engine === "mariadb" ? "SELECT @@last_gtid AS position" : "SELECT @@global.gtid_executed AS position";
  const [{ position }] = await reader.query<{ position: string }>(sql);
  return position.replaceAll("\n", "");
}

/** Waits on a replica until it has reached a position; false when it did not within `seconds`. */
export async function reaches(replica: Reader, engine: Engine, position: string, seconds: number): Promise<boolean> {
  const sql = engine === "mariadb" ? "SELECT MASTER_GTID_WAIT(?, ?) AS missed" : "SELECT WAIT_FOR_EXECUTED_GTID_SET(?, ?) AS missed";
  const [{ missed }] = await replica.query<{ missed: number | string | null }>(sql, [position, seconds]);
  return Number(missed) === 0 && missed !== null;
}

export interface ReplicaStatus {
  running: boolean;
  lagSeconds: number;
}

/** Undefined when the server is no replica (a test may point the replica URL at the primary). */
export async function replicaStatus(replica: Reader): Promise<ReplicaStatus | undefined> {
  const [status] = await replica.query<Record<string, string | number | null>>("SHOW REPLICA STATUS");
  if (!status) return undefined;
  const running = (status.Replica_SQL_Running ?? status.Slave_SQL_Running) === "Yes";
  const lag = status.Seconds_Behind_Source ?? status.Seconds_Behind_Master;
  return { running, lagSeconds: lag === null ? Infinity : Number(lag) };
}

/** The settings without which an acknowledged write can be lost. */
export async function durability(primary: Reader): Promise<Record<string, string>> {
  const rows = await primary.query<{ Variable_name: string; Value: string }>(
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('innodb_flush_log_at_trx_commit', 'sync_binlog', 'innodb_doublewrite', 'log_bin', 'binlog_format')",
  );
  return Object.fromEntries(rows.map((row) => [row.Variable_name, row.Value]));
}
