import { DataSource } from "typeorm";
import { LayerDatabase } from "../../shared/db/database";
import { isRetryable } from "../../shared/db/retry";
import { inTransaction, type Tx } from "../../shared/db/transaction";
import { durability } from "../../shared/db/server.sql";
import { quietLog } from "../../shared/log";
import { testDatabase, type TestDatabase } from "../support/database";

/**
 * The traps of this stack, each first as the stock settings have it, then as `inTransaction` and `LayerDatabase` do.
 * Numbers are those of the design's checklist.
 */
let database: TestDatabase;
let db: LayerDatabase;
let stock: DataSource;

const migrations = {
  layer: "sales" as const,
  ledgerTables: ["ledger_line"],
  migrations: [
    {
      number: 1001,
      sentence: "A row to fight over",
      sql: "CREATE TABLE IF NOT EXISTS thing (id INT PRIMARY KEY, n INT NOT NULL) ENGINE=InnoDB",
    },
    {
      number: 1002,
      sentence: "Lines that nobody may change",
      sql: "CREATE TABLE IF NOT EXISTS ledger_line (id INT PRIMARY KEY, n INT NOT NULL) ENGINE=InnoDB",
    },
  ],
};

const stockSource = (url: string, extra: object = {}) =>
  new DataSource({ type: "mysql", url, database: "strata_sales", poolSize: 8, extra } as ConstructorParameters<
    typeof DataSource
  >[0]).initialize();

beforeAll(async () => {
  database = await testDatabase({ replica: false, schemas: [migrations] });
  db = await LayerDatabase.open({ layer: "sales", primaryUrl: database.primaryUrl, replicaUrls: [], log: quietLog });
  stock = await stockSource(database.primaryUrl);
});
afterAll(async () => {
  await stock.destroy().catch(() => undefined);
  await db.close();
  await database.close();
});
beforeEach(() => reset());

const reset = () =>
  inTransaction(db, async (tx) => {
    await tx.execute("DELETE FROM thing");
    await tx.execute("INSERT INTO thing (id, n) VALUES (1, 0), (2, 0)");
  });
const all = async () => (await db.query<{ id: number; n: number }>("SELECT id, n FROM thing ORDER BY id")).map(({ id, n }) => [id, n]);
const add = (tx: Pick<Tx, "execute">, id: number, n = 1) => tx.execute("UPDATE thing SET n = n + ? WHERE id = ?", [n, id]);
const failure = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: Error & { errno?: number; code?: string; fatal?: boolean }) => error,
  );

/** Lets two transactions meet: each waits until the other has come this far. */
function meeting(): () => Promise<void> {
  let open: () => void = () => undefined;
  let arrived = 0;
  const both = new Promise<void>((resolve) => (open = resolve));
  return () => {
    if (++arrived === 2) open();
    return both;
  };
}

test("2: after a deadlock the outermost work runs again, whole; stock nesting goes on outside any transaction", async () => {
  const a = stock.createQueryRunner();
  const b = stock.createQueryRunner();
  for (const runner of [a, b]) {
    await runner.startTransaction();
    await runner.startTransaction(); // nested: a savepoint
  }
  await a.query("UPDATE thing SET n = 10 WHERE id = 1");
  await b.query("UPDATE thing SET n = 10 WHERE id = 2");
  const [first, second] = await Promise.all([
    failure(a.query("UPDATE thing SET n = 11 WHERE id = 2")),
    failure(b.query("UPDATE thing SET n = 11 WHERE id = 1")),
  ]);
  const victim = first ? a : b;
  expect((first ?? second)?.errno).toBe(1213);
  expect(await failure(victim.rollbackTransaction())).toMatchObject({ code: "ER_SP_DOES_NOT_EXIST" });
  expect(victim.isTransactionActive).toBe(true); // it believes so, and this is committed alone:
  await victim.query("INSERT INTO thing (id, n) VALUES (3, 3)");
  expect(await all()).toContainEqual([3, 3]);
  for (const runner of [a, b]) {
    await runner.query("ROLLBACK");
    await runner.release();
  }
  await reset();

  const meet = meeting();
  let runs = 0;
  const opposite = (one: number, other: number) =>
    inTransaction(db, async (tx) => {
      runs++;
      await add(tx, one);
      if (runs <= 2) await meet();
      await add(tx, other);
    });
  await Promise.all([opposite(1, 2), opposite(2, 1)]);
  expect(runs).toBe(3);
  expect(await all()).toEqual([
    [1, 2],
    [2, 2],
  ]);
});

test("3: a lock wait timeout rolls everything back; stock COMMIT keeps what came before it", async () => {
  // The private servers set innodb_rollback_on_timeout; a server that somebody else runs may not, so nothing relies on it.
  const holder = stock.createQueryRunner();
  await holder.startTransaction();
  await holder.query("UPDATE thing SET n = 5 WHERE id = 2");
  let runs = 0;
  const waits = inTransaction(db, async (tx) => {
    if (++runs === 2) await holder.commitTransaction();
    await add(tx, 1);
    await add(tx, 2);
  });
  await waits;
  expect(runs).toBe(2);
  expect(await all()).toEqual([
    [1, 1],
    [2, 6],
  ]);
  await holder.release();
});

test("4: a connection whose server goes silent, or that idles in a transaction, is ended and its locks with it", async () => {
  let id = 0;
  const forgotten = failure(
    inTransaction(
      db,
      async (tx) => {
        [{ id }] = await tx.query<{ id: number }>("SELECT CONNECTION_ID() AS id");
        await add(tx, 1);
        await new Promise(() => undefined); // a caller that never comes back
      },
      { attempts: 1 },
    ),
  );
  void forgotten;
  await inTransaction(db, (tx) => add(tx, 1, 7)); // waits for the watchdog, not for ever
  expect(await all()).toContainEqual([1, 7]);
  const [{ open }] = await db.query<{ open: number }>("SELECT COUNT(*) AS open FROM information_schema.PROCESSLIST WHERE ID = ?", [id]);
  expect(Number(open)).toBe(0);
});

