import { LayerDatabase } from "../../shared/db/database";
import { Lease, LeaseLost } from "../../shared/db/lease";
import { wait } from "../../shared/db/retry";
import { inTransaction, type Tx } from "../../shared/db/transaction";
import { Consumer } from "../../shared/flow/consumer";
import { LocalFeed } from "../../shared/flow/feed";
import type { FeedEvent, SalesMessage } from "../../shared/flow/messages";
import { tell } from "../../shared/flow/outbox";
import { readFeed, type OutboxRow } from "../../shared/flow/outbox.sql";
import { inCommitOrder, OUTBOX, Sequencer } from "../../shared/flow/sequencer";
import { quietLog } from "../../shared/log";
import { testDatabase, type TestDatabase } from "../support/database";

let database: TestDatabase;
let db: LayerDatabase;
const migrations = {
  layer: "sales" as const,
  ledgerTables: [],
  migrations: [
    {
      number: 1001,
      sentence: "What the test applies",
      sql: "CREATE TABLE IF NOT EXISTS seen (position BIGINT PRIMARY KEY, what VARCHAR(64) NOT NULL) ENGINE=InnoDB",
    },
  ],
};

beforeAll(async () => {
  database = await testDatabase({ replica: false, schemas: [migrations] });
  db = await open();
});
afterAll(async () => {
  await db.close();
  await database.close();
});
const open = () => LayerDatabase.open({ layer: "sales", primaryUrl: database.primaryUrl, replicaUrls: [], log: quietLog });

const saved = (code: string, version = 1): SalesMessage & { aggregates: Record<string, number> } => ({
  type: "ChannelSaved",
  code,
  name: code,
  pool: "P",
  aggregates: { [`channel:${code}`]: version },
});
const told = (code: string, version = 1) => inTransaction(db, (tx) => tell(tx, [saved(code, version)]));
const codes = async (after: number) => (await readFeed(db, after, 100)).map((event) => (event as unknown as { code: string }).code);
const head = async () => (await readFeed(db, 0, 10_000)).length;

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 15_000; !(await condition()); await wait(10))
    if (Date.now() > end) throw new Error("it did not come to that");
}

test("a transaction held open while later ones commit loses nothing, and positions are dense", async () => {
  const other = await open();
  const sequencers = [new Sequencer(db, OUTBOX), new Sequencer(other, OUTBOX)];
  sequencers.forEach((sequencer) => sequencer.start());
  const slow = inTransaction(db, async (tx) => {
    await tell(tx, [saved("early")]);
    await until(async () => (await tx.query("SELECT 1")) && (await head()) === 20);
  });
  for (let i = 0; i < 20; i++) await told(`later-${i}`);
  await slow;
  await until(async () => (await head()) === 21);
  const events = await readFeed(db, 0, 100);
  expect(events.map((event) => event.position)).toEqual(Array.from({ length: 21 }, (_, i) => i + 1));
  expect((await codes(0)).at(-1)).toBe("early"); // its id is the smallest: a reader by id would have passed it
  await Promise.all(sequencers.map((sequencer) => sequencer.stop()));
  await other.close();
});

test("reading a feed that has events leaves nothing behind that listens", async () => {
  const feed = new LocalFeed(db, async () => undefined);
  for (let i = 0; i < 20; i++) expect((await feed.read(0, 1, 1_000)).length).toBe(1);
  expect(await feed.read(10_000, 1, 50)).toEqual([]);
  expect(db.signals.listenerCount("feed")).toBe(0);
});

test("versions decide where clocks disagree", () => {
  const row = (id: string, aggregates: Record<string, number>) => ({ id, aggregates }) as unknown as OutboxRow;
  const rows = [row("1", { a: 2, b: 2 }), row("2", { c: 1 }), row("3", { b: 1 }), row("4", { a: 1, c: 2 })];
  expect(inCommitOrder(rows).map(({ id }) => id)).toEqual(["3", "2", "4", "1"]);
});

