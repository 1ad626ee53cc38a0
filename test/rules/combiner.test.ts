import { reconcileSales } from "../../services/sales/reconcile";
import { Lane, Waiting } from "../../services/sales/stock/lane";
import { Cause } from "../../services/sales/stock/virtual-stock";
import { Fault } from "../../shared/refusal";
import { salesWorld, type SalesWorld } from "../sales/support";
import { combining, holdHeader, unitsHeld } from "../support/combining";

const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
const AVAILABILITY = `{ availability(channel: "web", skus: ["RUSH"]) { status quantity } }`;

describe("a queue", () => {
  test("beyond so many waiting commands callers are turned away, however fast they would be", () => {
    const command = { rows: 2, needs: {}, decide: () => undefined };
    const lane = new Lane(() => new Promise(() => undefined), Infinity);
    const waiting = times(
      20_000,
      () => new Waiting(command, { resolve: () => undefined, reject: () => undefined }, 60_000, () => undefined),
    );
    waiting.slice(0, -1).forEach((one) => lane.add(one));
    expect(lane.refusal(command.rows)).toBeUndefined();
    lane.add(waiting.at(-1)!);
    expect(lane.refusal(command.rows)?.faultCode).toBe("OVERLOADED");
    lane.remove(waiting[0]);
    expect(lane.refusal(command.rows)).toBeUndefined();
    for (const one of waiting) {
      lane.remove(one);
      one.reject(new Error("the end"));
    }
    expect([lane.waiting, lane.waitingRows]).toEqual([0, 0]);
  });
});

describe("on a database", () => {
  let world: SalesWorld;
  beforeAll(async () => {
    world = await salesWorld();
  });
  afterAll(() => world.close());

  test("a command whose time is over before it has its locks takes nothing, and its key stays free", async () => {
    await world.stock({ LATE: 5 });
    const hasty = await combining(world.db, { patienceMs: 100 });
    let release: () => void = () => undefined;
    const { released } = await holdHeader(world.db, "LATE", () => new Promise<void>((resolve) => (release = resolve)));
    await expect(hasty.reserve("late", "LATE")).rejects.toMatchObject({ faultCode: "TIMEOUT" });
    release();
    await released;
    await hasty.combiner.drain();
    expect(await unitsHeld(world.db, "LATE")).toBe(0);
    expect(hasty.combiner.counts).toMatchObject({ dropped: 1, commands: 0 });

    const patient = await combining(world.db);
    const { result } = await patient.reserve("late", "LATE");
    expect(result.reservation).toMatchObject({ order_ref: "late", status: "HELD" });
    expect(await unitsHeld(world.db, "LATE")).toBe(1);
    expect(await reconcileSales(world.db)).toEqual([]);
  });

  test("a command that was decided is answered for, however long it takes from there", async () => {
    await world.stock({ BEGUN: 5 });
    const patienceMs = 200;
    const { combiner, command } = await combining(world.db, { patienceMs });
    const begun = command("begun", "BEGUN");
    const { result } = await combiner.submit({
      ...begun,
      decide(batch) {
        for (const end = performance.now() + 2 * patienceMs; performance.now() < end;);
        return begun.decide(batch);
      },
    });
    expect(result.reservation.order_ref).toBe("begun");
    expect(combiner.counts.dropped).toBe(0);
  });

  test("under too much load callers are turned away at once, and reads go on", async () => {
    await world.stock({ RUSH: 1_000_000 });
    const { combiner, reserve } = await combining(world.db, { mostWaitMs: 50 });
    const answered = { granted: 0, slowestMs: 0, shedMs: [] as number[], retryAfterMs: [] as number[], other: [] as unknown[] };
    const asked: Promise<void>[] = [];
    const ask = async (i: number) => {
      const since = performance.now();
      try {
        await reserve(`rush-${i}`, "RUSH");
        answered.granted++;
        answered.slowestMs = Math.max(answered.slowestMs, performance.now() - since);
      } catch (error) {
        if (!(error instanceof Fault) || error.faultCode !== "OVERLOADED") return void answered.other.push(error);
        answered.shedMs.push(performance.now() - since);
        answered.retryAfterMs.push(error.extensions.retryAfterMs as number);
      }
    };
    let read: { data: { availability: unknown[] } } | undefined;
    void world.ask(AVAILABILITY).then((answer) => (read = answer));
    let mostRows = 0;
    while (answered.shedMs.length < 300 || !read) {
      for (let i = 0; i < 200; i++) asked.push(ask(asked.length));
      mostRows = Math.max(mostRows, combiner.measures().waitingRows);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(asked);
    expect(answered.other).toEqual([]);
    expect(read.data.availability).toEqual([{ status: "IN_STOCK", quantity: expect.any(Number) }]);
    expect(answered.granted + answered.shedMs.length).toBe(asked.length);
    expect(await unitsHeld(world.db, "RUSH")).toBe(answered.granted);
    // Turned away in much less time than those had to wait who were let in.
    const shedMs = answered.shedMs.sort((a, b) => a - b)[answered.shedMs.length >> 1];
    expect(shedMs * 5).toBeLessThan(answered.slowestMs);
    expect(Math.min(...answered.retryAfterMs)).toBeGreaterThanOrEqual(200);
    expect(mostRows).toBeLessThan(200_000);
    expect(combiner.measures()).toMatchObject({ waiting: 0, waitingRows: 0, shed: answered.shedMs.length });
  });

  test.each([
    ["fails in memory", () => "never reached"],
    ["the database does not take", () => "x".repeat(5_000)],
  ])("a command that %s fails alone", async (kind, reference) => {
    const sku = `POISON-${reference().length}`;
    await world.stock({ [sku]: 100 });
    const { combiner, reserve } = await combining(world.db);
    const poison = combiner.submit({
      rows: 2,
      needs: { headers: [{ pool: "EU", sku }] },
      decide(batch) {
        if (kind.includes("memory")) throw new Error("poison");
        batch.post({ pool: "EU", sku }, Cause.FREEZE, reference(), { frozen: 1 });
      },
    });
    const neighbours = times(30, (i) => reserve(`${sku}-${i}`, sku));
    await expect(poison).rejects.toThrow(/poison|too long/i);
    expect(await Promise.all(neighbours)).toHaveLength(30);
    expect(await unitsHeld(world.db, sku)).toBe(30);
    expect(await reconcileSales(world.db)).toEqual([]);
  });
});
