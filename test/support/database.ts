import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, realpath, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { migrateLayer, type LayerMigrations } from "../../shared/db/migrate";
import { StartError } from "../../shared/mysqld/fault";
import { findServer, type ServerBinary } from "../../shared/mysqld/find";
import { copyDataFolder, ownFolder, type ServerFile } from "../../shared/mysqld/folder";
import { startPrivateDatabase, type PrivateDatabase } from "../../shared/mysqld/private";
import { pause } from "../../shared/mysqld/processes";

const ROOT = resolve(__dirname, "../..");
const UNUSED_MS = 3_600_000;

export interface TestDatabase extends PrivateDatabase {
  /** Ends the servers and removes everything. */
  close(): Promise<void>;
}

export interface TestDatabaseOptions {
  replica?: boolean;
  /** Full durability as in production; a killed server loses nothing either way. */
  durable?: boolean;
  /** The layers' schemas to make. They are made once, kept in a template that goes by their content, and copied from then on. */
  schemas?: LayerMigrations[];
  /** Makes something else than schemas; the template goes by its text, which must depend on files of the repository alone. */
  migrate?: (db: PrivateDatabase) => Promise<void>;
}

interface Making {
  key: string;
  make: (db: PrivateDatabase) => Promise<void>;
}

const makingOf = ({ schemas = [], migrate }: TestDatabaseOptions): Making => ({
  key: JSON.stringify(schemas) + String(migrate ?? ""),
  make: async (db) => {
    for (const schema of schemas) await migrateLayer(db.migrationUrl, db.primaryUrl, schema);
    await migrate?.(db);
  },
});

/** A private database for one test file, with its schemas. It goes when the test process goes. */
export async function testDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const { replica = true, durable = false } = options;
  const server = await testServer();
  const { folder, close } = await guardedFolder("strata-test");
  try {
    await copyTemplate(join(folder, "data"), server, options);
    const db = await startPrivateDatabase({ dataDir: join(folder, "data"), server, replica, durable, tuning: "test" });
    return {
      ...db,
      close: async () => {
        await Promise.all([db.primary, ...db.replicas].map((instance) => instance.killServer()));
        await db.stop();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A data folder as `startPrivateDatabase` makes it, with its schemas, in a moment. */
export async function copyTemplate(dataDir: string, server: ServerBinary, options: TestDatabaseOptions = {}): Promise<void> {
  await copyDataFolder(await template(server, makingOf(options)), dataDir);
}

export async function testServer(): Promise<ServerBinary> {
  const server = await findServer();
  if (!server) throw new StartError("The tests found no database server: run `npm test`, which sets one up, or name one in STRATA_MYSQLD.");
  return server;
}

/** A folder that is removed, with the servers in it, by `close` or by a guard when this process ends in any way. */
export async function guardedFolder(name: string): Promise<{ folder: string; close: () => Promise<void> }> {
  const folder = join(await realpath(tmpdir()), `${name}-${process.pid}-${Math.random().toString(36).slice(2, 8)}`);
  await mkdir(folder, { mode: 0o700 });
  const guard = spawn(process.execPath, [join(ROOT, "bin/guard.mjs"), folder], { detached: true, stdio: ["pipe", "ignore", "inherit"] });
  guard.unref();
  (guard.stdin as Socket).unref();
  const close = () =>
    new Promise<void>((done) => {
      guard.ref();
      guard.on("exit", () => done());
      guard.stdin.end();
    });
  return { folder, close };
}

/** The data folder of a primary with its schemas made, once for all test processes. */
async function template(server: ServerBinary, making: Making): Promise<string> {
  const family = join(await realpath(tmpdir()), `strata-template-${process.getuid?.() ?? 0}-${server.kind}-`);
  const folder = `${family}${server.version}-${await fingerprint(making.key)}`;
  await mkdir(`${family}lock`, { recursive: true, mode: 0o700 });
  while (!existsSync(folder)) {
    const release = await ownFolder(`${family}lock`).catch(() => undefined);
    try {
      if (release && !existsSync(folder)) await makeTemplate(server, making, folder);
    } finally {
      release?.();
    }
    if (release) await removeOld(family);
    else await pause(200);
  }
  await utimes(folder, new Date(), new Date());
  return folder;
}

async function makeTemplate(server: ServerBinary, { make }: Making, folder: string): Promise<void> {
  const guarded = await guardedFolder("strata-template-making");
  try {
    const dataDir = join(guarded.folder, "data");
    const db = await startPrivateDatabase({ dataDir, server, replica: false, tuning: "test" });
    try {
      await make(db);
    } finally {
      await db.stop();
    }
    // Copies choose ports of their own.
    const path = join(dataDir, "server.json");
    const file = JSON.parse(await readFile(path, "utf8")) as ServerFile;
    await writeFile(path, JSON.stringify({ ...file, ports: { primary: 0, replica: 0 } }));
    await rename(dataDir, folder);
  } finally {
    await guarded.close();
  }
}

/** Of everything that decides what a new database looks like. */
async function fingerprint(more: string): Promise<string> {
  const hash = createHash("sha256").update(more);
  for (const top of ["services", "shared"]) {
    const files = await readdir(join(ROOT, top), { recursive: true });
    for (const file of files.filter((name) => /(migrat|mysqld\/).*\.ts$/.test(name)).sort())
      hash.update(file).update(await readFile(join(ROOT, top, file)));
  }
  return hash.digest("hex").slice(0, 12);
}

/** Templates that nobody used for an hour: migrations have changed since. */
async function removeOld(family: string): Promise<void> {
  for (const name of await readdir(dirname(family))) {
    const path = join(dirname(family), name);
    if (!path.startsWith(family)) continue;
    const changed = await stat(path).catch(() => undefined);
    if (changed && Date.now() - changed.mtimeMs > UNUSED_MS) await rm(path, { recursive: true, force: true });
  }
}
