import { LayerDatabase, type Reader } from "../../shared/db/database";
import { onSnapshot } from "../../shared/reconcile";
import { inTransaction, type Tx } from "../../shared/db/transaction";
import { wait } from "../../shared/db/retry";
import { Fault } from "../../shared/refusal";
import { quietLog } from "../../shared/log";
import { insertOrderNumbers, readOrderNumbers } from "../../services/sales/stock/stock.sql";
import { reconcileSales } from "../../services/sales/reconcile";
import { combining } from "../support/combining";
import { CONFIRM, insist, RESERVE, salesWorld, type SalesWorld } from "../sales/support";
import { databaseWire } from "../support/proxy";

/** A database that takes no more connections, takes no writes, stands still or is slow; and a process whose clock is wrong. */
let world: SalesWorld;
beforeAll(async () => {
  world = await salesWorld();
  await world.stock({ FULL: 1_000, RO: 10, ICE: 100, SLOW: 1_000, CLOCK: 10 });
});
afterAll(async () => {
  expect(await reconcileSales(world.db)).toEqual([]);
  await world.close();
});

const input = (key: string, sku: string, more: object = {}) => ({
  input: { idempotencyKey: key, orderRef: key, channel: "web", lines: [{ sku, quantity: 1 }], ...more },
});
const idOf = (answer: { data?: { reserveStock?: { reservation?: { id: string } | null } } | null }) =>
  answer.data?.reserveStock?.reservation?.id;
/** Until it is neither too much nor out of reach. */
async function insisting<T>(ask: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + 60_000; ; await wait(200)) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Fault) || Date.now() > end) throw error;
    }
  }
}
const heldOf = async (sku: string) =>
  (await world.ask("query ($sku: ID!) { inventoryItem(sku: $sku) { virtualStock { held } } }", { sku })).data.inventoryItem.virtualStock[0]
    .held;

test("no more connections to be had: nothing is lost or doubled, and the pool is well again", async () => {
  const admin = await world.database.primary.admin();
  const [[{ before }]] = (await admin.query("SELECT @@GLOBAL.max_connections AS `before`")) as unknown as [[{ before: number }]];
  const others = await Promise.all([1, 2, 3, 4].map((i) => combining(world.db, { patienceMs: 30_000 + i })));
  await admin.query("SET GLOBAL max_connections = 10");
  const first = await Promise.allSettled(Array.from({ length: 200 }, (_, i) => others[i % 4].reserve(`full-${i}`, "FULL")));
  await admin.query("SET GLOBAL max_connections = ?", [before]);
  await admin.end();
  const ids = new Map<number, string>();
  first.forEach((one, i) => one.status === "fulfilled" && ids.set(i, one.value.result.reservation.id));
  for (const one of first)
    if (one.status === "rejected") expect(one.reason).toMatchObject({ faultCode: expect.stringMatching(/UNAVAILABLE|OVERLOADED/) });
  const again = await Promise.all(Array.from({ length: 200 }, (_, i) => insisting(() => others[i % 4].reserve(`full-${i}`, "FULL"))));
  again.forEach(({ result }, i) => expect(result.reservation.id).toEqual(ids.get(i) ?? expect.any(String)));
  expect(await heldOf("FULL")).toBe(200);
});

test("a node that has become read-only takes no write, says so, and takes them when it is primary again", async () => {
  const admin = await world.database.primary.admin();
  await admin.query("SET GLOBAL read_only = 1");
  const { errors } = await world.ask(RESERVE, input("ro", "RO"));
  expect(errors[0]).toMatchObject({
    message: expect.stringContaining("takes no writes"),
    extensions: { code: "UNAVAILABLE", retryAfterMs: 1_000 },
  });
  await admin.query("SET GLOBAL read_only = 0");
  await admin.end();
  expect(idOf(await insist(world, RESERVE, input("ro", "RO")))).toEqual(expect.any(String));
  expect(await heldOf("RO")).toBe(1);
});

test("a server that stands still for three seconds: what was asked is answered once, and no connection is left behind", async () => {
  await world.database.primary.killServer("SIGSTOP");
  const asked = Promise.all(Array.from({ length: 30 }, (_, i) => insist(world, RESERVE, input(`ice-${i}`, "ICE"))));
  await wait(3_000);
  await world.database.primary.killServer("SIGCONT");
  expect((await asked).map(idOf)).toEqual(Array(30).fill(expect.any(String)));
  expect(await heldOf("ICE")).toBe(30);
  const [{ open }] = await world.db.query<{ open: number }>(
    "SELECT COUNT(*) AS open FROM information_schema.PROCESSLIST WHERE USER = 'strata'",
  );
  expect(Number(open)).toBeLessThanOrEqual(17);
});

test("every answer of the database 100 ms late: many callers share few commits", async () => {
  const wire = await databaseWire(world.database.primary.port);
  const db = await LayerDatabase.open({
    layer: "sales",
    primaryUrl: wire.through(world.database.primaryUrl),
    replicaUrls: [],
    log: quietLog,
  });
  const { combiner, reserve } = await combining(db, { patienceMs: 60_000 });
  wire.delayAnswers(100);
  const answers = await Promise.all(Array.from({ length: 300 }, (_, i) => reserve(`slow-${i}`, "SLOW")));
  expect(new Set(answers.map(({ result }) => result.reservation.id)).size).toBe(300);
  expect(combiner.counts.batches).toBeLessThan(10);
  wire.delayAnswers(0);
  await db.close();
  await wire.close();
});

