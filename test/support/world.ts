import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Pool } from "undici";
import { makeKey, keysPath } from "../../gateway/clients";
import { layerModule } from "../../gateway/layers";
import { writePrivately } from "../../gateway/private-file";
import { startStrata, type Strata } from "../../gateway/strata";
import { loadConfig } from "../../shared/config";
import { LAYERS, type LayerName } from "../../shared/db/database";
import type { Role } from "../../shared/identity/scopes";
import { makeLog } from "../../shared/log";
import { projectRoot } from "../../shared/root";
import { testDatabase, type TestDatabase } from "./database";

export const ADMIN_KEY = "a-key-with-every-scope-for-tests";
export const IDENTITY_SECRET = "a-secret-of-32-characters-or-more-for-tests";

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: { data?: any; errors?: { message: string; path?: (string | number)[]; extensions: Record<string, any> }[] };
}

export interface AskOptions {
  /** A key; by default the one with every scope. Null: none. */
  key?: string | null;
  headers?: Record<string, string>;
}

/** A whole Strata for a test file: a private database, three layers and a gateway, in this process or in four of their own. */
export interface World {
  /** The gateway's GraphQL endpoint. */
  url: string;
  adminKey: string;
  db: TestDatabase;
  /** The layers, when embedded. */
  layers: Partial<Record<LayerName, Strata["layers"][LayerName]>>;
  /** The processes, when distributed; a killed one comes back with `restart`. */
  processes: Partial<Record<ProcessName, RunningProcess>>;
  restart(name: ProcessName): Promise<void>;
  /** The folder of its keys; what is written there holds within a second. */
  dataDir: string;
  /** A key for a client of its own with this role. */
  keyOf(role: Role, client?: string): string;
  gql(query: string, variables?: Record<string, unknown>, options?: AskOptions): Promise<Answer>;
  /** Any request to the gateway's process. */
  send(
    path: string,
    options?: { method?: "GET" | "POST"; body?: string | Buffer; headers?: Record<string, string> },
  ): Promise<Answer & { text: string }>;
  close(): Promise<void>;
}

export interface WorldOptions {
  topology?: "embedded" | "distributed";
  replica?: boolean;
  /** Further environment of every process; may depend on the database. */
  env?: Record<string, string> | ((db: TestDatabase) => Promise<Record<string, string>>);
}

type ProcessName = LayerName | "gateway";
interface RunningProcess {
  child: ChildProcess;
  url: string;
  output: string[];
}

/** Keys that any test may want: one for each role, made before the gateway reads its file. */
const ROLES_WITH_KEYS: Role[] = [
  "storefront",
  "order-system",
  "warehouse-operator",
  "warehouse-manager",
  "dispatcher",
  "merchandiser",
  "finance",
  "developer",
  "partner",
];

