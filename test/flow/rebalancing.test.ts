import { driftsOf } from "../support/books";
import { startWorld, type World } from "../support/world";

/** A store from which no order is sourced, and a shop that sells: what the shop lacks is suggested, set aside, sent and received. */
let world: World;
let n = 0;
const keyed = (input: object) => ({ idempotencyKey: `rebalancing-${++n}`, ...input });
const ask = async (query: string, variables: Record<string, unknown> = {}) => {
  const { body } = await world.gql(query, variables, { key: world.adminKey, headers: { "x-strata-settle": "true" } });
  if (body.errors) throw new Error(JSON.stringify(body.errors));
  return body.data;
};
const tryCall = async (mutation: string, type: string, input: object, fields: string) => {
  for (const end = Date.now() + 10_000; ;) {
    const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${fields} userErrors { code message field retryAfterMs } } }`;
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
async function until<T>(read: () => Promise<T>, expected: T): Promise<void> {
  for (const end = Date.now() + 20_000; ;) {
    const found = await read();
    if (JSON.stringify(found) === JSON.stringify(expected)) return;
    if (Date.now() > end) expect(found).toEqual(expected);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const sales = async (): Promise<number[]> => {
  const [row] = (await ask(`{ inventoryItem(sku: "A") { virtualStock { onHand frozen safety available incoming } } }`)).inventoryItem
    .virtualStock;
  return [row.onHand, row.frozen, row.safety, row.available, row.incoming];
};
const statusOf = async (id: string): Promise<string> =>
  (await ask("query ($id: ID!) { transferOrder(id: $id) { status } }", { id })).transferOrder.status;
interface Suggested {
  id: string;
  from: { code: string };
  to: { code: string };
  lines: { item: { sku: string }; quantity: number }[];
}
const TRANSFERS = "transfers { id status reason from { code } to { code } lines { item { sku } quantity } }";
const suggest = async (more: object = {}, input = keyed({ pool: "P", daysOfSupply: 28, demandDays: 28 })): Promise<Suggested[]> =>
  (await call("suggestRebalancing", "SuggestRebalancingInput", { ...input, ...more }, TRANSFERS)).transfers;
const waysOf = (transfers: Suggested[]) =>
  transfers.map(
    ({ from, to, lines }) => `${from.code}>${to.code} ${lines.map(({ item, quantity }) => `${quantity} ${item.sku}`).join(", ")}`,
  );
const act = (mutation: string, id: string) => call(mutation, "TransferActionInput", keyed({ id }), "transfer { id }");
const floor = (mutation: string, id: string, more: object = {}, type = "ShipmentActionInput") =>
  call(mutation, type, keyed({ id, ...more }), "outbound { status }");
const onFloor = async (id: string): Promise<string | undefined> =>
  (await ask("query ($id: ID!) { outboundShipment(id: $id) { status } }", { id })).outboundShipment?.status;
async function ship(id: string, quantity: number): Promise<void> {
  await until(() => onFloor(id), "RELEASED");
  await floor("startPicking", id);
  await floor("recordPick", id, { picks: [{ sku: "A", quantity }] }, "RecordPickInput");
  await floor("packShipment", id);
  await floor("shipShipment", id, {}, "ShipShipmentInput");
}

beforeAll(async () => {
  world = await startWorld();
  for (const code of ["STORE", "SHOP"]) {
    const warehouse = { code, name: code, currency: "EUR", address: { countryCode: "DE" } };
    await call("saveWarehouse", "SaveWarehouseInput", warehouse, "warehouse { code }");
  }
  await call("saveInventoryItem", "SaveInventoryItemInput", { sku: "A", name: "A" }, "item { sku }");
  await ask("{ stockPools { code } }");
  await call("saveStockPool", "SaveStockPoolInput", { code: "P", name: "P", warehouses: ["STORE", "SHOP"] }, "pool { code }");
  await call("saveChannel", "SaveChannelInput", { code: "web", name: "Web", pool: "P" }, "channel { code }");
  await call("saveListing", "SaveListingInput", { channel: "web", sku: "A", status: "LISTED" }, "listing { status }");
  await ask("{ sourcingRule { strategy } }");
  const warehouses = [
    { warehouse: "SHOP", priority: 1 },
    { warehouse: "STORE", priority: 1, enabled: false },
  ];
  const rule = { channel: "web", strategy: "NEAREST", allowSplit: true, warehouses };
  await call("saveSourcingRule", "SaveSourcingRuleInput", rule, "rule { strategy }");
  for (const [warehouse, quantity] of Object.entries({ STORE: 50, SHOP: 10 })) {
    const receipt = { type: "PURCHASE_RECEIPT", warehouse, lines: [{ sku: "A", quantity, unitCost: "1" }] };
    await call("postMovement", "PostMovementInput", keyed(receipt), "movement { id }");
  }
  await until(sales, [60, 0, 50, 10, 0]);
});
afterAll(() => world?.close());
afterEach(async () => expect(await driftsOf(world)).toEqual([]));

test("what the shop sold says what it needs; the store gives it, though no buyer may have it from there", async () => {
  expect(await suggest()).toEqual([]); // Nothing has left: it is needed nowhere.
  const order = keyed({ orderRef: "R-1", channel: "web", lines: [{ sku: "A", quantity: 7 }] });
  const { reservation } = await call("reserveStock", "ReserveStockInput", order, "reservation { id }");
  const confirmed = keyed({ reservationId: reservation.id, shipTo: { countryCode: "DE" } });
  await call("confirmReservation", "ConfirmReservationInput", confirmed, "reservation { id }");
  const allocations = async (): Promise<{ id: string }[]> =>
    (await ask(`{ order(orderRef: "R-1") { fulfillments { allocations { id } } } }`)).order?.fulfillments?.[0]?.allocations ?? [];
  await until(async () => (await allocations()).length, 1);
  await ship((await allocations())[0].id, 7);
  await until(sales, [53, 0, 50, 3, 0]);

  // Seven in 28 days: three are there, four are missing.
  const input = keyed({ pool: "P", daysOfSupply: 28, demandDays: 28 });
  const [draft, ...others] = await suggest({}, input);
  expect([others, draft]).toMatchObject([[], { status: "DRAFT", reason: "REBALANCE" }]);
  expect(waysOf([draft])).toEqual(["STORE>SHOP 4 A"]);
  expect((await suggest({}, input)).map(({ id }) => id)).toEqual([draft.id]); // The same call again.
  expect(await suggest()).toEqual([]); // What is drafted is not suggested twice.
  expect(await sales()).toEqual([53, 0, 50, 3, 0]);

  // Four of what is kept back in the store are set aside: nothing that may be sold is taken, and nothing of the store is sold.
  await act("releaseTransfer", draft.id);
  await until(() => statusOf(draft.id), "RELEASED");
  await until(sales, [53, 4, 46, 3, 0]);
  expect(await suggest()).toEqual([]);
  await act("cancelTransfer", draft.id);
  await until(() => statusOf(draft.id), "CANCELLED");
  await until(sales, [53, 0, 50, 3, 0]);

  const [again] = await suggest();
  await act("releaseTransfer", again.id);
  await until(() => statusOf(again.id), "RELEASED");
  await ship(again.id, 4);
  await until(() => statusOf(again.id), "IN_TRANSIT");
  await until(sales, [49, 0, 46, 3, 4]);
  expect(await suggest()).toEqual([]);
  // What was transferred is no demand of the store's: all that it has is to spare, for a year of the shop's days.
  expect(waysOf(await suggest({ daysOfSupply: 365, demandDays: 1 }))).toEqual(["STORE>SHOP 46 A"]);
  await call("receiveInbound", "ReceiveInboundInput", keyed({ id: again.id, lines: [{ sku: "A", quantity: 4 }] }), "inbound { status }");
  await until(() => statusOf(again.id), "RECEIVED");
  await until(sales, [53, 0, 46, 7, 0]);
});

test("refused, and nothing is drafted", async () => {
  const drafts = async () => (await ask("{ transferOrders { nodes { id } } }")).transferOrders.nodes;
  const before = await drafts();
  const known = keyed({ pool: "P" });
  await suggest({}, known);
  const rows: [string, object, string][] = [
    ["no such pool", keyed({ pool: "NONE" }), "NOT_FOUND input.pool"],
    ["no day", keyed({ pool: "P", daysOfSupply: 0 }), "INVALID_INPUT input.daysOfSupply"],
    ["more than a year", keyed({ pool: "P", demandDays: 366 }), "INVALID_INPUT input.demandDays"],
    ["no items", keyed({ pool: "P", skus: [] }), "INVALID_INPUT input.skus"],
    ["a key that came with another input", { ...known, daysOfSupply: 3 }, "IDEMPOTENCY_KEY_REUSED input.idempotencyKey"],
  ];
  for (const [what, input, answer] of rows) {
    const { transfers, userErrors } = await tryCall("suggestRebalancing", "SuggestRebalancingInput", input, TRANSFERS);
    expect([what, `${userErrors[0]?.code} ${userErrors[0]?.field.join(".")}`, transfers]).toEqual([what, answer, []]);
  }
  expect(await drafts()).toEqual(before);
});
