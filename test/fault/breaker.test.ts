import { Fault } from "../../shared/refusal";
import { salesWorld, type SalesWorld } from "../sales/support";
import { combining, unitsHeld } from "../support/combining";

let world: SalesWorld;
beforeAll(async () => {
  world = await salesWorld();
  await world.stock({ GONE: 1_000 });
});
afterAll(() => world.close());

interface Failure {
  error: Fault;
  ms: number;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function failure(work: Promise<unknown>): Promise<Failure> {
  const since = performance.now();
  const error = await work.then(
    () => new Error("it was carried out"),
    (thrown: Fault) => thrown,
  );
  return { error: error as Fault, ms: performance.now() - since };
}

test("a database that was killed: writes fail after their retries, then at once; after its restart they go on by themselves", async () => {
  const { combiner, reserve } = await combining(world.db);
  await reserve("before", "GONE");
  await world.database.primary.killServer("SIGKILL");
  const first = await failure(reserve("first", "GONE"));
  expect(first.error.faultCode).toBe("UNAVAILABLE");
  while (world.db.writes.isClosed) await failure(reserve("second", "GONE"));
  // Who was waiting behind the batch that opened it hears so with it; whoever comes now, in the same turn.
  const closed = await Promise.all(Array.from({ length: 100 }, (_, i) => failure(reserve(`closed-${i}`, "GONE"))));
  for (const { error, ms } of closed) {
    expect(error.faultCode).toBe("UNAVAILABLE");
    expect(error.extensions.retryAfterMs).toBeGreaterThan(0);
    expect(ms * 3).toBeLessThan(first.ms);
  }
  expect(combiner.measures()).toMatchObject({ waiting: 0, waitingRows: 0 });

  await world.database.primary.startServer();
  while ((await failure(reserve("first", "GONE"))).error instanceof Fault) await turn();
  expect(world.db.writes.isClosed).toBe(true);
  expect(await unitsHeld(world.db, "GONE")).toBe(2);
});

test("while writes are turned away reads are answered, and one write a second is the probe", async () => {
  const { combiner, reserve } = await combining(world.db);
  const unreachable = () => Promise.reject(new Fault("UNAVAILABLE", "as if"));
  while (world.db.writes.isClosed) await world.db.writes.run(unreachable).catch(() => undefined);
  expect((await failure(reserve("shut", "GONE"))).error.faultCode).toBe("UNAVAILABLE");
  const { data } = await world.ask('{ availability(channel: "web", skus: ["GONE"]) { status } }');
  expect(data.availability).toEqual([{ status: "IN_STOCK" }]);
  const refused = await world.ask('mutation { saveChannel(input: {code: "web", name: "Web", pool: "EU"}) { userErrors { message } } }');
  expect(refused.errors[0].extensions.code).toBe("UNAVAILABLE");
  expect(combiner.counts.batches).toBe(0);
  while (world.db.writes.refusal()) await turn();
  // The first that comes is let through; its success opens the way for all.
  await reserve("open", "GONE");
  expect(world.db.writes.isClosed).toBe(true);
});
