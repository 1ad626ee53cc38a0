import { LayerDatabase } from "../../shared/db/database";
import { inTransaction, type Tx } from "../../shared/db/transaction";
import { park, parkedKeys } from "../../shared/flow/consumer.sql";
import { consumerLease, type Parked } from "../../shared/flow/consumer";
import { ensureLease, lockLease } from "../../shared/db/lease.sql";
import { wait } from "../../shared/db/retry";
import type { FeedEvent } from "../../shared/flow/messages";
import { ParkedEvents, type Replayed } from "../../shared/flow/replay";
import { quietLog } from "../../shared/log";
import { testDatabase, type TestDatabase } from "../support/database";

/** What was set aside is applied after its cause is gone: in order, once, and no further than what still fails. */
let database: TestDatabase;
let db: LayerDatabase;
const poison = new Set<number>();
const told: [position: number, version: number, error: string | null][] = [];
let applied: number[] = [];
let batches = 0;

const apply = async (tx: Tx, events: FeedEvent[]): Promise<void> => {
  batches++;
  const done: number[] = [];
  for (const { position } of events) {
    await tx.execute("INSERT INTO applied (position) VALUES (?)", [position]);
    if (poison.has(position)) throw new Error(`poison ${position}`);
    done.push(position);
  }
  tx.afterCommit(() => void applied.push(...done));
};
const onParked = async (_tx: Tx, { event, version, error }: Parked) => void told.push([event.position, version, error]);

/** Parks what the consumer would have parked: those that failed, and those behind them. */
async function parked(events: Record<number, string[]>, failed: number[]): Promise<void> {
  await inTransaction(db, async (tx) => {
    for (const [text, keys] of Object.entries(events)) {
      const aggregates = Object.fromEntries(keys.map((key) => [key, 1]));
      const event = { position: Number(text), id: "", at: "", client: "", merchant: "", type: "Told", aggregates };
      const isFailed = failed.includes(Number(text));
      await park(tx, "other", [event as unknown as FeedEvent], isFailed ? "at first" : "behind", isFailed ? 1 : 0);
    }
  });
}
const left = async (): Promise<number[]> =>
  (await db.query<{ position: number }>("SELECT position FROM parked_event ORDER BY position")).map(({ position }) => Number(position));

let replay: ParkedEvents;
beforeAll(async () => {
  database = await testDatabase({ replica: false, schemas: [{ layer: "dispatch", migrations: [], ledgerTables: [] }] });
  db = await LayerDatabase.open({ layer: "dispatch", primaryUrl: database.migrationUrl, replicaUrls: [], log: quietLog });
  await db.query("CREATE TABLE applied (position BIGINT NOT NULL PRIMARY KEY)");
  replay = new ParkedEvents(db, [{ from: "other", apply, onParked }]);
});
beforeEach(() => {
  poison.clear();
  told.length = 0;
  applied = [];
  batches = 0;
});
afterAll(async () => {
  await db?.close();
  await database?.close();
});

test("an event goes with all that waits behind it, in order and in one transaction, and nothing else does", async () => {
  await parked({ 1: ["a"], 2: ["x"], 3: ["a", "b"], 4: ["b"], 5: [] }, [1, 2, 5]);
  expect(await replay.replay("other", 1)).toEqual({ applied: 3, failed: [] });
  expect([applied, batches, told]).toEqual([[1, 3, 4], 1, [[1, 2, null]]]);
  expect(await left()).toEqual([2, 5]);
  expect([...(await inTransaction(db, (tx) => parkedKeys(tx, "other")))]).toEqual(["x"]);
  expect(await replay.replay("other", 1)).toEqual({ applied: 0, failed: [] });
  expect(await replay.replay("nobody", 2)).toEqual({ applied: 0, failed: [] });
  expect(await replay.replay("other", 5)).toEqual({ applied: 1, failed: [] });
  expect(await replay.replay("other", 2)).toEqual({ applied: 1, failed: [] });
  expect(await left()).toEqual([]);
});

test("what fails again stays with the new error and what waits behind it, whatever else of its chain goes", async () => {
  await parked({ 11: ["a"], 12: ["a", "b"], 13: ["b"], 14: ["a", "c"], 15: ["c"], 16: ["c", "d"], 17: ["d"] }, [11]);
  poison.add(14);
  expect(await replay.replay("other", 11)).toEqual({ applied: 3, failed: [{ position: 14, error: "poison 14" }] });
  expect([applied, await left()]).toEqual([
    [11, 12, 13],
    [14, 15, 16, 17],
  ]);
  expect(told).toEqual([
    [11, 2, null],
    [14, 1, "poison 14"],
  ]);
  expect((await replay.list()).failed.map(({ position, tries, reason }) => [position, tries, reason])).toEqual([[14, 1, "poison 14"]]);
  poison.clear();
  poison.add(15);
  await replay.replay("other", 14);
  expect(await left()).toEqual([15, 16, 17]);
  poison.clear();
  expect(await replay.replay("other", 15)).toEqual({ applied: 3, failed: [] });
  expect(applied).toEqual([11, 12, 13, 14, 15, 16, 17]);
  expect(await left()).toEqual([]);
});

test("two that replay the same at once apply it once; a long chain goes in several transactions", async () => {
  await parked(Object.fromEntries(Array.from({ length: 1_200 }, (_, i) => [100 + i, ["a"]])), [100]);
  const both = await Promise.all([replay.replay("other", 100), replay.replay("other", 100)]);
  expect(both[0].applied + both[1].applied).toBe(1_200);
  expect(applied).toEqual(Array.from({ length: 1_200 }, (_, i) => 100 + i));
  expect(await left()).toEqual([]);
});

test("what the consumer sets aside behind an event at this moment goes with it", async () => {
  await parked({ 5_000: ["a"] }, [5_000]);
  let done: Promise<Replayed>;
  await ensureLease(db, consumerLease("other"));
  await inTransaction(db, async (tx) => {
    await lockLease(tx, consumerLease("other"));
    const blocked = await parkedKeys(tx, "other");
    expect([...blocked]).toEqual(["a"]);
    done = replay.replay("other", 5_000);
    // It waits for this transaction; if it did not, it would have ended.
    await Promise.race([done, wait(300)]);
    const event = { position: 5_001, id: "", at: "", client: "", merchant: "", type: "Told", aggregates: { a: 2 } };
    await park(tx, "other", [event as unknown as FeedEvent], "behind", 0);
  });
  expect(await done!).toEqual({ applied: 2, failed: [] });
  expect(await left()).toEqual([]);
});
