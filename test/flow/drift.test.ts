import { reconcile, repair } from "../../cli/reconcile";
import { whatStays } from "../../cli/what-stays";
import type { LayerDatabase, LayerName } from "../../shared/db/database";
import { checkOn, type StandingMark } from "../../services/warehouse/reconcile";
import { lockLease } from "../../shared/db/lease.sql";
import { wait } from "../../shared/db/retry";
import { inTransaction } from "../../shared/db/transaction";
import { consumerLease } from "../../shared/flow/consumer";
import { positionOf } from "../../shared/flow/consumer.sql";
import { emptyCheckpoints, feedHead, readFeed } from "../../shared/flow/outbox.sql";
import { startWorld, type World } from "../support/world";

/** A figure that goes wrong in one layer is noticed by the standing check, put right by a posted correction, and the alert ends. */
let world: World;
let n = 0;
const keyed = (input: object) => ({ idempotencyKey: `drift-${++n}`, ...input });
const databases = (): Record<LayerName, LayerDatabase> =>
  Object.fromEntries((["sales", "dispatch", "warehouse"] as const).map((name) => [name, world.layers[name]!.db])) as Record<
    LayerName,
    LayerDatabase
  >;

const ask = async (query: string, variables: Record<string, unknown> = {}) => {
  const { body } = await world.gql(query, variables, { headers: { "x-strata-settle": "true" } });
  if (body.errors) throw new Error(JSON.stringify(body.errors));
  return body.data;
};
const call = async (mutation: string, type: string, input: object, fields: string) => {
  for (const end = Date.now() + 10_000; ;) {
    const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${fields} userErrors { message retryAfterMs } } }`;
    const payload = (await ask(query, { input }))[mutation];
    if (payload.userErrors.length === 0) return payload;
    if (!payload.userErrors[0].retryAfterMs || Date.now() > end) throw new Error(JSON.stringify(payload.userErrors));
    await new Promise((resolve) => setTimeout(resolve, payload.userErrors[0].retryAfterMs as number));
  }
};
const openDrifts = async (): Promise<string[]> => {
  const { alerts } = await ask("{ alerts(kind: LAYER_DRIFT, first: 200) { nodes { subject status severity } } }");
  return alerts.nodes
    .filter((alert: { status: string }) => alert.status !== "RESOLVED")
    .map((alert: { subject: string }) => alert.subject)
    .sort();
};
/** What was changed behind the system's back is found as business goes on. */
const sayHello = () => call("saveInventoryItem", "SaveInventoryItemInput", { sku: `OTHER-${++n}`, name: "Other" }, "item { sku }");

/** Milliseconds until the alerts are these; the standing check runs by itself. */
async function until(subjects: string[]): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    const open = await openDrifts();
    if (JSON.stringify(open) === JSON.stringify(subjects)) return performance.now() - startedAt;
    if (performance.now() - startedAt > 60_000) throw new Error(`after a minute: ${JSON.stringify(open)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
const stock = async () => (await ask('{ inventoryItem(sku: "A") { onHand virtualStock { onHand } positions { onHand } } }')).inventoryItem;

beforeAll(async () => {
  world = await startWorld({ env: { STRATA_CHECK_SECONDS: "2" } });
  const warehouse = { code: "HAM", name: "Hamburg", currency: "EUR", address: { countryCode: "DE" } };
  await call("saveWarehouse", "SaveWarehouseInput", warehouse, "warehouse { code }");
  await call("saveInventoryItem", "SaveInventoryItemInput", { sku: "A", name: "A" }, "item { sku }");
  await ask("{ stockPools { code } }");
  await call("saveStockPool", "SaveStockPoolInput", { code: "DE", name: "Germany", warehouses: ["HAM"] }, "pool { code }");
  const lines = [{ sku: "A", quantity: 10, unitCost: "2" }];
  await call("postMovement", "PostMovementInput", keyed({ type: "PURCHASE_RECEIPT", warehouse: "HAM", lines }), "movement { id }");
  expect(await stock()).toEqual({ onHand: 10, virtualStock: [{ onHand: 10 }], positions: [{ onHand: 10 }] });
}, 60_000);
afterAll(() => world?.close());

test("a unit too many in dispatch: alerts within a minute, a posted correction, no alert and no drift any more", async () => {
  const { dispatch } = databases();
  // As a fault in dispatch would leave it: header and ledger agree with each other.
  await dispatch.query(
    `INSERT INTO position_entry (warehouse_code, sku, seq, at, cause, reference, on_hand_delta, allocated_delta, inbound_delta, backordered_delta)
     SELECT warehouse_code, sku, version + 1, NOW(6), 'MOVEMENT', 'a fault', 1, 0, 0, 0 FROM stock_position WHERE sku = 'A'`,
  );
  await dispatch.query("UPDATE stock_position SET on_hand = on_hand + 1, version = version + 1 WHERE sku = 'A'");
  await sayHello();
  expect(await until(["dispatch-sales:HAM:A", "warehouse-dispatch:HAM:A"])).toBeLessThan(60_000);
  const found = await reconcile(databases());
  expect(found.map(({ invariant, subject, message }) => ({ invariant, subject, message }))).toEqual([
    { invariant: 7, subject: "warehouse-dispatch:HAM:A", message: "was told 10, has 11" },
    { invariant: 7, subject: "dispatch-sales:HAM:A", message: "was told 11, has 10" },
  ]);
  await repair(databases());
  expect(await stock()).toEqual({ onHand: 10, virtualStock: [{ onHand: 10 }], positions: [{ onHand: 10 }] });
  expect(await dispatch.query("SELECT cause, on_hand_delta FROM position_entry WHERE cause = 'RECONCILE'")).toEqual([
    { cause: "RECONCILE", on_hand_delta: -1 },
  ]);
  expect(await until([])).toBeLessThan(60_000);
  expect(await reconcile(databases())).toEqual([]);
}, 150_000);

test("units missing in sales are booked there with the cause RECONCILE", async () => {
  const { sales } = databases();
  await sales.query(
    `INSERT INTO virtual_stock_entry (pool_code, sku, seq, at, cause, reference, on_hand_delta, held_delta, committed_delta, frozen_delta,
       safety_delta, fenced_delta, incoming_delta, available_after, permitted)
     SELECT pool_code, sku, version + 1, NOW(6), 'SUPPLY', 'a fault', -3, 0, 0, 0, 0, 0, 0, on_hand - 3, 0 FROM virtual_stock WHERE sku = 'A'`,
  );
  await sales.query("UPDATE virtual_stock SET on_hand = on_hand - 3, version = version + 1 WHERE sku = 'A'");
  await sales.query("UPDATE warehouse_stock SET on_hand = on_hand - 3 WHERE sku = 'A'");
  await sayHello();
  expect(await until(["dispatch-sales:HAM:A"])).toBeLessThan(60_000);
  await repair(databases());
  expect(await sales.query("SELECT on_hand_delta FROM virtual_stock_entry WHERE cause = 'RECONCILE'")).toEqual([{ on_hand_delta: 3 }]);
  expect(await until([])).toBeLessThan(60_000);
  expect(await reconcile(databases())).toEqual([]);
}, 150_000);

test("demand that sales knows nothing of is told, and is told to be over", async () => {
  const { dispatch } = databases();
  const demand = (units: number) =>
    dispatch.query(
      "INSERT INTO demand (pool_code, sku, units, version) VALUES ('DE', 'A', ?, 1) ON DUPLICATE KEY UPDATE units = VALUES(units), version = version + 1",
      [units],
    );
  await demand(2);
  await sayHello();
  expect(await until(["demand:DE:A"])).toBeLessThan(60_000);
  await demand(0);
  await sayHello();
  expect(await until([])).toBeLessThan(60_000);
}, 150_000);

test("where nothing happens nothing is told, and what was compared long ago keeps its place without its figures", async () => {
  const { warehouse } = databases();
  const told = async () => Number((await warehouse.query<{ n: string }>("SELECT COUNT(*) AS n FROM feed"))[0].n);
  const fence = () => Promise.resolve();
  await sayHello();
  await ask("{ stockPools { code } }");
  let mark: StandingMark = { after: ["", ""], position: 0, isDue: true };
  for (let i = 0; i < 3; i++) {
    mark = await checkOn(warehouse, mark, fence);
    await ask("{ stockPools { code } }");
  }
  // The world has a standing check of its own, which goes through all once, some time after the hello.
  let quiet: number;
  const end = Date.now() + 30_000;
  do {
    quiet = await told();
    for (let i = 0; i < 3; i++) mark = await checkOn(warehouse, mark, fence);
    await ask("{ stockPools { code } }");
  } while ((await told()) !== quiet && Date.now() < end);
  expect(await told()).toBe(quiet);
  await inTransaction(warehouse, (tx) => emptyCheckpoints(tx, 0, quiet));
  const checks = (await readFeed(warehouse, 0, 10_000)).filter((event) => event.type === "StockCheckpoint");
  expect(checks.length).toBeGreaterThan(0);
  for (const event of checks) expect(event).toMatchObject({ lines: [], aggregates: {} });
}, 60_000);

test("a difference that is only news to one layer is none; one that stays where nothing is under way is told at once", async () => {
  const { dispatch, warehouse } = databases();
  let looks = 0;
  const isBehind = async () => {
    looks++;
    return new Map((await positionOf(dispatch, "warehouse")) < (await feedHead(warehouse)) ? [["news", 1]] : []);
  };
  let found: Promise<Map<string, number>> | undefined;
  await inTransaction(dispatch, async (tx) => {
    await lockLease(tx, consumerLease("warehouse"));
    const item = { sku: `NEWS-${++n}`, name: "News" };
    await world.gql("mutation ($input: SaveInventoryItemInput!) { saveInventoryItem(input: $input) { item { sku } } }", { input: item });
    while ((await isBehind()).size === 0) await wait(20);
    looks = 0;
    found = whatStays(databases(), isBehind);
    while (looks < 3) await wait(20);
  });
  expect(await found).toEqual(new Map());
  await ask("{ stockPools { code } }");
  looks = 0;
  const stays = await whatStays(databases(), () => Promise.resolve(new Map([["wrong", ++looks]])));
  expect([...stays.keys()]).toEqual(["wrong"]);
  expect(looks).toBeLessThan(10);
});