test("5: a killed connection has no code of its own, and its work runs again", async () => {
  const admin = await database.primary.admin();
  let runs = 0;
  const seen: unknown[] = [];
  await inTransaction(db, async (tx) => {
    runs++;
    await add(tx, 1);
    if (runs === 1) {
      const [{ id }] = await tx.query<{ id: number }>("SELECT CONNECTION_ID() AS id");
      await admin.query(`KILL ${id}`);
      const error = await failure(tx.query("SELECT 1"));
      seen.push(isRetryable(error));
      throw error!;
    }
  });
  await admin.end();
  expect({ runs, seen, n: (await all())[0] }).toEqual({ runs: 2, seen: [true], n: [1, 1] });
  expect(isRetryable(Object.assign(new Error("gone"), { fatal: true }))).toBe(true);
});

test("a reply lost after COMMIT: the whole work runs again and finds its own key", async () => {
  let runs = 0;
  const original = stockQuery(db);
  const restore = original.cutAfterCommit(() => runs === 1);
  await inTransaction(db, async (tx) => {
    runs++;
    const [done] = await tx.query("SELECT id FROM thing WHERE id = 77");
    if (done) return;
    await tx.execute("INSERT INTO thing (id, n) VALUES (77, 1)");
    await add(tx, 1);
  });
  restore();
  expect(runs).toBe(2);
  expect(await all()).toEqual([
    [1, 1],
    [2, 0],
    [77, 1],
  ]);
});

/** Cuts the connection after COMMIT has taken effect and before its answer is seen. */
function stockQuery({ primary }: LayerDatabase) {
  return {
    cutAfterCommit(when: () => boolean) {
      const make = primary.createQueryRunner.bind(primary);
      primary.createQueryRunner = (mode) => {
        const runner = make(mode);
        const query = runner.query.bind(runner) as (sql: string, params?: unknown[]) => Promise<unknown>;
        runner.query = async (sql: string, params?: unknown[]) => {
          const answer = await query(sql, params);
          if (sql === "COMMIT" && when()) throw Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", fatal: true });
          return answer as never;
        };
        return runner;
      };
      return () => {
        primary.createQueryRunner = make;
      };
    },
  };
}

test("6: adding under the row's lock loses nothing; read, add and save loses most", async () => {
  const twin = async () => {
    const runner = stock.createQueryRunner();
    await runner.startTransaction("REPEATABLE READ");
    const [{ n }] = await runner.query("SELECT n FROM thing WHERE id = 2");
    await runner.query("UPDATE thing SET n = ? WHERE id = 2", [n + 1]).catch(() => undefined);
    await runner.commitTransaction().catch(() => undefined);
    await runner.release();
  };
  await Promise.all(Array.from({ length: 8 }, twin));
  await Promise.all(Array.from({ length: 30 }, () => inTransaction(db, (tx) => add(tx, 1))));
  const [[, locked], [, saved]] = await all();
  expect(locked).toBe(30);
  expect(saved).toBeLessThan(8);
});

test("7: what durability rests on is asked of the server, never assumed", async () => {
  const settings = await durability(db);
  expect(Object.keys(settings).sort()).toEqual([
    "binlog_format",
    "innodb_doublewrite",
    "innodb_flush_log_at_trx_commit",
    "log_bin",
    "sync_binlog",
  ]);
});

test("invariant 1: the runtime user may not change or delete a ledger line, nor make a table", async () => {
  await db.query("INSERT INTO ledger_line (id, n) VALUES (1, 1)");
  for (const sql of ["UPDATE ledger_line SET n = 2", "DELETE FROM ledger_line", "DROP TABLE ledger_line", "CREATE TABLE other (id INT)"]) {
    expect(await failure(db.query(sql))).toMatchObject({
      code: expect.stringMatching(/ER_(TABLEACCESS|DBACCESS)_DENIED_ERROR|ER_TABLEACCESS_DENIED_ERROR/),
    });
  }
});

test("1: the primary goes away for 20 s and comes back; the stock replication setting needs a restart, this does not", async () => {
  const { hostname, port, username, password } = new URL(database.primaryUrl);
  const node = { host: hostname, port: Number(port), username, password, database: "strata_sales" };
  const replicated = await new DataSource({
    type: "mysql",
    replication: { master: node, slaves: [node] },
    connectTimeout: 1_000,
  } as never).initialize();
  const write = () => inTransaction(db, (tx) => add(tx, 1), { attempts: 2 });
  await write();
  await database.primary.killServer("SIGKILL");
  const until = Date.now() + 20_000;
  let slowest = 0;
  while (Date.now() < until) {
    const started = Date.now();
    expect(await failure(write())).toMatchObject({ extensions: { code: "UNAVAILABLE", retryAfterMs: expect.any(Number) } });
    slowest = Math.max(slowest, Date.now() - started);
    await failure(replicated.createQueryRunner("master").query("SELECT 1"));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await database.primary.startServer();
  await write();
  expect((await all())[0]).toEqual([1, 2]);
  expect(slowest).toBeLessThan(4_000);
  expect(await failure(replicated.createQueryRunner("master").query("SELECT 1"))).toMatchObject({ code: "POOL_NOEXIST" });
  await replicated.destroy().catch(() => undefined);
}, 90_000);