const CLOCK_AND_NOTHING_ELSE = {
  doNotFake: [
    "hrtime",
    "nextTick",
    "performance",
    "queueMicrotask",
    "setImmediate",
    "clearImmediate",
    "setInterval",
    "clearInterval",
    "setTimeout",
    "clearTimeout",
  ] as never[],
};
test.each([300, -300])("a process whose clock is %i s off holds and expires by the database's", async (offSeconds) => {
  jest.useFakeTimers({ ...CLOCK_AND_NOTHING_ELSE, now: Date.now() + offSeconds * 1_000 });
  try {
    const long = await world.ask(RESERVE, input(`long${offSeconds}`, "CLOCK", { holdSeconds: 60 }));
    expect(long.data.reserveStock.reservation.status).toBe("HELD");
    const short = (await world.ask(RESERVE, input(`short${offSeconds}`, "CLOCK", { holdSeconds: 1 }))).data.reserveStock.reservation;
    const statusOf = async (id: string) => (await world.ask(`{ reservation(id: "${id}") { status } }`)).data.reservation.status;
    expect(await statusOf(short.id)).toBe("HELD");
    await wait(1_100);
    expect(await statusOf(short.id)).toBe("EXPIRED");
    const confirmed = await world.ask(CONFIRM, { input: { idempotencyKey: `c${offSeconds}`, reservationId: idOf(long) } });
    expect(confirmed.data.confirmReservation.reservation.status).toBe("CONFIRMED");
  } finally {
    jest.useRealTimers();
  }
});

describe("rows that are stored ahead", () => {
  const order = (ref: string) => ({ order_ref: ref, client: "shop", channel_code: "web" });
  // Nothing else is asked through it, so its statements can be counted.
  let quiet: LayerDatabase;
  beforeAll(async () => {
    quiet = await LayerDatabase.open({ layer: "sales", primaryUrl: world.database.primaryUrl, replicaUrls: [], log: quietLog });
  });
  afterAll(() => quiet.close());
  const storing = (...refs: string[]) =>
    inTransaction(quiet, (tx) =>
      tx.ahead(async () => refs.reduce((done, ref) => done.then(() => insertOrderNumbers(tx, [order(ref)])), Promise.resolve())),
    );
  const fail = (): never => {
    throw new Error("no");
  };
  const stored = async () => (await readOrderNumbers(world.db, ["A-1", "A-2", "A-3"])).map((row) => row.order_ref).sort();

  test("a statement that fails, whichever it is, takes the whole work along", async () => {
    await expect(storing("A-1", "A-1", "A-2", "A-3")).rejects.toMatchObject({ errno: 1062 });
    await expect(storing("A-1", "A-2", "A-2")).rejects.toMatchObject({ errno: 1062 });
    expect(await stored()).toEqual([]);
    await storing("A-1", "A-2", "A-3");
    expect(await stored()).toEqual(["A-1", "A-2", "A-3"]);
  });

  test.each([1, 2_000])("what was stored after a statement that failed, %i rows each, is not begun", async (rows) => {
    const since = performance.now();
    const work = inTransaction(quiet, (tx) =>
      tx.ahead(async () => {
        await tx.store("INSERT INTO order_number (order_ref, client, channel_code) VALUES ('B-1', '', ''), ('B-1', '', '')", [], rows);
        await tx.store("DO SLEEP(2)", [], rows);
      }),
    );
    await expect(work).rejects.toMatchObject({ errno: 1062 });
    expect(performance.now() - since).toBeLessThan(1_500);
  });

  test.each([
    ["stored ahead", (tx: Tx) => tx.ahead(async () => (await insertOrderNumbers(tx, [order("C-1")]), fail()))],
    ["asked and not waited for", (tx: Tx) => (insertOrderNumbers(tx, [order("C-1")]).catch(() => undefined), fail())],
  ])("what was %s when the work fails is never sent: it would stand outside the transaction", async (_, work) => {
    await expect(inTransaction(quiet, (tx) => tx.query("SELECT 1").then(() => work(tx)))).rejects.toThrow("no");
    for (let i = 0; i < 20; i++) await quiet.query("DO SLEEP(0)");
    expect(await readOrderNumbers(world.db, ["C-1"])).toEqual([]);
  });

  test("statements of one turn are one question: in their order, each with its own answer, the clock read after what was waited for", async () => {
    const [before, , after] = await inTransaction(quiet, (tx) =>
      Promise.all([
        tx.query<{ now: Date }>("SELECT NOW(6) AS now"),
        tx.query("SELECT SLEEP(?) AS slept", [0.3]),
        tx.query<{ now: Date; given: string }>("SELECT NOW(6) AS now, ? AS given", ["a;b'"]),
      ]),
    );
    expect(after[0].given).toBe("a;b'");
    expect(after[0].now.getTime() - before[0].now.getTime()).toBeGreaterThanOrEqual(300);
  });

  test("the next rows are made while the database stores those before them", async () => {
    await inTransaction(world.db, (tx) =>
      tx.ahead(async () => {
        const since = performance.now();
        await tx.store("DO SLEEP(1)", [], 2_000);
        expect(performance.now() - since).toBeLessThan(500);
        await tx.store("DO SLEEP(0)", [], 2_000);
        expect(performance.now() - since).toBeGreaterThan(900);
      }),
    );
  });
});

test("a check of the books may read for longer than a caller's statement, and leaves its connection as it was", async () => {
  const limit = async (reader: Reader) => {
    const variable = world.db.engine === "mariadb" ? "@@max_statement_time" : "@@max_execution_time / 1000";
    const [{ seconds }] = await reader.query<{ seconds: string | number }>(`SELECT ${variable} AS seconds`);
    return Number(seconds);
  };
  expect(await onSnapshot(world.db, limit)).toBe(600);
  const after = await Promise.all(Array.from({ length: 20 }, () => limit(world.db)));
  expect(new Set(after)).toEqual(new Set([10]));
});
