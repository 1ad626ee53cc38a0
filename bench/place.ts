import { fork, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Caller } from "../cli/demo/call";
import { httpClient } from "../cli/demo/client";
import { loadShop } from "../cli/demo/load-shop";
import { LAYERS, type LayerName } from "../shared/db/database";
import { findOrInstallServer } from "../shared/mysqld/install";
import { freePort } from "../shared/mysqld/instance";
import { startPrivateDatabase, type PrivateDatabase } from "../shared/mysqld/private";
import { projectRoot } from "../shared/root";
import type { NaiveOptions } from "./naive";
import type { ServerAnswer, ServerJob } from "./server";
import { benchShop } from "./shop";

export const ADMIN_KEY = "a-key-with-every-scope-for-the-benchmark";
export const IDENTITY_SECRET = "a-secret-that-lives-as-long-as-the-benchmark";

const STOPPED_WITHIN_MS = 15_000;
/**
 * As `npm start` and the image have it, and for the rivals too: 64 MB for young objects instead of 16. Collecting them took
 * 12 % of the processor with single reservations and 19 % with batches; with this 8 % and 11 %.
 */
const NODE_OPTIONS = ["--max-semi-space-size=64"];

/** Where a benchmark takes place: a private database with full durability in a folder of its own, and the servers on it. */
export interface Place {
  db: PrivateDatabase;
  embedded(profileDir?: string): Promise<Served>;
  /** A process for each layer, or several of dispatch, of which one works and the others stand by. */
  distributed(more?: { dispatches: number }): Promise<{ gateway: string; sales: string; stop(): Promise<void> }>;
  naive(options?: Partial<NaiveOptions>): Promise<Served>;
  constants(): Promise<Served>;
  /** Ends every process that was started here and removes the folder. */
  close(): Promise<void>;
}

export interface Served {
  url: string;
  stop(): Promise<void>;
}

export async function openPlace(say: (line: string) => void): Promise<Place> {
  const server = await findOrInstallServer(process.env, { info: say, warn: say });
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "strata-bench-"));
  // Its own end takes the database servers and the folder along, also when this process is killed.
  const guard = spawn(process.execPath, [join(projectRoot, "bin/guard.mjs"), folder], {
    detached: true,
    stdio: ["pipe", "ignore", "inherit"],
  });
  const children = new Set<ChildProcess>();
  const close = async () => {
    await Promise.all([...children].map(ended));
    guard.stdin!.end();
    if (guard.exitCode === null) await once(guard, "exit");
  };
  try {
    // Without a replica on either side: on a small machine it would take its processor time from whoever is measured.
    const db = await startPrivateDatabase({ dataDir: join(folder, "data"), server, replica: false, tuning: "production" });
    return { db, close, ...servers(db, folder, children) };
  } catch (error) {
    await close();
    throw error;
  }
}

function servers(db: PrivateDatabase, folder: string, children: Set<ChildProcess>): Omit<Place, "db" | "close"> {
  const run = async (job: ServerJob, env: Record<string, string> = {}, execArgv: string[] = []): Promise<Served> => {
    const child = fork(join(__dirname, "server.js"), {
      execArgv: [...NODE_OPTIONS, ...execArgv],
      env: { ...process.env, NODE_ENV: "production", ...env },
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    children.add(child);
    child.once("exit", () => children.delete(child));
    child.send(job);
    const [answer] = (await Promise.race([once(child, "message"), once(child, "exit")])) as [ServerAnswer | number | null];
    if (typeof answer === "object" && answer && "url" in answer) return { url: answer.url, stop: () => ended(child) };
    throw new Error(`${env.STRATA_ROLE ?? job.kind} did not start: ${typeof answer === "object" ? answer?.error : `exit code ${answer}`}`);
  };
  const shared = {
    STRATA_HOST: "127.0.0.1",
    STRATA_DATA_DIR: join(folder, "strata"),
    STRATA_SAMPLE_DATA: "none",
    STRATA_ADMIN_KEY: ADMIN_KEY,
    STRATA_IDENTITY_SECRET: IDENTITY_SECRET,
    STRATA_PRIMARY_URL: db.primaryUrl,
    STRATA_MIGRATION_URL: db.migrationUrl,
    STRATA_REPLICA_URLS: "",
    STRATA_LOG_LEVEL: process.env.STRATA_LOG_LEVEL ?? "error",
  };
  const strata = (role: string, port: number, env: Record<string, string> = {}, execArgv: string[] = []) => {
    const job: ServerJob = { kind: "strata", url: `http://127.0.0.1:${port}/graphql` };
    return run(job, { ...shared, ...env, STRATA_ROLE: role, STRATA_PORT: String(port) }, execArgv);
  };

  return {
    async embedded(profileDir) {
      const served = await strata("embedded", await freePort(), {}, profileDir ? ["--cpu-prof", `--cpu-prof-dir=${profileDir}`] : []);
      await stockUp(served.url);
      return served;
    },
    async distributed({ dispatches } = { dispatches: 1 }) {
      const ports = {} as Record<LayerName | "gateway", number>;
      for (const name of [...LAYERS, "gateway"] as const) ports[name] = await freePort();
      const urls = Object.fromEntries(LAYERS.map((name) => [`STRATA_${name.toUpperCase()}_URL`, `http://127.0.0.1:${ports[name]}`]));
      const [sales, dispatch, warehouse, gateway] = await Promise.all(
        (["sales", "dispatch", "warehouse", "gateway"] as const).map((name) => strata(name, ports[name], urls)),
      );
      const all = [gateway!, sales!, dispatch!, warehouse!];
      for (let i = 1; i < dispatches; i++) all.push(await strata("dispatch", await freePort(), urls));
      await stockUp(gateway!.url);
      return { gateway: gateway!.url, sales: sales!.url, stop: async () => void (await Promise.all(all.map((served) => served.stop()))) };
    },
    naive: (options) => run({ kind: "naive", options: { databaseUrl: db.migrationUrl, ...options } }),
    constants: () => run({ kind: "constants" }),
  };
}

/** The second time it changes nothing. */
async function stockUp(url: string): Promise<void> {
  const client = httpClient(url, ADMIN_KEY, 4);
  await loadShop(new Caller(client), benchShop());
  await client.close();
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOPPED_WITHIN_MS);
  await gone;
  clearTimeout(timer);
}
