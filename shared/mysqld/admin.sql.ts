import mysql, { type Connection, type RowDataPacket } from "mysql2/promise";
import type { ServerKind } from "./find";

export const SCHEMAS = ["strata_sales", "strata_dispatch", "strata_warehouse"];

export interface Passwords {
  root: string;
  strata: string;
  strata_migrate: string;
  strata_repl: string;
}

/** Root works through the socket only: no root account matches a TCP address. */
export const connectAsRoot = (socketPath: string, password: string): Promise<Connection> =>
  mysql.createConnection({ socketPath, user: "root", password, connectTimeout: 5_000 });

/**
 * The first statements of a new data folder, one a line. `strata` may ask how replication stands and nothing else: the
 * migrations grant it its tables one by one.
 */
export function firstStatements(kind: ServerKind, passwords: Passwords): string[] {
  const watch = kind === "mariadb" ? "BINLOG MONITOR, SLAVE MONITOR" : "REPLICATION CLIENT";
  const create = (user: "strata" | "strata_migrate" | "strata_repl") => `CREATE USER '${user}'@'%' IDENTIFIED BY '${passwords[user]}';`;
  return [
    ...(kind === "mariadb"
      ? ["FLUSH PRIVILEGES;", "DELETE FROM mysql.global_priv WHERE Host <> 'localhost' AND User <> 'mariadb.sys';", "FLUSH PRIVILEGES;"]
      : []),
    `ALTER USER 'root'@'localhost' IDENTIFIED BY '${passwords.root}';`,
    ...SCHEMAS.map((schema) => `CREATE DATABASE ${schema} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;`),
    create("strata"),
    `GRANT ${watch} ON *.* TO 'strata'@'%';`,
    create("strata_migrate"),
    "GRANT ALL PRIVILEGES ON `strata\\_%`.* TO 'strata_migrate'@'%' WITH GRANT OPTION;",
    create("strata_repl"),
    "GRANT REPLICATION SLAVE ON *.* TO 'strata_repl'@'%';",
  ];
}

/** Where the primary stands: everything committed so far. */
export async function primaryPosition(primary: Connection, kind: ServerKind): Promise<string> {
  const sql = kind === "mariadb" ? "SELECT @@gtid_binlog_pos AS position" : "SELECT @@gtid_executed AS position";
  const [[row]] = await primary.query<RowDataPacket[]>(sql);
  return String(row.position).replaceAll("\n", "");
}

/** Points a replica at the primary, from the position that its own data has. Safe to repeat. */
export async function follow(replica: Connection, kind: ServerKind, port: number, password: string): Promise<void> {
  const isNew = (await replicaStatus(replica)) === undefined;
  await replica.query("STOP REPLICA");
  if (kind === "mariadb") {
    // A copy of the primary has executed what the copied binlog holds.
    if (isNew) await replica.query("SET GLOBAL gtid_slave_pos = @@gtid_binlog_pos");
    await replica.query(
      `CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = ${port}, MASTER_USER = 'strata_repl', MASTER_PASSWORD = '${password}', MASTER_CONNECT_RETRY = 1, MASTER_HEARTBEAT_PERIOD = 1, MASTER_USE_GTID = slave_pos`,
    );
  } else {
    await replica.query(
      `CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = ${port}, SOURCE_USER = 'strata_repl', SOURCE_PASSWORD = '${password}', SOURCE_CONNECT_RETRY = 1, SOURCE_RETRY_COUNT = 0, SOURCE_HEARTBEAT_PERIOD = 1, SOURCE_AUTO_POSITION = 1, SOURCE_SSL = 0, GET_SOURCE_PUBLIC_KEY = 1`,
    );
  }
  await replica.query("START REPLICA");
}

export interface ReplicationStatus {
  running: boolean;
  /** The last error of either thread, if any, and whether it ended the thread (a connection is tried again). */
  error?: string;
  ended: boolean;
}

/** Undefined when the server follows nobody. */
export async function replicaStatus(replica: Connection): Promise<ReplicationStatus | undefined> {
  const [[row]] = await replica.query<RowDataPacket[]>("SHOW REPLICA STATUS");
  if (!row) return undefined;
  const [io, sql] = [row.Replica_IO_Running ?? row.Slave_IO_Running, row.Replica_SQL_Running ?? row.Slave_SQL_Running];
  const error = row.Last_SQL_Error || row.Last_IO_Error || undefined;
  return { running: io === "Yes" && sql === "Yes", error, ended: Boolean(error) && (io === "No" || sql === "No") };
}

/** Waits on the replica for a position; false when it was not reached within the time. */
export async function reaches(replica: Connection, kind: ServerKind, position: string, seconds: number): Promise<boolean> {
  const wait = kind === "mariadb" ? "MASTER_GTID_WAIT" : "WAIT_FOR_EXECUTED_GTID_SET";
  const [[row]] = await replica.query<RowDataPacket[]>(`SELECT ${wait}(?, ?) AS missed`, [position, seconds]);
  return Number(row.missed) === 0;
}
