import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmdirSync, statSync } from "node:fs";
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mysql, { type RowDataPacket } from "mysql2/promise";
import { plainCause } from "../../shared/mysqld/fault";
import { findServer, isTooOld, type ServerBinary } from "../../shared/mysqld/find";
import { freePort } from "../../shared/mysqld/instance";
import { startPrivateDatabase, type PrivateDatabase, type PrivateDatabaseOptions } from "../../shared/mysqld/private";
import { pause, serversIn, waitUntil } from "../../shared/mysqld/processes";
import { copyTemplate, guardedFolder, testDatabase, testServer } from "../support/database";

jest.setTimeout(120_000);

let server: ServerBinary;
let folder: string;
let removeFolder: () => Promise<void>;

beforeAll(async () => {
  server = await testServer();
});
beforeEach(async () => {
  const guarded = await guardedFolder("strata-mysqld");
  removeFolder = guarded.close;
  folder = join(guarded.folder, "data");
});
afterEach(() => removeFolder());

/** Only as root, and not in every container. */
const canMount = mayMount();

/** Spares the tests that are not about the first start the seconds that it takes. */
const madeBefore = () => copyTemplate(folder, server);

const start = (more: Partial<PrivateDatabaseOptions> = {}) => startPrivateDatabase({ dataDir: folder, server, tuning: "test", ...more });

async function ask<Row extends RowDataPacket>(url: string, sql: string): Promise<Row[]> {
  const connection = await mysql.createConnection(url);
  try {
    return (await connection.query<Row[]>(sql))[0];
  } finally {
    await connection.end();
  }
}

const write = (db: PrivateDatabase, number: number) => ask(db.migrationUrl, `INSERT INTO strata_sales.seen VALUES (${number})`);

async function withTable(db: PrivateDatabase): Promise<void> {
  await ask(db.migrationUrl, "CREATE TABLE strata_sales.seen (number INT PRIMARY KEY)");
  await ask(db.migrationUrl, "GRANT SELECT ON strata_sales.seen TO strata");
}

/** What the runtime user reads there, once it has `count` rows or five seconds have passed. */
async function numbersAt(url: string, count: number): Promise<number[]> {
  for (const end = Date.now() + 5_000; ; await pause(20)) {
    const rows = await ask(url, "SELECT number FROM strata_sales.seen ORDER BY number").catch(() => []);
    if (rows.length >= count || Date.now() > end) return rows.map((row) => row.number as number);
  }
}

describe("a private database", () => {
  test("replicates, keeps its data and its ports over a restart, and leaves no server behind", async () => {
    const first = await start(); // The first start of all, without a template.
    await withTable(first);
    await write(first, 1);
    expect(await numbersAt(first.replicaUrls[0], 1)).toEqual([1]);
    await first.stop();
    expect([...serversIn(join(folder, "primary")), ...serversIn(join(folder, "replica"))]).toEqual([]);

    const again = await start();
    await write(again, 2);
    expect(again.primaryUrl).toBe(first.primaryUrl);
    expect(await numbersAt(again.replicaUrls[0], 2)).toEqual([1, 2]);
    await again.stop();
  });

  test("states its settings: durable in production, byte-exact keys, no writes on the replica", async () => {
    await madeBefore();
    const db = await start({ tuning: "production" });
    const settings = async (url: string) => {
      const rows = await ask(url, "SHOW GLOBAL VARIABLES");
      return Object.fromEntries(rows.map((row) => [row.Variable_name, row.Value])) as Record<string, string>;
    };
    const stated = {
      innodb_flush_log_at_trx_commit: "1",
      sync_binlog: "1",
      innodb_doublewrite: "ON",
      log_bin: "ON",
      binlog_format: "ROW",
      innodb_rollback_on_timeout: "ON",
      innodb_lock_wait_timeout: "2",
      collation_server: "utf8mb4_bin",
      local_infile: "OFF",
      bind_address: "127.0.0.1",
    };
    expect(await settings(db.primaryUrl)).toMatchObject(stated);
    expect(await settings(db.replicaUrls[0])).toMatchObject({ ...stated, read_only: "ON" });
    // A server that starts deletes the temporary tables of all that share its folder for them.
    const temporary = [db.primaryUrl, db.replicaUrls[0]].map(async (url) => (await settings(url)).tmpdir);
    expect(await Promise.all(temporary)).toEqual(["primary", "replica"].map((role) => `${join(folder, role)}.tmp`));
    await db.stop();
  });

  test("gives each user what it needs and nothing else", async () => {
    await madeBefore();
    const db = await start();
    await withTable(db);
    await expect(ask(db.primaryUrl, "INSERT INTO strata_sales.seen VALUES (1)")).rejects.toThrow(/denied/);
    await expect(ask(db.primaryUrl, "CREATE DATABASE strata_more")).rejects.toThrow(/denied/);
    await expect(ask(db.migrationUrl, "CREATE DATABASE other")).rejects.toThrow(/denied/);
    await expect(ask(db.replicaUrls[0].replace(/strata:[^@]*/, "root:"), "SELECT 1")).rejects.toThrow(/denied/);
    expect(await ask(db.replicaUrls[0], "SHOW REPLICA STATUS")).toHaveLength(1);
    expect((await ask(db.adminUrl, "SELECT CURRENT_USER() AS user"))[0].user).toBe("root@localhost");
    await db.stop();
  });
});

