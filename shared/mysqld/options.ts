import { totalmem } from "node:os";
import type { ServerKind } from "./find";

/** "test" gives up what only a loss of power would show, for speed; a killed server loses nothing in either. */
export type Tuning = "production" | "test";
export type Role = "primary" | "replica";

export interface InstanceOptions {
  kind: ServerKind;
  role: Role;
  tuning: Tuning;
  durable: boolean;
  folder: string;
  socket: string;
  port: number;
}

/** As root a server runs only when it is told to. */
export const asThisUser = (): string[] => (process.getuid?.() === 0 ? ["--user=root"] : []);

/**
 * Where a server puts its temporary tables. A server that starts deletes those of all servers that share the folder, so each has
 * one of its own (in the shared one queries of others failed: "Error on delete of '/tmp/#sql-temptable-…'").
 */
export const temporaryFolder = (folder: string): string => `${folder}.tmp`;

/**
 * A quarter of what memory this process may use, as primary, replica and Strata share it. Taken as it is filled. With 256 MiB
 * every other page of a ledger of two million lines came from disk; with 3 GiB, of a million items' 4.3 GB, eight pages for each reservation of any of them.
 */
function productionPoolMiB(): number {
  const bytes = Math.min(totalmem(), process.constrainedMemory() || Infinity);
  return Math.max(256, 128 * Math.floor(bytes / 4 / 2 ** 27));
}

/** Every setting that Strata relies on is stated; a server's defaults and its option files are not used. */
export function serverOptions(options: InstanceOptions): string[] {
  const { folder, port, role, durable } = options;
  const production = options.tuning === "production";
  return [
    ...asThisUser(),
    `--datadir=${folder}`,
    `--tmpdir=${temporaryFolder(folder)}`,
    `--socket=${options.socket}`,
    `--pid-file=${folder}/mysqld.pid`,
    `--port=${port}`,
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--local-infile=OFF",
    "--max-connections=200",
    "--max-allowed-packet=64M",
    "--performance-schema=OFF",
    "--character-set-server=utf8mb4",
    "--collation-server=utf8mb4_bin",
    "--transaction-isolation=READ-COMMITTED",
    "--innodb-rollback-on-timeout=ON",
    "--innodb-lock-wait-timeout=2",
    `--innodb-flush-log-at-trx-commit=${durable ? 1 : 2}`,
    `--sync-binlog=${durable ? 1 : 0}`,
    ...(durable ? [] : ["--innodb-flush-method=nosync"]),
    `--innodb-buffer-pool-size=${production ? productionPoolMiB() : 64}M`,
    `--server-id=${role === "primary" ? 1 : 2}`,
    "--log-bin=binlog",
    "--binlog-format=ROW",
    "--binlog-expire-logs-seconds=172800",
    "--max-binlog-size=256M",
    "--relay-log=relay",
    "--relay-log-recovery=ON",
    ...(options.kind === "mariadb" ? mariadbOptions(production) : mysqlOptions(production)),
    ...(role === "replica" ? [options.kind === "mariadb" ? "--read-only=ON" : "--super-read-only=ON"] : []),
  ];
}

const mariadbOptions = (production: boolean): string[] => [
  `--innodb-log-file-size=${production ? "128M" : "16M"}`,
  "--log-slave-updates=ON",
  "--gtid-strict-mode=ON",
  "--slave-net-timeout=5",
  "--master-retry-count=0",
  "--loose-feedback=OFF",
];

const mysqlOptions = (production: boolean): string[] => [
  `--innodb-redo-log-capacity=${production ? "128M" : "32M"}`,
  "--log-replica-updates=ON",
  "--gtid-mode=ON",
  "--enforce-gtid-consistency=ON",
  "--replica-net-timeout=5",
  "--mysqlx=OFF",
  "--secure-file-priv=NULL",
  "--tls-version=",
  "--auto-generate-certs=OFF",
];
