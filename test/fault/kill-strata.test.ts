import { EventEmitter, once } from "node:events";
import { driftsOf } from "../support/books";
import { killableStrata, type KillableStrata } from "../support/killable";

/**
 * Real deaths at moments that nobody chose. Whether an answer may come before its COMMIT is not for these to find, since a kill
 * seldom falls between the two: failpoints.test.ts kills there on purpose.
 */
let strata: KillableStrata;

const BUYERS = 600;
const UNITS = 100;
const ANSWERS_BEFORE_THE_KILL = 30;
const AT_ONCE_BEFORE_THE_KILL = 60;

beforeAll(async () => {
  strata = await killableStrata();
});
afterAll(() => strata.close());

test("a hundred units, six hundred buyers, Strata killed in the middle: a hundred holds, each key once or not at all", async () => {
  expect(await sellOut("KILLED-STRATA", strata.restart)).toBeGreaterThan(0);
}, 120_000);

test("the same with the database server killed in the middle, and Strata left running", async () => {
  const child = strata.process();
  const { pid } = child;
  let heldByThen = 0;
  const kill = async () => {
    await strata.db.primary.killServer("SIGKILL");
    // Strata stands still for as long as it takes to see what the killed server had kept.
    child.kill("SIGSTOP");
    await strata.db.primary.startServer();
    heldByThen = (await holdsOf("KILLED-DATABASE")).length;
    child.kill("SIGCONT");
  };
  await sellOut("KILLED-DATABASE", kill);
  expect(heldByThen).toBeLessThan(UNITS);
  expect({ pid: strata.process().pid, code: child.exitCode, signal: child.signalCode }).toEqual({ pid, code: null, signal: null });
}, 120_000);

interface Bought {
  key: string;
  id: string | null;
  cut: boolean;
}

/** Returns how many calls were cut and asked again. */
async function sellOut(sku: string, kill: () => Promise<void>): Promise<number> {
  await strata.stock([sku], UNITS);
  // Every third buyer repeats an earlier key.
  const keys = Array.from({ length: BUYERS }, (_, i) => `${sku}-${i % 3 === 2 ? i - 2 : i}`);
  // Until the kill a few at a time, so that there is a middle: one batch could sell everything. From the kill on all at once.
  const queue = new EventEmitter().setMaxListeners(BUYERS);
  const called = keys.map((_, i) => (i < AT_ONCE_BEFORE_THE_KILL ? undefined : once(queue, `call ${i}`)));
  const call = (i: number) => queue.emit(`call ${i}`);
  let answered = 0;
  let killing: Promise<void> | undefined;
  const answers = await Promise.all(
    keys.map(async (key, i) => {
      await called[i];
      const bought = await buy(key, sku);
      answered++;
      if (answered < ANSWERS_BEFORE_THE_KILL) call(AT_ONCE_BEFORE_THE_KILL + answered - 1);
      if (answered === ANSWERS_BEFORE_THE_KILL) {
        killing = kill();
        keys.forEach((_, other) => call(other));
      }
      return bought;
    }),
  );
  await killing;

  const held = await holdsOf(sku);
  expect(held).toHaveLength(UNITS);
  expect(held.every(({ status }) => status === "HELD")).toBe(true);
  // What was promised is there, under the same id, and nothing else is.
  const promised = new Map(answers.filter(({ id }) => id !== null).map(({ key, id }) => [`order-${key}`, id]));
  expect(Object.fromEntries(promised)).toEqual(Object.fromEntries(held.map(({ orderRef, id }) => [orderRef, id])));
  for (const { key, id } of answers) expect(id).toBe(promised.get(`order-${key}`) ?? null);
  // Asked once more, every key that took effect says the same again.
  const again = await Promise.all(held.map(({ orderRef }) => buy(orderRef.slice("order-".length), sku)));
  expect(again.map(({ id }) => id)).toEqual(held.map(({ id }) => id));
  expect(await holdsOf(sku)).toHaveLength(UNITS);
  expect(await driftsOf(strata)).toEqual([]);
  return answers.filter(({ cut }) => cut).length;
}

async function buy(key: string, sku: string): Promise<Bought> {
  const input = { idempotencyKey: key, orderRef: `order-${key}`, channel: "web", lines: [{ sku, quantity: 1 }] };
  const { payload, cut } = await strata.insist("reserveStock", "ReserveStockInput", "reservation { id }", input);
  const [refused] = payload.userErrors;
  if (refused && refused.code !== "INSUFFICIENT_STOCK") throw new Error(JSON.stringify(refused));
  return { key, id: payload.reservation?.id ?? null, cut };
}

interface Hold {
  id: string;
  status: string;
  orderRef: string;
}

async function holdsOf(sku: string): Promise<Hold[]> {
  const admin = await strata.db.primary.admin();
  const [rows] = await admin.query(
    "SELECT id, status, order_ref AS orderRef FROM strata_sales.reservation WHERE order_ref LIKE ? ORDER BY id",
    [`order-${sku}-%`],
  );
  await admin.end();
  return rows as Hold[];
}