export async function startWorld({ topology = "embedded", replica = false, env = {} }: WorldOptions = {}): Promise<World> {
  const db = await testDatabase({ replica, schemas: LAYERS.map((layer) => layerModule(layer).migrations) });
  const dataDir = mkdtempSync(join(tmpdir(), "strata-world-"));
  const keys = writeKeys(dataDir);
  const shared = {
    STRATA_DATA_DIR: dataDir,
    STRATA_PORT: "0",
    STRATA_SAMPLE_DATA: "none",
    STRATA_ADMIN_KEY: ADMIN_KEY,
    STRATA_PRIMARY_URL: db.primaryUrl,
    STRATA_MIGRATION_URL: db.migrationUrl,
    STRATA_REPLICA_URLS: db.replicaUrls.join(","),
    STRATA_IDENTITY_SECRET: IDENTITY_SECRET,
    // Tests count what was told; the test of the standing check switches it on.
    STRATA_CHECK_SECONDS: "0",
    // The tests of keys and tokens call with hundreds that are none.
    STRATA_FAILED_LOGINS: "1000000",
    STRATA_LOG_LEVEL: process.env.STRATA_TEST_LOG ?? "fatal",
    ...(typeof env === "function" ? await env(db) : env),
  };
  const running = topology === "embedded" ? await startEmbedded(shared) : await startDistributed(shared);
  const pool = new Pool(new URL(running.url).origin, { connections: 256, headersTimeout: 60_000, bodyTimeout: 60_000 });
  const send = sender(pool);
  return {
    ...running,
    url: `${running.url}/graphql`,
    adminKey: ADMIN_KEY,
    db,
    dataDir,
    send,
    keyOf: (role, client = role) => keys(role, client),
    gql: async (query, variables, { key = ADMIN_KEY, headers = {} } = {}) =>
      send("/graphql", {
        method: "POST",
        headers: { "content-type": "application/json", ...(key !== null && { authorization: `Bearer ${key}` }), ...headers },
        body: JSON.stringify({ query, variables }),
      }),
    close: async () => {
      await pool.destroy();
      await running.close();
      await db.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** For each role two clients: one named like the role, one `other-…`. */
function writeKeys(dataDir: string): (role: Role, client: string) => string {
  const made = ROLES_WITH_KEYS.flatMap((role) => [role, `other-${role}`].map((client) => ({ role, client, ...makeKey(client, [role]) })));
  writePrivately(
    keysPath(dataDir),
    made.map(({ record }) => record),
  );
  return (role, client) => {
    if (role === "admin") return ADMIN_KEY;
    const found = made.find((key) => key.role === role && key.client === client);
    if (!found) throw new Error(`no key for ${role} as ${client}: clients are ${role} and other-${role}`);
    return found.key;
  };
}

const sender =
  (pool: Pool): World["send"] =>
  async (path, { method = "GET", body, headers = {} } = {}) => {
    const answer = await pool.request({ method, path, headers, body });
    const text = await answer.body.text();
    const isJson = String(answer.headers["content-type"]).includes("json");
    return { status: answer.statusCode, headers: answer.headers, text, body: isJson ? (JSON.parse(text) as Answer["body"]) : {} };
  };

type Running = Pick<World, "url" | "layers" | "processes" | "restart" | "close">;

async function startEmbedded(env: Record<string, string>): Promise<Running> {
  const config = loadConfig({ ...env, STRATA_ROLE: "embedded" });
  const strata = await startStrata(config, makeLog(config.logLevel));
  const restart = () => Promise.reject(new Error("an embedded world has no processes"));
  return { url: strata.url, layers: strata.layers, processes: {}, restart, close: () => strata.stop() };
}

async function startDistributed(env: Record<string, string>): Promise<Running> {
  const processes: Partial<Record<ProcessName, RunningProcess>> = {};
  // Layers read each other's feeds, so each needs the others' ports before any of them runs.
  const ports = Object.fromEntries(await Promise.all(([...LAYERS, "gateway"] as const).map(async (name) => [name, await freePort()])));
  const urls = Object.fromEntries(LAYERS.map((name) => [`STRATA_${name.toUpperCase()}_URL`, `http://127.0.0.1:${ports[name]}`]));
  const start = async (name: ProcessName) => {
    processes[name] = await startProcess({ ...env, ...urls, STRATA_ROLE: name, STRATA_PORT: String(ports[name]) });
  };
  const close = async () => {
    await Promise.all(Object.values(processes).map(({ child }) => ended(child, "SIGTERM")));
  };
  try {
    await Promise.all(([...LAYERS, "gateway"] as const).map(start));
  } catch (error) {
    await close();
    throw error;
  }
  return { url: processes.gateway!.url, layers: {}, processes, restart: start, close };
}

export async function freePort(): Promise<number> {
  const { createServer } = await import("node:net");
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startProcess(env: Record<string, string>): Promise<RunningProcess> {
  const child = fork(join(projectRoot, "gateway/main.ts"), {
    cwd: projectRoot,
    execArgv: ["-r", join(projectRoot, "test/support/typescript.cjs")],
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const output: string[] = [];
  child.stderr!.on("data", (chunk: Buffer) => output.push(String(chunk)));
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout!.on("data", (chunk: Buffer) => {
      output.push(String(chunk));
      if (/^ready in \d+ ms$/m.test(output.join(""))) resolve();
    });
    child.once("exit", (code) => reject(new Error(`${env.STRATA_ROLE} ended with ${code}:\n${output.join("")}`)));
  });
  await ready;
  return { child, output, url: `http://127.0.0.1:${env.STRATA_PORT}` };
}

export async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, "exit");
}
