import { LayerDatabase } from "../../shared/db/database";
import { inTransaction, type Tx } from "../../shared/db/transaction";
import { quietLog } from "../../shared/log";
import { reconcileSales } from "../../services/sales/reconcile";
import { createSales } from "../../services/sales/subgraph";
import { insist, RESERVE, salesWorld, type SalesWorld } from "../sales/support";

let world: SalesWorld;
beforeAll(async () => {
  world = await salesWorld({ poolSize: 32 });
});
afterAll(() => world.close());

const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
const granted = (answer: { data: { reserveStock: { reservation: unknown } } }) => answer.data.reserveStock.reservation !== null;
const asked = (key: string, sku: string, quantity = 1) => ({
  input: { idempotencyKey: key, orderRef: `order-${key}`, channel: "web", lines: [{ sku, quantity }] },
});

test("six hundred buyers with repeated keys, a hundred units: a hundred holds, no more", async () => {
  await world.stock({ HOT: 100 });
  // Every third call repeats an earlier key.
  const keys = times(600, (i) => `buyer-${i % 3 === 2 ? i - 2 : i}`);
  const answers = await Promise.all(keys.map((key) => world.ask(RESERVE, asked(key, "HOT"))));
  const ids = new Set(answers.filter(granted).map((answer) => answer.data.reserveStock.reservation.id));
  expect(ids.size).toBe(100);
  for (const key of new Set(keys)) {
    const same = answers.filter((_, i) => keys[i] === key).map((answer) => answer.data.reserveStock.reservation?.id);
    expect(new Set(same).size).toBe(1);
  }
  expect(await reconcileSales(world.db)).toEqual([]);
});

const RESERVE_BATCH =
  "mutation ($inputs: [ReserveStockInput!]!) { reserveStockBatch(inputs: $inputs) { reservation { id } userErrors { code } } }";

test("ten thousand at once for a hundred units, two hundred keys three times more: a hundred, and each key says one thing", async () => {
  await world.stock({ CROWD: 100 });
  const keys = [...times(10_000, (i) => `crowd-${i}`), ...times(600, (i) => `crowd-${i % 200}`)];
  // Five hundred a call, all calls at once: what is raced for is the stock, not this process's time to parse.
  const calls = times(Math.ceil(keys.length / 500), (i) => keys.slice(i * 500, (i + 1) * 500));
  const answered = await Promise.all(
    calls.map((some) => insist(world, RESERVE_BATCH, { inputs: some.map((key) => asked(key, "CROWD").input) })),
  );
  const ids: (string | null)[] = answered.flatMap(({ data }) =>
    data.reserveStockBatch.map((one: { reservation: { id: string } | null }) => one.reservation?.id ?? null),
  );
  expect(new Set(ids.filter((id) => id !== null)).size).toBe(100);
  for (let i = 0; i < 200; i++) {
    const said = ids.filter((_, at) => keys[at] === `crowd-${i}`);
    expect([i, said.length, new Set(said).size]).toEqual([i, 4, 1]);
  }
  expect(await reconcileSales(world.db)).toEqual([]);
}, 180_000);

test("its wrong twin, which reads, decides and writes back without a lock, sells more than there is", async () => {
  await world.stock({ TWIN: 10 });
  const sell = (tx: Tx) =>
    tx.query<{ held: number; on_hand: number }>("SELECT held, on_hand FROM virtual_stock WHERE pool_code = 'EU' AND sku = 'TWIN'");
  const sold = await Promise.all(
    times(60, () =>
      inTransaction(world.db, async (tx) => {
        const [{ held, on_hand }] = await sell(tx);
        if (held >= on_hand) return 0;
        await tx.execute("UPDATE virtual_stock SET held = ? WHERE pool_code = 'EU' AND sku = 'TWIN'", [held + 1]);
        return 1;
      }),
    ),
  );
  const total = sold.reduce((sum: number, one) => sum + one, 0);
  const [{ held }] = await inTransaction(world.db, sell);
  expect(total).toBeGreaterThan(held);
  expect(await reconcileSales(world.db)).toContainEqual(expect.objectContaining({ invariant: 1, subject: "virtual_stock EU TWIN" }));
  await inTransaction(world.db, (tx) => tx.execute("UPDATE virtual_stock SET held = 0 WHERE pool_code = 'EU' AND sku = 'TWIN'"));
});

test("many-line orders in opposite item order, from two processes, end without a deadlock and without oversell", async () => {
  const skus = times(8, (i) => `P${i}`);
  await world.stock(Object.fromEntries(skus.map((sku) => [sku, 40])));
  const db = await LayerDatabase.open({ layer: "sales", primaryUrl: world.database.primaryUrl, replicaUrls: [], log: quietLog });
  const second = createSales({ db, log: quietLog });
  const other: SalesWorld = { ...world, db, layer: second };
  const order = (i: number) => {
    const lines = (i % 2 ? skus : [...skus].reverse()).map((sku) => ({ sku, quantity: 1 }));
    return { input: { idempotencyKey: `pair-${i}`, orderRef: `pair-${i}`, channel: "web", lines } };
  };
  const answers = await Promise.all(times(100, (i) => askIn(i % 2 ? world : other, order(i))));
  expect(answers.filter(granted)).toHaveLength(40);
  // The same key in both processes at once: one effect, one answer.
  await world.stock({ BOTH: 5 });
  const pair = await Promise.all(times(20, (i) => askIn(i % 2 ? world : other, asked("both", "BOTH"))));
  expect(new Set(pair.map((answer) => answer.data.reserveStock.reservation.id)).size).toBe(1);
  expect(await reconcileSales(world.db)).toEqual([]);
  await db.close();
});

async function askIn({ layer }: SalesWorld, variables: object) {
  const { graphql } = await import("graphql");
  const caller = { client: "shop", scopes: new Set(["reservations:write" as const]) };
  const contextValue = layer.context({ caller, requestId: "race", primary: true, after: {}, settle: false });
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  return (await graphql({ schema: layer.schema, source: RESERVE, variableValues: { ...variables }, contextValue })) as any;
}
