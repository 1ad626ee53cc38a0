import { reconcileSales } from "../../services/sales/reconcile";
import { createSales } from "../../services/sales/subgraph";
import { quietLog } from "../../shared/log";
import { CONFIRM, RESERVE, salesWorld, type SalesWorld } from "./support";

/** A warehouse changes its pool, seen from sales alone: what dispatch says, and when, is the test's. */
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
const move = (warehouse: string, toPool: string, idempotencyKey = `m${++n}`) =>
  ask("moveWarehouse", "MoveWarehouseInput", { idempotencyKey, warehouse, toPool }, "pool { code warehouses { code } }");
const code = (payload: any) => payload.userErrors[0]?.code;

const supply = (warehouse: string, sku: string, delta: number) =>
  world.dispatch.tell({
    type: "SupplyChanged",
    movementId: `s${++n}`,
    movementType: "PURCHASE_RECEIPT",
    warehouse,
    lines: [{ sku, delta }],
  });
const incoming = (warehouse: string, sku: string, quantity: number, document = "PO") =>
  world.dispatch.tell({ type: "IncomingChanged", document, warehouse, lines: [{ sku, quantity, expectedAt: null }] });
const decide = (moveId: string, warehouse: string, accepted: boolean) =>
  world.dispatch.tell({ type: "WarehouseMoveDecided", moveId, warehouse, accepted, because: accepted ? null : "3 units are allocated" });
const reserve = async (channel: string, sku: string, quantity: number) =>
  (await world.ask(RESERVE, { input: { idempotencyKey: `k${++n}`, orderRef: `o${n}`, channel, lines: [{ sku, quantity }] } })).data
    .reserveStock;

/** Figures by pool. */
async function figures(sku: string): Promise<Record<string, any>> {
  const { data } = await world.ask(
    "query ($sku: ID!) { inventoryItem(sku: $sku) { virtualStock { pool { code } onHand frozen committed available incoming } } }",
    {
      sku,
    },
  );
  return Object.fromEntries(data.inventoryItem.virtualStock.map(({ pool, ...rest }: any) => [pool.code, rest]));
}

