import { LayerDatabase, LAYERS, type LayerName } from "../shared/db/database";
import { isConnectionError } from "../shared/db/retry";
import { migrateLayer } from "../shared/db/migrate";
import { durability } from "../shared/db/server.sql";
import type { Config } from "../shared/config";
import type { Log } from "../shared/log";
import { StartError } from "../shared/mysqld/fault";
import { isTooOld } from "../shared/mysqld/find";
import { findOrInstallServer } from "../shared/mysqld/install";
import { startPrivateDatabase } from "../shared/mysqld/private";
import { layerModule } from "./layers";
import { ensureSchema, serverVersion } from "./databases.sql";

export interface DatabaseUrls {
  primaryUrl: string;
  migrationUrl: string;
  replicaUrls: string[];
}

/** The database somebody else runs, or a private one of our own; `stop` ends only what was started here. */
export async function findDatabase(
  config: Config,
  say: (line: string) => void,
): Promise<DatabaseUrls & { own: boolean; stop: () => Promise<void> }> {
  if (config.database) return { ...config.database, own: false, stop: async () => undefined };
  const lines = { info: say, warn: say };
  const server = await findOrInstallServer(process.env, lines);
  const database = await startPrivateDatabase({ dataDir: config.dataDir, server, log: lines });
  return { ...database, own: true };
}

/** Settings without which an acknowledged write can be lost, and the value that keeps it. */
const DURABLE: Record<string, string> = {
  innodb_flush_log_at_trx_commit: "1",
  sync_binlog: "1",
  innodb_doublewrite: "ON",
  log_bin: "ON",
  binlog_format: "ROW",
};

/** Migrates the layers' schemas and opens them; states what of the server's durability is weak. */
export async function openDatabases(
  urls: DatabaseUrls,
  layers: readonly LayerName[],
  own: boolean,
  log: Log,
): Promise<Record<LayerName, LayerDatabase>> {
  const open: Partial<Record<LayerName, LayerDatabase>> = {};
  try {
    await checkVersion(urls.primaryUrl);
    for (const layer of layers) {
      await ensureSchema(urls.migrationUrl, layer);
      await migrateLayer(urls.migrationUrl, urls.primaryUrl, layerModule(layer).migrations);
      open[layer] = await LayerDatabase.open({ layer, primaryUrl: urls.primaryUrl, replicaUrls: urls.replicaUrls, log });
    }
    await checkDurability(open[layers[0]]!, own, log);
    return open as Record<LayerName, LayerDatabase>;
  } catch (error) {
    for (const layer of LAYERS) await open[layer]?.close();
    throw isConnectionError(error) || /ER_ACCESS_DENIED|ER_DBACCESS_DENIED|ER_BAD_DB/.test(String((error as { code?: string }).code))
      ? unreachable(urls, error)
      : error;
  }
}

function unreachable({ primaryUrl }: DatabaseUrls, error: unknown): StartError {
  const { hostname, port } = new URL(primaryUrl);
  const { code, message } = error as { code?: string; message: string };
  const why =
    code === "ER_ACCESS_DENIED_ERROR" ? "it refuses this user or password" : code?.startsWith("ER_") ? message : "it does not answer";
  return new StartError(
    `No database at ${hostname}:${port || 3306}: ${why} (${code ?? "no code"}). Correct STRATA_PRIMARY_URL or STRATA_MIGRATION_URL, or start that server.`,
  );
}

async function checkVersion(url: string): Promise<void> {
  const { kind, version } = await serverVersion(url);
  if (isTooOld(kind, version))
    throw new StartError(`The database server is ${kind} ${version}, which is too old: Strata needs MySQL 8.4 or MariaDB 10.11, or later.`);
}

/** Says what is weak; a server of our own that is weak is a mistake. */
export async function checkDurability(db: LayerDatabase, own: boolean, log: Log): Promise<void> {
  const found = await durability(db);
  // ON may read 1, and doublewrite has several values that are all on.
  const isWeak = ([name, wanted]: [string, string]) =>
    !(found[name] === wanted || (wanted === "ON" && !["OFF", "0"].includes(found[name] ?? "OFF")));
  const weak = Object.entries(DURABLE).filter(isWeak);
  for (const [name, wanted] of weak)
    log.warn({ setting: name, is: found[name], wanted }, "an acknowledged write can be lost with this database setting");
  if (own && weak.length > 0)
    throw new StartError(
      `Strata's own database runs with ${weak.map(([name]) => name).join(", ")} weakened: stop it and start Strata again.`,
    );
}