describe("faults", () => {
  test("kill -9 of the primary and of the replica: the same ports answer again, replication goes on, nothing is lost", async () => {
    await madeBefore();
    const db = await start();
    await withTable(db);
    await write(db, 1);
    await db.primary.killServer("SIGKILL");
    await expect(write(db, 2)).rejects.toThrow();
    await db.primary.startServer();
    await write(db, 2);
    expect(await numbersAt(db.replicaUrls[0], 2)).toEqual([1, 2]);
    await db.replicas[0].killServer("SIGKILL");
    await write(db, 3);
    await db.replicas[0].startServer();
    expect(await numbersAt(db.replicaUrls[0], 3)).toEqual([1, 2, 3]);
    await db.stop();
  });

  test("kill -9 of the owner: the next one stops what it left running and goes on with its data", async () => {
    await madeBefore();
    const owner = ownerProcess(folder);
    const [urls] = (await once(owner, "message")) as [{ migrationUrl: string; replicaUrls: string[] }];
    await withTable(urls as PrivateDatabase);
    await write(urls as PrivateDatabase, 1);
    owner.kill("SIGKILL");
    await once(owner, "exit");
    const left = serversIn(join(folder, "primary"));
    expect(left).not.toEqual([]);

    const db = await start();
    expect(serversIn(join(folder, "primary"))).toEqual([db.primary.pid]);
    expect(left).not.toContain(db.primary.pid);
    expect(await numbersAt(db.replicaUrls[0], 1)).toEqual([1]);
    await db.stop();
  });

  test("a second owner is refused with the pid of the first, whose servers go on", async () => {
    await madeBefore();
    const owner = ownerProcess(folder);
    const [urls] = (await once(owner, "message")) as [{ primaryUrl: string }];
    await expect(start()).rejects.toThrow(`Another Strata (pid ${owner.pid}) uses ${folder}`);
    expect(await ask(urls.primaryUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    owner.kill("SIGTERM");
    await once(owner, "exit");
    await (await start()).stop();
  });

  test("a half-made data folder is made again", async () => {
    for (const half of ["primary.new", "replica.new"]) {
      await mkdir(join(folder, half), { recursive: true });
      await writeFile(join(folder, half, "ibdata1"), "half");
    }
    await writeFile(join(folder, "primary.new.sql"), "");
    await writeFile(join(folder, "server.json.new"), "{");
    await writeFile(join(folder, "owner.999999.1"), "");
    const db = await start();
    expect(await ask(db.primaryUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    expect(existsSync(join(folder, "owner.999999.1"))).toBe(false);
    await db.stop();
  });

  test("a replica whose data went its own way is made again from the primary", async () => {
    await madeBefore();
    const db = await start();
    await withTable(db);
    await ask(db.replicas[0].adminUrl, "SET GLOBAL read_only = 0");
    await ask(db.replicas[0].adminUrl, "SET GLOBAL super_read_only = 0").catch(() => undefined);
    const here = server.kind === "mariadb" ? "SET STATEMENT sql_log_bin = 0 FOR " : "";
    const connection = await mysql.createConnection(db.replicas[0].adminUrl);
    if (!here) await connection.query("SET sql_log_bin = 0");
    await connection.query(`${here}INSERT INTO strata_sales.seen VALUES (1)`);
    await connection.end();
    await write(db, 1); // The replica has that row already and stops.
    await db.stop();

    const lines: string[] = [];
    const log = { info: () => undefined, warn: (line: string) => lines.push(line) };
    const again = await start({ log });
    expect(lines.join()).toMatch(/The replica cannot go on \(.*(Duplicate entry|error\(s\) in the worker).*\): making it again/);
    await write(again, 2);
    expect(await numbersAt(again.replicaUrls[0], 2)).toEqual([1, 2]);
    await again.stop();
  });

  test("a replica whose files are damaged is made again from the primary", async () => {
    await madeBefore();
    const db = await start();
    await withTable(db);
    await write(db, 1);
    await db.stop();
    await writeFile(join(folder, "replica", "ibdata1"), "damaged");
    const again = await start();
    expect(await numbersAt(again.replicaUrls[0], 1)).toEqual([1]);
    await again.stop();
  });

  test("a port taken by another program: a clear line where it was asked for, another port where it was not", async () => {
    await madeBefore();
    const port = await freePort();
    const other = createServer().listen(port, "127.0.0.1");
    await once(other, "listening");
    await expect(start({ ports: { primary: port } })).rejects.toThrow(`The database port ${port} is taken by another program`);
    const path = join(folder, "server.json");
    const file = JSON.parse(await readFile(path, "utf8"));
    await writeFile(path, JSON.stringify({ ...file, ports: { primary: port, replica: port } }));
    const db = await start({ replica: false });
    expect(db.primary.port).not.toBe(port);
    await db.stop();
    other.close();
  });

  test("passwords are for this user alone, and their loss is told", async () => {
    await madeBefore();
    const path = join(folder, "server.json");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await rm(path);
    await expect(start()).rejects.toThrow(/server\.json with the database passwords is missing: restore it/);
  });

  test("data of another server, or of a newer one, is not touched", async () => {
    await madeBefore();
    const other = server.kind === "mysql" ? ("mariadb" as const) : ("mysql" as const);
    await expect(start({ server: { ...server, kind: other } })).rejects.toThrow(
      /was made by .* and the server found is .*: name a fitting one/,
    );
    await expect(start({ server: { ...server, version: "8.0.1" } })).rejects.toThrow(/was made by/);
  });

  test("a data folder with a very long path works: the socket goes elsewhere", async () => {
    const dataDir = join(folder, "x".repeat(60), "y".repeat(60));
    await copyTemplate(dataDir, server);
    const db = await start({ dataDir, replica: false });
    expect(await ask(db.adminUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    await db.stop();
  });

  (canMount ? test : test.skip)("a full disk is one line", async () => {
    await mkdir(folder);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=20m", "tmpfs", folder]);
    try {
      await expect(start()).rejects.toThrow(`The disk of ${folder} is full: free some space, or set STRATA_DATA_DIR`);
    } finally {
      execFileSync("umount", [folder]);
    }
  });

  test("what servers say of a full disk, a forbidden folder and a rival is told in plain words", () => {
    const [full, forbidden, rival] = [/is full: free/, /cannot be written: give/, /Another database server works in/];
    expect(plainCause("d", "[ERROR] InnoDB: preallocating 16 bytes for file ./ib_logfile0 failed with error 28")).toMatch(full);
    expect(plainCause("d", "mysqld: Disk is full writing 'binlog.000001' (OS errno 28 - No space left on device)")).toMatch(full);
    expect(plainCause("d", "[ERROR] [MY-012574] [InnoDB] Unable to lock ./ibdata1 error: 11")).toMatch(rival);
    expect(plainCause("d", "mysqld: Can't create/write to file './binlog.index' (Errcode: 13 \"Permission denied\")")).toMatch(forbidden);
    expect(plainCause("d", "[ERROR] [MY-010119] [Server] Aborting")).toBeUndefined();
  });

  test("a folder that cannot be made is one line", async () => {
    await mkdir(folder);
    await writeFile(join(folder, "file"), "");
    await expect(start({ dataDir: join(folder, "file", "data") })).rejects.toThrow(/cannot be written: give this user the right to/);
  });
});

describe("finding a server", () => {
  const wrapper = async (text: string, mode = 0o755) => {
    await mkdir(folder);
    await writeFile(join(folder, "mysqld"), text);
    await chmod(join(folder, "mysqld"), mode);
    return join(folder, "mysqld");
  };

  test("a wrong STRATA_MYSQLD is one line", async () => {
    await expect(findServer({ STRATA_MYSQLD: join(folder, "none") })).rejects.toThrow(/STRATA_MYSQLD names .*none, which does not run/);
    await expect(findServer({ STRATA_MYSQLD: process.execPath })).rejects.toThrow(/does not run as mysqld or mariadbd/);
    const notExecutable = await wrapper("#!/bin/sh\necho", 0o644);
    await expect(findServer({ STRATA_MYSQLD: notExecutable })).rejects.toThrow(/does not run as mysqld or mariadbd/);
  });

  test("a server that is too old is one line, and its version is read as numbers", async () => {
    const path = await wrapper("#!/bin/sh\necho 'mysqld  Ver 8.0.41 for Linux on x86_64'\n");
    await expect(findServer({ STRATA_MYSQLD: path })).rejects.toThrow(
      /MySQL 8\.0\.41 at .* is too old: Strata needs MySQL 8\.4 or MariaDB 10\.11/,
    );
    expect([
      isTooOld("mariadb", "10.9.9"),
      isTooOld("mariadb", "10.11.2"),
      isTooOld("mariadb", "11.4.1"),
      isTooOld("mysql", "9.0.0"),
    ]).toEqual([true, false, false, false]);
  });

  test("a wrapper script is used as it is", async () => {
    const dash = (await readFile(server.path)).subarray(0, 2).toString() === "#!" ? "" : "--no-defaults";
    const path = await wrapper(`#!/bin/sh\nexec ${server.path} ${dash} "$@"\n`);
    const found = await findServer({ STRATA_MYSQLD: path });
    expect(found).toEqual({ ...server, path });
    await (await start({ server: found, replica: false })).stop();
  });
});

describe("a test's own database", () => {
  test("is there in a moment, and all of it goes when the test process is killed", async () => {
    const script = "require('./test/support/database').testDatabase().then((db) => process.send({ dataDir: db.dataDir }))";
    const owner = child(script);
    const [{ dataDir }] = (await once(owner, "message")) as [{ dataDir: string }];
    expect(serversIn(join(dataDir, "primary"))).not.toEqual([]);
    owner.kill("SIGKILL");
    expect(await waitUntil(() => !existsSync(dataDir) && serversIn(join(dataDir, "primary")).length === 0, 10_000)).toBe(true);
  });

  test("is made from a template that has the migrations done", async () => {
    const db = await testDatabase({ migrate: withTable });
    await write(db, 1);
    expect(await numbersAt(db.replicaUrls[0], 1)).toEqual([1]);
    await db.close();
    expect(existsSync(db.dataDir)).toBe(false);
  });
});

function mayMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "strata-mount-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], { stdio: "ignore" });
    execFileSync("umount", [folder]);
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(folder);
  }
}

/** Another Node process that owns a private database: it tells its URLs, and stops on SIGTERM. */
const ownerProcess = (dataDir: string): ChildProcess =>
  child(`
    const { startPrivateDatabase } = require("./shared/mysqld/private");
    const { findServer } = require("./shared/mysqld/find");
    (async () => {
      const db = await startPrivateDatabase({ dataDir: ${JSON.stringify(dataDir)}, server: await findServer(), tuning: "test" });
      process.on("SIGTERM", () => db.stop().then(() => process.exit(0)));
      process.send({ migrationUrl: db.migrationUrl, primaryUrl: db.primaryUrl, replicaUrls: db.replicaUrls });
    })();`);

function child(script: string): ChildProcess {
  const args = ["-r", "./test/support/typescript.cjs", "-e", script];
  return spawn(process.execPath, args, { cwd: join(__dirname, "../.."), stdio: ["ignore", "inherit", "inherit", "ipc"] });
}