/** The id of the move that a warehouse is in, once it is asked. */
async function asked(warehouse: string): Promise<string> {
  for (;;) {
    const [row] = await world.db.query<{ move_id: string | null }>("SELECT move_id FROM warehouse WHERE code = ?", [warehouse]);
    if (row.move_id) return row.move_id;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
const drifts = () => reconcileSales(world.db, { full: true });

/** A warehouse of its own for each test, in pool EU beside W1. */
async function warehouse(name: string, units: Record<string, number>): Promise<string> {
  world.dispatch.tell({ type: "WarehouseSaved", code: name, name, address: { countryCode: "DE" }, timeZone: "UTC", cutoff: null });
  await world.ask("{ channels { code } }");
  const { data } = await world.ask("{ stockPools { code warehouses { code } } }");
  const members = data.stockPools.find((pool: any) => pool.code === "EU").warehouses.map((row: any) => row.code);
  const saved = await ask(
    "saveStockPool",
    "SaveStockPoolInput",
    { code: "EU", name: "EU", warehouses: [...members, name] },
    "pool { code }",
  );
  expect(saved.userErrors).toEqual([]);
  for (const [sku, delta] of Object.entries(units)) supply(name, sku, delta);
  return name;
}

beforeAll(async () => {
  world = await salesWorld();
  await world.stock({ MOVE: 10, BACK: 10, NEED: 10, COMING: 10, FROZEN: 10, CRASH: 10, AGAIN: 10 });
  world.dispatch.tell({ type: "WarehouseSaved", code: "U1", name: "U1", address: { countryCode: "US" }, timeZone: "UTC", cutoff: null });
  await world.ask("{ channels { code } }");
  await ask("saveStockPool", "SaveStockPoolInput", { code: "US", name: "US", warehouses: ["U1"] }, "pool { code }");
  await ask("saveChannel", "SaveChannelInput", { code: "us", name: "US", pool: "US" }, "channel { code }");
  for (const sku of ["MOVE", "CRASH"])
    await ask("saveListing", "SaveListingInput", { channel: "us", sku, status: "LISTED" }, "listing { status }");
});
afterEach(async () => expect(await drifts()).toEqual([]));
afterAll(() => world.close());

test("while it is moved, what arrives is set aside too, what leaves is not missed, and then all of it is the other pool's", async () => {
  await warehouse("W2", { MOVE: 5 });
  incoming("W2", "MOVE", 7);
  const held = (await reserve("web", "MOVE", 2)).reservation;
  await world.ask(CONFIRM, { input: { idempotencyKey: `c${++n}`, reservationId: held.id } });
  expect((await figures("MOVE")).EU).toEqual({ onHand: 15, frozen: 0, committed: 2, available: 13, incoming: 7 });
  const answer = move("W2", "US");
  const id = await asked("W2");
  expect((await figures("MOVE")).EU).toEqual({ onHand: 15, frozen: 5, committed: 2, available: 8, incoming: 0 });
  expect(code(await reserve("web", "MOVE", 9))).toBe("INSUFFICIENT_STOCK");
  expect(code(await reserve("us", "MOVE", 1))).toBe("INSUFFICIENT_STOCK");
  supply("W2", "MOVE", 4);
  incoming("W2", "MOVE", 3);
  incoming("W2", "MOVE", 2, "PO-2");
  expect((await figures("MOVE")).EU).toEqual({ onHand: 19, frozen: 9, committed: 2, available: 8, incoming: 0 });
  supply("W2", "MOVE", -1);
  expect((await figures("MOVE")).EU).toEqual({ onHand: 18, frozen: 8, committed: 2, available: 8, incoming: 0 });
  // It ships what dispatch had allocated there before: the promise is kept, and the units of the other warehouse are free.
  world.dispatch.tell({
    type: "OrderShipped",
    reservationId: held.id,
    fulfillmentId: "f",
    shipmentId: "s",
    orderRef: held.order.orderRef,
    warehouse: "W2",
    lines: [{ sku: "MOVE", quantity: 2 }],
  });
  expect((await figures("MOVE")).EU).toEqual({ onHand: 16, frozen: 6, committed: 0, available: 10, incoming: 0 });
  expect(await drifts()).toEqual([]);
  const saved = await ask("saveStockPool", "SaveStockPoolInput", { code: "EU", name: "EU", warehouses: ["W1", "W2"] }, "pool { code }");
  expect(code(saved)).toBe("CONFLICT");
  expect(code(await move("W2", "US"))).toBe("CONFLICT");
  decide(id, "W2", true);
  decide(id, "W2", true);
  incoming("W2", "MOVE", 1);
  expect(await answer).toEqual({ pool: { code: "US", warehouses: [{ code: "U1" }, { code: "W2" }] }, userErrors: [] });
  const after = await figures("MOVE");
  expect(after.EU).toEqual({ onHand: 10, frozen: 0, committed: 0, available: 10, incoming: 0 });
  expect(after.US).toEqual({ onHand: 6, frozen: 0, committed: 0, available: 6, incoming: 3 });
  supply("W2", "MOVE", 1);
  incoming("W2", "MOVE", 0);
  expect((await figures("MOVE")).US).toMatchObject({ onHand: 7, available: 7, incoming: 2 });
});

test("what dispatch refuses stays where it was, and its key answers so", async () => {
  await warehouse("W3", { BACK: 5 });
  incoming("W3", "BACK", 4);
  const answer = move("W3", "US", "refused");
  const id = await asked("W3");
  supply("W3", "BACK", 1);
  decide(id, "W3", false);
  expect((await answer).userErrors).toMatchObject([{ code: "INVALID_STATE", message: "3 units are allocated" }]);
  expect(await figures("BACK")).toMatchObject({
    EU: { onHand: 16, frozen: 0, available: 16, incoming: 4 },
    US: { onHand: 0, incoming: 0 },
  });
  expect(code(await move("W3", "US", "refused"))).toBe("INVALID_STATE");
  expect(code(await move("W3", "EU", "refused"))).toBe("IDEMPOTENCY_KEY_REUSED");
});

test("refusals, each before anything is changed", async () => {
  await warehouse("W4", { NEED: 5 });
  expect(code(await move("W9", "US"))).toBe("NOT_FOUND");
  expect(code(await move("W4", "XX"))).toBe("NOT_FOUND");
  expect(code(await move("W4", "EU"))).toBe("INVALID_INPUT");
  world.dispatch.tell({
    type: "WarehouseSaved",
    code: "FREE",
    name: "FREE",
    address: { countryCode: "DE" },
    timeZone: "UTC",
    cutoff: null,
  });
  expect(code(await move("FREE", "US"))).toMatch(/NOT_FOUND|INVALID_INPUT/);
  await world.ask("{ channels { code } }");
  expect(code(await move("FREE", "US"))).toBe("INVALID_INPUT");
  expect((await reserve("web", "NEED", 11)).userErrors).toEqual([]);
  const [refused] = (await move("W4", "US")).userErrors;
  expect(refused).toMatchObject({ code: "INSUFFICIENT_STOCK", message: "pool EU needs NEED: 5 would leave it, 4 are available" });
  expect((await figures("NEED")).EU).toMatchObject({ onHand: 15, frozen: 0, available: 4 });
});

test("pre-orders against what is on its way there keep it in its pool", async () => {
  await warehouse("W5", {});
  incoming("W5", "COMING", 5);
  await world.ask("{ channels { code } }");
  await ask("saveListing", "SaveListingInput", { channel: "web", sku: "COMING", status: "LISTED", preorderLimit: 5 }, "listing { status }");
  for (const units of [10, 2]) expect((await reserve("web", "COMING", units)).userErrors).toEqual([]);
  expect(code(await move("W5", "US"))).toBe("INSUFFICIENT_STOCK");
  expect((await figures("COMING")).EU).toMatchObject({ available: -2, incoming: 5 });
});

test("an operator cannot give back what is set aside for a move, only what he froze himself", async () => {
  await warehouse("W6", { FROZEN: 5 });
  const adjust = (what: string, quantity: number) =>
    ask(
      `${what}VirtualStock`,
      "AdjustVirtualStockInput",
      { idempotencyKey: `f${++n}`, pool: "EU", sku: "FROZEN", quantity, reason: "test" },
      "virtualStock { frozen }",
    );
  await adjust("freeze", 2);
  const answer = move("W6", "US");
  const id = await asked("W6");
  expect(code(await adjust("unfreeze", 3))).toBe("INVALID_INPUT");
  expect(code(await adjust("unfreeze", 2))).toBeUndefined();
  decide(id, "W6", true);
  expect(code(await answer)).toBeUndefined();
});

test("a process dies between the steps: another finishes the move, and the key asked there answers it", async () => {
  await warehouse("W7", { CRASH: 5 });
  const dying = move("W7", "US", "crash").catch(() => undefined);
  const id = await asked("W7");
  await world.layer.stop();
  supply("W7", "CRASH", 1);
  decide(id, "W7", true);
  expect((await dying).userErrors).toMatchObject([{ code: "IN_PROGRESS", retryAfterMs: expect.any(Number) }]);
  expect(await drifts()).toEqual([]);
  const second = createSales({ db: world.db, log: quietLog });
  second.start({ dispatch: world.dispatch });
  world.layer = second;
  expect((await move("W7", "US", "crash")).pool.code).toBe("US");
  expect(await figures("CRASH")).toMatchObject({ EU: { onHand: 10, available: 10 }, US: { onHand: 6, available: 6 } });
  expect((await reserve("us", "CRASH", 6)).userErrors).toEqual([]);
});

test("back again at once: each move is its own", async () => {
  await warehouse("W8", { AGAIN: 5 });
  for (const [pool, other] of [
    ["US", "EU"],
    ["EU", "US"],
    ["US", "EU"],
  ]) {
    const answer = move("W8", pool);
    decide(await asked("W8"), "W8", true);
    expect((await answer).pool.code).toBe(pool);
    const found = await figures("AGAIN");
    expect(found[pool].available - (pool === "EU" ? 10 : 0)).toBe(5);
    expect(found[other].available - (other === "EU" ? 10 : 0)).toBe(0);
  }
});
