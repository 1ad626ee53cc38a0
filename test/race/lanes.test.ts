import { Items } from "../../services/sales/known/items";
import { reconcileSales } from "../../services/sales/reconcile";
import { LayerDatabase } from "../../shared/db/database";
import { quietLog } from "../../shared/log";
import { salesWorld, type SalesWorld } from "../sales/support";
import { combining, holdHeader, unitsHeld, until, type Combining } from "../support/combining";

let world: SalesWorld;
beforeAll(async () => {
  world = await salesWorld();
});
afterAll(() => world.close());

const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));

test("an item that another transaction holds waits for it, alone; orders for the others do not", async () => {
  await world.stock({ LOCKED: 10, MIXED: 10, "FREE-1": 100, "FREE-2": 100 });
  const { combiner, reserve } = await combining(world.db);
  const order: string[] = [];
  let servedAll = false;
  const { released } = await holdHeader(world.db, "LOCKED", async (tx) => {
    while (!servedAll) await tx.query("SELECT SLEEP(0.02)");
  });
  const waiting = [reserve("locked", "LOCKED"), reserve("mixed", "MIXED", "LOCKED")].map((answer) => answer.then(() => order.push("held")));
  void released.then(() => order.push("released"));
  // One after the other, so that each finds the locked item in the slow lane or its batch.
  for (let i = 0; i < 30; i++) {
    await reserve(`free-${i}`, `FREE-${1 + (i % 2)}`);
    order.push("free");
  }
  servedAll = true;
  await Promise.all([released, ...waiting]);
  expect(order).toEqual([...times(30, () => "free"), "released", "held", "held"]);
  expect(combiner.measures()).toMatchObject({ slowed: 2, waiting: 0, commands: 32 });
  expect(await reconcileSales(world.db)).toEqual([]);
});

test("who wants an item that others wait for goes behind them", async () => {
  await world.stock({ LAST: 1 });
  const { combiner, reserve } = await combining(world.db);
  const { released } = await holdHeader(world.db, "LAST", (tx) => tx.query("SELECT SLEEP(0.5)"));
  const first = reserve("first", "LAST");
  await until(() => combiner.counts.slowed === 1);
  const second = reserve("second", "LAST");
  expect(combiner.measures().waitingForLocks + combiner.counts.slowed).toBeGreaterThan(2);
  await released;
  await expect(second).rejects.toMatchObject({ code: "INSUFFICIENT_STOCK" });
  expect((await first).result.reservation.order_ref).toBe("first");
  // The way is free again for whoever comes when nobody waits.
  await expect(reserve("third", "LAST")).rejects.toMatchObject({ code: "INSUFFICIENT_STOCK" });
  expect(combiner.counts.slowed).toBe(2);
});

test("an item without a header is not one that is locked", async () => {
  const { combiner, reserve } = await combining(world.db);
  await expect(reserve("nothing", "NOWHERE")).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(combiner.counts).toMatchObject({ slowed: 0, commands: 1 });
});

describe("two processes", () => {
  let second: LayerDatabase;
  beforeAll(async () => {
    second = await LayerDatabase.open({ layer: "sales", primaryUrl: world.database.primaryUrl, replicaUrls: [], log: quietLog });
  });
  afterAll(() => second.close());

  test("a hundred that want an item nobody has asked for yet ask the database once", async () => {
    await world.stock({ NEW: 1 });
    const items = new Items(second);
    const before = second.statements;
    await Promise.all(times(100, () => items.learn(["NEW", "NONE"])));
    expect(second.statements - before).toBe(1);
    await items.learn(["NEW"]);
    expect(second.statements - before).toBe(1);
  });

  test("share one hot item, and each gets its part", async () => {
    const units = 1_500;
    await world.stock({ SHARED: units });
    const granted = await Promise.all([world.db, second].map(async (db, i) => buyers(await combining(db), `process-${i}`)));
    expect(granted[0] + granted[1]).toBe(units);
    expect(await unitsHeld(world.db, "SHARED")).toBe(units);
    expect(Math.min(...granted)).toBeGreaterThan(units / 5);
    expect(await reconcileSales(world.db)).toEqual([]);
  });

  test("one whose queue is never empty leaves the other its turns", async () => {
    await world.stock({ FLOODED: 100_000 });
    const patient = { patienceMs: 120_000, mostWaitMs: 120_000 };
    const [busy, calm] = [await combining(world.db, patient), await combining(second, patient)];
    let flooding = true;
    const flood = Promise.all(times(6_000, (i) => busy.reserve(`flood-${i}`, "FLOODED"))).finally(() => (flooding = false));
    let turns = 0;
    for (; flooding; turns++) await calm.reserve(`calm-${turns}`, "FLOODED");
    await flood;
    expect(turns).toBeGreaterThan(busy.combiner.counts.batches / 3);
    expect(await unitsHeld(world.db, "FLOODED")).toBe(6_000 + turns);
  }, 120_000);
});

/** Twenty-five who buy on until there is no more; how much they got. */
async function buyers({ reserve }: Combining, name: string): Promise<number> {
  let granted = 0;
  await Promise.all(
    times(25, async (buyer) => {
      for (let i = 0; ; i++) {
        const answer = await reserve(`${name}-${buyer}-${i}`, "SHARED").catch((error: { code?: string }) => error);
        if (!("result" in answer)) return expect(answer.code).toBe("INSUFFICIENT_STOCK");
        granted++;
      }
    }),
  );
  return granted;
}
