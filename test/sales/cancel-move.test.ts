import { reconcileSales } from "../../services/sales/reconcile";
import { RESERVE, salesWorld, type SalesWorld } from "./support";

/** A warehouse's move that nobody decides is ended, seen from sales alone: what dispatch says, and when, is the test's. */
let world: SalesWorld;
let n = 0;

/* eslint-disable @typescript-eslint/no-explicit-any */
const ask = async (mutation: string, type: string, input: object, fields: string): Promise<any> => {
  const { data, errors } = await world.ask(
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${fields} userErrors { code message field retryAfterMs } } }`,
    { input },
  );
  if (errors) throw errors[0];
  return data[mutation];
};
const POOL = "pool { code warehouses { code } }";
const move = (idempotencyKey: string) =>
  ask("moveWarehouse", "MoveWarehouseInput", { idempotencyKey, warehouse: "W2", toPool: "US" }, POOL);
const cancel = (idempotencyKey: string, warehouse = "W2") =>
  ask("cancelWarehouseMove", "CancelWarehouseMoveInput", { idempotencyKey, warehouse }, POOL);
const reserve = async (channel: string, quantity: number) =>
  (await world.ask(RESERVE, { input: { idempotencyKey: `k${++n}`, orderRef: `o${n}`, channel, lines: [{ sku: "A", quantity }] } })).data
    .reserveStock;
const decide = (moveId: string, accepted: boolean) =>
  world.dispatch.tell({ type: "WarehouseMoveDecided", moveId, warehouse: "W2", accepted, because: accepted ? null : "no" });

async function figures(): Promise<Record<string, any>> {
  const { data } = await world.ask('{ inventoryItem(sku: "A") { virtualStock { pool { code } onHand frozen available incoming } } }');
  return Object.fromEntries(data.inventoryItem.virtualStock.map(({ pool, ...rest }: any) => [pool.code, rest]));
}
async function asked(): Promise<string> {
  for (;;) {
    const [row] = await world.db.query<{ move_id: string | null }>("SELECT move_id FROM warehouse WHERE code = 'W2'");
    if (row.move_id) return row.move_id;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
const told = async () =>
  (await world.db.query<{ type: string }>("SELECT type FROM feed UNION ALL SELECT type FROM outbox")).map(({ type }) => type);

beforeAll(async () => {
  world = await salesWorld();
  await world.stock({ A: 10 });
  for (const code of ["W2", "U1"])
    world.dispatch.tell({ type: "WarehouseSaved", code, name: code, address: { countryCode: "DE" }, timeZone: "UTC", cutoff: null });
  await world.ask("{ channels { code } }");
  await ask("saveStockPool", "SaveStockPoolInput", { code: "EU", name: "EU", warehouses: ["W1", "W2"] }, POOL);
  await ask("saveStockPool", "SaveStockPoolInput", { code: "US", name: "US", warehouses: ["U1"] }, POOL);
  await ask("saveChannel", "SaveChannelInput", { code: "us", name: "US", pool: "US" }, "channel { code }");
  await ask("saveListing", "SaveListingInput", { channel: "us", sku: "A", status: "LISTED" }, "listing { status }");
  const lines = [{ sku: "A", delta: 5 }];
  world.dispatch.tell({ type: "SupplyChanged", movementId: "s", movementType: "PURCHASE_RECEIPT", warehouse: "W2", lines });
  world.dispatch.tell({ type: "IncomingChanged", document: "PO", warehouse: "W2", lines: [{ sku: "A", quantity: 7, expectedAt: null }] });
  await world.ask("{ channels { code } }");
});
afterEach(async () => expect(await reconcileSales(world.db, { full: true })).toEqual([]));
afterAll(() => world.close());

const AT_HOME = { EU: { onHand: 15, frozen: 0, available: 15, incoming: 7 }, US: { onHand: 0, available: 0, incoming: 0 } };

test("ended before it is decided: the pool sells its units again, and an acceptance that comes later moves nothing", async () => {
  const answer = move("slow");
  const id = await asked();
  expect((await figures()).EU).toEqual({ onHand: 15, frozen: 5, available: 10, incoming: 0 });
  const stays = { pool: { code: "EU", warehouses: [{ code: "W1" }, { code: "W2" }] }, userErrors: [] };
  expect(await cancel("stop")).toEqual(stays);
  expect(await figures()).toMatchObject(AT_HOME);
  expect((await answer).userErrors).toMatchObject([{ code: "INVALID_STATE", message: expect.stringContaining("cancelled") }]);
  decide(id, true);
  expect(await figures()).toMatchObject(AT_HOME);
  expect((await reserve("us", 1)).userErrors).toMatchObject([{ code: "INSUFFICIENT_STOCK" }]);
  // Dispatch hears of the end, and which warehouses the pool has.
  expect((await told()).slice(-3).sort()).toEqual(["PoolSaved", "WarehouseMoveAsked", "WarehouseMoveCancelled"]);
  expect(await cancel("stop")).toEqual(stays);
  expect(await figures()).toMatchObject(AT_HOME);
});

test("refusals, each before anything is changed", async () => {
  const code = (payload: any) => payload.userErrors[0]?.code;
  const before = await told();
  expect(code(await cancel("none", "W2"))).toBe("INVALID_STATE");
  expect(code(await cancel("unknown", "W9"))).toBe("NOT_FOUND");
  expect(code(await cancel("stop", "W1"))).toBe("IDEMPOTENCY_KEY_REUSED");
  expect(code(await cancel("", "W2"))).toBe("INVALID_INPUT");
  expect(await told()).toEqual(before);
  expect(await figures()).toMatchObject(AT_HOME);
});

test("a decision that comes first stands, and another move after a cancelled one is its own", async () => {
  const first = move("first");
  const cancelled = await asked();
  await cancel("stop-first");
  expect((await first).userErrors).toMatchObject([{ code: "INVALID_STATE" }]);
  const second = move("second");
  const id = await asked();
  expect(id).not.toBe(cancelled);
  // The answer to the one that was cancelled is not the other's.
  decide(cancelled, true);
  expect((await figures()).EU).toEqual({ onHand: 15, frozen: 5, available: 10, incoming: 0 });
  decide(id, true);
  expect((await second).pool.code).toBe("US");
  expect((await cancel("late")).userErrors).toMatchObject([{ code: "INVALID_STATE" }]);
  expect(await figures()).toMatchObject({ EU: { onHand: 10, frozen: 0, incoming: 0 }, US: { onHand: 5, frozen: 0, incoming: 7 } });
  expect((await reserve("us", 5)).userErrors).toEqual([]);
});
