import { LayerDatabase } from "../../shared/db/database";
import { inTransaction } from "../../shared/db/transaction";
import { FeedPruned, LocalFeed } from "../../shared/flow/feed";
import { tell } from "../../shared/flow/outbox";
import { prune, type Prune } from "../../shared/flow/prune";
import { OUTBOX, Sequencer, untilPlaced } from "../../shared/flow/sequencer";
import { quietLog } from "../../shared/log";
import { testDatabase, type TestDatabase } from "../support/database";

/** What was told long ago is removed, and never what somebody has still to take. */
let database: TestDatabase;
let db: LayerDatabase;
let sequencer: Sequencer;
const DAYS = 30;
const run = (more: Prune[] = [], fence = () => Promise.resolve()) => prune(db, DAYS, more, fence);
const positions = async (): Promise<number[]> =>
  (await db.query<{ position: number }>("SELECT position FROM feed ORDER BY position")).map(({ position }) => Number(position));
const age = (upTo: number) => db.query("UPDATE feed SET at = NOW(6) - INTERVAL 31 DAY WHERE position <= ?", [upTo]);
async function told(count: number): Promise<void> {
  for (let i = 0; i < count; i++)
    await inTransaction(db, (tx) => tell(tx, [{ type: "ChannelSaved", code: "c", name: "c", pool: "p", aggregates: {} }]));
  await untilPlaced(db, OUTBOX, Date.now() + 10_000);
}
/** A process that has read up to a position and asks for more. */
const reads = (reader: "sales" | "warehouse", after: number) => new LocalFeed(db, async () => undefined).read(after, 100, 0, reader);

beforeAll(async () => {
  // The feed of dispatch is read by sales and the warehouse.
  database = await testDatabase({ replica: false, schemas: [{ layer: "dispatch", migrations: [], ledgerTables: [] }] });
  db = await LayerDatabase.open({ layer: "dispatch", primaryUrl: database.primaryUrl, replicaUrls: [], log: quietLog });
  sequencer = new Sequencer(db, OUTBOX);
  sequencer.start();
});
afterAll(async () => {
  await sequencer?.stop();
  await db?.close();
  await database?.close();
});

test("nothing goes before every reader has read, and then only what is old and was taken by all", async () => {
  await told(8);
  await age(6);
  expect(await run()).toBe(false);
  await reads("sales", 8);
  await run();
  expect(await positions()).toHaveLength(8);
  await reads("warehouse", 3);
  await run();
  expect(await positions()).toEqual([4, 5, 6, 7, 8]);
  await reads("warehouse", 8);
  await run();
  expect(await positions()).toEqual([7, 8]);
});

test("a reader that is behind what is kept is told so by name, one that is not reads on", async () => {
  await expect(reads("warehouse", 5)).rejects.toThrow(FeedPruned);
  await expect(reads("warehouse", 5)).rejects.toThrow(/FEED_PRUNED: .*kept from position 7 on, position 5 was asked for/);
  expect((await reads("warehouse", 6)).map(({ position }) => position)).toEqual([7, 8]);
});

test("the newest event stays, so that the next gets the next position", async () => {
  for (const reader of ["sales", "warehouse"] as const) await reads(reader, 8);
  await age(8);
  await run();
  expect(await positions()).toEqual([8]);
  await told(1);
  expect(await positions()).toEqual([8, 9]);
});

test("in batches, and not without the lease", async () => {
  await db.query(`INSERT INTO feed (position, id, at, type, aggregates, client, merchant, body)
    SELECT 10 + seq, UUID(), NOW(6) - INTERVAL 40 DAY, 'ChannelSaved', '{}', '', '', '{}'
    FROM (WITH RECURSIVE n AS (SELECT 0 AS seq UNION ALL SELECT seq + 1 FROM n WHERE seq < 899) SELECT seq FROM n) AS numbers`);
  await db.query(`INSERT INTO feed (position, id, at, type, aggregates, client, merchant, body)
    SELECT position + 900, UUID(), at, type, aggregates, client, merchant, body FROM feed WHERE position >= 10`);
  await age(9);
  for (const reader of ["sales", "warehouse"] as const) await reads(reader, 1_809);
  await expect(run([], () => Promise.reject(new Error("lost")))).rejects.toThrow("lost");
  expect(await positions()).toHaveLength(1_802);
  expect(await run()).toBe(true);
  expect(await positions()).toHaveLength(802);
  expect(await run()).toBe(false);
  expect(await positions()).toEqual([1_809]);
});

test("idempotency keys go when they are older than what is promised, others stay", async () => {
  await db.query(`INSERT INTO idempotency (client, mutation, idempotency_key, input_hash, entity_id, created_at) VALUES
    ('c', 'm', 'old', '', 'e', NOW(6) - INTERVAL 31 DAY), ('c', 'm', 'young', '', 'e', NOW(6) - INTERVAL 29 DAY)`);
  await run();
  expect(await db.query("SELECT idempotency_key FROM idempotency")).toEqual([{ idempotency_key: "young" }]);
});
