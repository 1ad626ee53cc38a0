import { driftsOf } from "../support/books";
import { startWorld, type World } from "../support/world";

/** What the sourcing rules keep back is not sold: safety stock of a node, and all of a warehouse that no rule asks. */
let world: World;
let n = 0;
const keyed = (input: object) => ({ idempotencyKey: `safety-${++n}`, ...input });
const ask = async (query: string, variables: Record<string, unknown> = {}) => {
  const { body } = await world.gql(query, variables, { key: world.adminKey, headers: { "x-strata-settle": "true" } });
  if (body.errors) throw new Error(JSON.stringify(body.errors));
  return body.data;
};
const tryCall = async (mutation: string, type: string, input: object, fields: string) => {
  for (const end = Date.now() + 10_000; ;) {
    const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${fields} userErrors { code message retryAfterMs } } }`;
    const payload = (await ask(query, { input }))[mutation];
    const wait = payload.userErrors[0]?.retryAfterMs as number | undefined;
    if (!wait || Date.now() > end) return payload;
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
};
const call = async (...args: Parameters<typeof tryCall>) => {
  const payload = await tryCall(...args);
  if (payload.userErrors.length > 0) throw new Error(JSON.stringify(payload.userErrors));
  return payload;
};
const figures = async () => {
  const { inventoryItem } = await ask(`{ inventoryItem(sku: "A") { virtualStock { pool { code } onHand safety available } } }`);
  return Object.fromEntries(
    inventoryItem.virtualStock.map(({ pool, onHand, safety, available }: { pool: { code: string } } & Record<string, number>) => [
      pool.code,
      [onHand, safety, available],
    ]),
  );
};
async function until(expected: Record<string, number[]>): Promise<void> {
  for (const end = Date.now() + 20_000; ;) {
    const found = await figures();
    if (Object.entries(expected).every(([pool, row]) => JSON.stringify(found[pool]) === JSON.stringify(row))) return;
    if (Date.now() > end) expect(found).toMatchObject(expected);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const rule = (nodes: object[]) =>
  call(
    "saveSourcingRule",
    "SaveSourcingRuleInput",
    { channel: "web", strategy: "NEAREST", allowSplit: true, warehouses: nodes },
    "rule { strategy }",
  );
const reserve = (orderRef: string, quantity: number) =>
  tryCall("reserveStock", "ReserveStockInput", keyed({ orderRef, channel: "web", lines: [{ sku: "A", quantity }] }), "reservation { id }");

beforeAll(async () => {
  world = await startWorld();
  for (const code of ["HAM", "MUC", "ROM"])
    await call(
      "saveWarehouse",
      "SaveWarehouseInput",
      { code, name: code, currency: "EUR", address: { countryCode: "DE" } },
      "warehouse { code }",
    );
  await call("saveInventoryItem", "SaveInventoryItemInput", { sku: "A", name: "A" }, "item { sku }");
  await ask("{ stockPools { code } }");
  await call("saveStockPool", "SaveStockPoolInput", { code: "DE", name: "DE", warehouses: ["HAM", "MUC"] }, "pool { code }");
  await call("saveStockPool", "SaveStockPoolInput", { code: "ALT", name: "ALT", warehouses: ["ROM"] }, "pool { code }");
  await call("saveChannel", "SaveChannelInput", { code: "web", name: "Web", pool: "DE" }, "channel { code }");
  await call("saveListing", "SaveListingInput", { channel: "web", sku: "A", status: "LISTED" }, "listing { status }");
  await ask("{ sourcingRule { strategy } }");
  for (const [warehouse, quantity] of [
    ["HAM", 10],
    ["MUC", 4],
  ] as const)
    await call(
      "postMovement",
      "PostMovementInput",
      keyed({ type: "PURCHASE_RECEIPT", warehouse, lines: [{ sku: "A", quantity, unitCost: "1" }] }),
      "movement { id }",
    );
});
afterAll(() => world?.close());
afterEach(async () => expect(await driftsOf(world)).toEqual([]));

test("safety stock is not sold, and what is sold is shipped from the rest", async () => {
  await until({ DE: [14, 0, 14] });
  await rule([
    { warehouse: "HAM", priority: 1, safetyStock: 3 },
    { warehouse: "MUC", priority: 1, safetyStock: 9 },
  ]);
  await until({ DE: [14, 7, 7] });
  expect((await reserve("S-1", 8)).userErrors).toMatchObject([{ code: "INSUFFICIENT_STOCK" }]);
  const { reservation } = await reserve("S-2", 7);
  await call(
    "confirmReservation",
    "ConfirmReservationInput",
    keyed({ reservationId: reservation.id, shipTo: { countryCode: "DE" } }),
    "reservation { id }",
  );
  const { order } = await ask(`{ order(orderRef: "S-2") { fulfillments { status allocations { warehouse { code } } } } }`);
  expect(order.fulfillments).toEqual([{ status: "ALLOCATED", allocations: [{ warehouse: { code: "HAM" } }] }]);
  // Still the same units: three in Hamburg are free, and all of Munich's.
  await until({ DE: [14, 7, 0] });
});

test("a warehouse that no rule asks sells nothing; moved, it takes along what is kept back", async () => {
  await rule([
    { warehouse: "HAM", priority: 1 },
    { warehouse: "MUC", priority: 1, enabled: false },
  ]);
  await until({ DE: [14, 4, 3] });
  await call("moveWarehouse", "MoveWarehouseInput", keyed({ warehouse: "MUC", toPool: "ALT" }), "pool { code }");
  // No channel draws on the other pool: no rule there keeps anything back.
  await until({ DE: [10, 0, 3], ALT: [4, 0, 4] });
  await call("saveChannel", "SaveChannelInput", { code: "alt", name: "Alt", pool: "ALT" }, "channel { code }");
  await until({ DE: [10, 0, 3], ALT: [4, 0, 4] });
  await call(
    "saveSourcingRule",
    "SaveSourcingRuleInput",
    { strategy: "NEAREST", allowSplit: true, warehouses: [{ warehouse: "MUC", priority: 1, safetyStock: 1 }] },
    "rule { strategy }",
  );
  await until({ DE: [10, 0, 3], ALT: [4, 1, 3] });
});