test("an owner that was paused beyond its lease can do nothing more", async () => {
  const other = await open();
  const paused = new Lease(db, "fenced");
  const next = new Lease(other, "fenced");
  let stop: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => (stop = resolve));
  const owned = new Promise<void>((resolve) => paused.start(() => (resolve(), stopped)));
  await owned;
  await inTransaction(db, (tx) => paused.fence(tx));
  await db.query("UPDATE lease SET expires_at = NOW(6) - INTERVAL 1 SECOND WHERE name = 'fenced'");
  const taken = new Promise<void>((resolve) => next.start(() => (resolve(), stopped)));
  await taken;
  await expect(inTransaction(db, (tx) => paused.fence(tx))).rejects.toBeInstanceOf(LeaseLost);
  await inTransaction(other, (tx) => next.fence(tx));
  stop();
  await Promise.all([paused.stop(), next.stop()]);
  await other.close();
});

test("a consumer applies each event once; a poison event is parked with its followers while others go on", async () => {
  const sequencer = new Sequencer(db, OUTBOX);
  sequencer.start();
  for (const code of ["good-1", "poison", "good-2", "poison", "good-3"]) await told(code);
  let restarts = 0;
  const apply = async (tx: Tx, events: FeedEvent[]) => {
    for (const event of events) {
      const what = (event as unknown as { code: string }).code;
      await tx.execute("INSERT INTO seen (position, what) VALUES (?, ?)", [event.position, what]);
      if (what === "poison") throw new Error("cannot be applied");
      // The first time, the connection goes after the effect and before the position's commit.
      if (what === "good-2" && restarts++ === 0) throw Object.assign(new Error("gone"), { fatal: true });
    }
  };
  const parked: string[] = [];
  const consumer = new Consumer({
    db,
    from: "itself",
    source: new LocalFeed(db, async () => undefined),
    apply,
    onParked: async (_tx, { event }) => void parked.push((event as unknown as { code: string }).code),
  });
  consumer.start();
  await until(
    async () =>
      Number((await db.query<{ position: number }>("SELECT position FROM feed_position WHERE source = 'itself'"))[0]?.position) ===
      (await head()),
  );
  await consumer.stop();
  await sequencer.stop();
  const seen = (await db.query<{ what: string }>("SELECT what FROM seen ORDER BY position")).map(({ what }) => what);
  expect(seen.slice(-3)).toEqual(["good-1", "good-2", "good-3"]);
  expect(seen).toHaveLength(24);
  expect(parked).toEqual(["poison"]);
  const reasons = await db.query<{ reason: string }>("SELECT reason FROM parked_event ORDER BY position");
  expect(reasons.map(({ reason }) => reason)).toEqual(["cannot be applied", "behind a parked event of the same aggregate"]);
});

test("two hundred who wait for a busy consumer of their own process ask the table nothing, are warned of nothing and leave no listener", async () => {
  const waiters = 200;
  const sequencer = new Sequencer(db, OUTBOX);
  sequencer.start();
  let letGo = () => undefined as void;
  const busy = new Promise<void>((resolve) => (letGo = resolve));
  let began = () => undefined as void;
  const applying = new Promise<void>((resolve) => (began = resolve));
  const apply = async () => {
    began();
    await busy;
  };
  const source = new LocalFeed(db, async () => undefined);
  const consumer = new Consumer({ db, from: "its-own", source, apply, onParked: async () => undefined });
  consumer.start();
  await told("slow");
  await applying;
  const to = await head();
  const asking = jest.spyOn(db, "query");
  const settled = Promise.all(
    Array.from({ length: waiters }, () => consumer.settle([], Date.now() + 15_000).then(() => positionSaved("its-own"))),
  );
  await until(async () => db.signals.listenerCount("applied") === waiters);
  asking.mockClear();
  // Longer than the poll of a process that does not own the lease.
  await wait(300);
  const asked = asking.mock.calls.filter(([sql]) => sql.includes("feed_position"));
  letGo();
  for (const position of await settled) expect(position).toBeGreaterThanOrEqual(to);
  asking.mockRestore();
  await consumer.stop();
  await sequencer.stop();
  expect(asked).toEqual([]);
  // Node warns of a leak beyond the emitter's limit; there is none, and 0 is no limit.
  expect(db.signals.getMaxListeners()).toBe(0);
  expect(db.signals.listenerCount("applied")).toBe(0);
});

const positionSaved = async (from: string) =>
  Number((await db.query<{ position: number }>("SELECT position FROM feed_position WHERE source = ?", [from]))[0]?.position);
