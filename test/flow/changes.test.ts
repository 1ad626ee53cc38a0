import { driftsOf } from "../support/books";
import { startWorld, type World } from "../support/world";

/** What a dispatcher changes of an order, through all three layers. */
const ORDER = `query ($orderRef: ID!) { order(orderRef: $orderRef) {
  reservations { status lines { quantity fulfilled released } cancellations { outcome reason lines { quantity released fulfilled } } }
  fulfillments { id status lines { quantity allocated backordered cancelled } allocations { status warehouse { code } } }
  shipments { id status priority shipTo { city } warehouse { code } lines { quantity } } } }`;

let world: World;
let n = 0;
const keyed = (input: object) => ({ idempotencyKey: `changes-${++n}`, ...input });
const ask = async (query: string, variables: Record<string, unknown> = {}) => {
  const { body } = await world.gql(query, variables, { key: world.adminKey, headers: { "x-strata-settle": "true" } });
  if (body.errors) throw new Error(JSON.stringify(body.errors));
  return body.data;
};
const call = async (mutation: string, type: string, input: object, fields: string) => {
  for (const end = Date.now() + 10_000; ;) {
    const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${fields} userErrors { code message retryAfterMs } } }`;
    const payload = (await ask(query, { input }))[mutation];
    const wait = payload.userErrors[0]?.retryAfterMs as number | undefined;
    if (payload.userErrors.length === 0) return payload;
    if (!wait || Date.now() > end) throw new Error(JSON.stringify(payload.userErrors));
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
};
const act = (mutation: string, input: object, type = "FulfillmentActionInput") =>
  call(mutation, type, keyed(input), "fulfillment { status }");
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Order = any;
async function until(orderRef: string, isSo: (order: Order) => boolean): Promise<Order> {
  for (const end = Date.now() + 20_000; ;) {
    const { order } = await ask(ORDER, { orderRef });
    if (isSo(order)) return order;
    if (Date.now() > end) throw new Error(`${orderRef} does not get there: ${JSON.stringify(order, null, 1)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
async function buy(orderRef: string, sku: string, quantity: number, more: object = {}): Promise<void> {
  const { reservation } = await call(
    "reserveStock",
    "ReserveStockInput",
    keyed({ orderRef, channel: "web", lines: [{ sku, quantity }] }),
    "reservation { id }",
  );
  const paid = keyed({ reservationId: reservation.id, shipTo: { countryCode: "DE", city: "Kiel" }, ...more });
  await call("confirmReservation", "ConfirmReservationInput", paid, "reservation { id }");
}

beforeAll(async () => {
  world = await startWorld();
  for (const code of ["HAM", "MUC"])
    await call(
      "saveWarehouse",
      "SaveWarehouseInput",
      { code, name: code, currency: "EUR", address: { countryCode: "DE" } },
      "warehouse { code }",
    );
  for (const sku of ["A", "B", "C"]) await call("saveInventoryItem", "SaveInventoryItemInput", { sku, name: sku }, "item { sku }");
  await ask("{ stockPools { code } }");
  await call("saveStockPool", "SaveStockPoolInput", { code: "DE", name: "DE", warehouses: ["HAM", "MUC"] }, "pool { code }");
  await call("saveChannel", "SaveChannelInput", { code: "web", name: "Web", pool: "DE" }, "channel { code }");
  for (const sku of ["A", "B", "C"])
    await call("saveListing", "SaveListingInput", { channel: "web", sku, status: "LISTED" }, "listing { status }");
  await ask("{ sourcingRule { strategy } }");
  for (const warehouse of ["HAM", "MUC"]) {
    const lines = ["A", "B", "C"].map((sku) => ({ sku, quantity: 5, unitCost: "1" }));
    await call("postMovement", "PostMovementInput", keyed({ type: "PURCHASE_RECEIPT", warehouse, lines }), "movement { id }");
  }
  for (const sku of ["A", "B", "C"]) await available(sku, 10);
});
afterAll(() => world?.close());
afterEach(async () => expect(await driftsOf(world)).toEqual([]));

const available = async (sku: string, units: number) => {
  for (const end = Date.now() + 10_000; ;) {
    const { inventoryItem } = await ask(`query ($sku: ID!) { inventoryItem(sku: $sku) { virtualStock { available } } }`, { sku });
    if (inventoryItem.virtualStock[0]?.available === units) return;
    if (Date.now() > end) throw new Error(`${sku}: ${JSON.stringify(inventoryItem)}`);
  }
};

test("units that the dispatcher gives up: sales releases them, and the order system sees a cancellation that it did not ask for", async () => {
  await buy("D-GIVE", "A", 4);
  const { fulfillments } = await until("D-GIVE", ({ shipments }) => shipments.length === 1);
  await act(
    "cancelFulfillmentLines",
    { id: fulfillments[0].id, lines: [{ sku: "A", quantity: 3 }], reason: "damaged" },
    "CancelFulfillmentLinesInput",
  );
  const order = await until("D-GIVE", ({ reservations }) => reservations[0].cancellations[0]?.outcome === "STOPPED");
  expect(order.reservations).toEqual([
    {
      status: "CONFIRMED",
      lines: [{ quantity: 4, fulfilled: 0, released: 3 }],
      cancellations: [{ outcome: "STOPPED", reason: "damaged", lines: [{ quantity: 3, released: 3, fulfilled: 0 }] }],
    },
  ]);
  expect(order.fulfillments[0]).toMatchObject({ status: "ALLOCATED", lines: [{ allocated: 1, cancelled: 3 }] });
  expect(order.shipments).toMatchObject([{ status: "RELEASED", lines: [{ quantity: 1 }] }]);
  const { orderEvents, inventoryItem } = await ask(
    `{ orderEvents(orderRef: "D-GIVE") { nodes { kind lines { quantity } } } inventoryItem(sku: "A") { virtualStock { committed available } } }`,
  );
  expect(orderEvents.nodes.map(({ kind }: { kind: string }) => kind)).toEqual(["CONFIRMED", "ALLOCATED", "RELEASED"]);
  expect(inventoryItem.virtualStock).toEqual([{ committed: 1, available: 9 }]);
});

test("held and resumed, with the address changed in between: the warehouse stops, and ships to the new one", async () => {
  await buy("D-HOLD", "B", 2);
  const { fulfillments } = await until("D-HOLD", ({ shipments }) => shipments.length === 1);
  const { id } = fulfillments[0];
  await act("holdFulfillment", { id, reason: "fraud check" });
  const held = await until("D-HOLD", ({ shipments }) => shipments[0].status === "CANCELLED");
  await until("D-HOLD", (order) => order.fulfillments[0].lines[0].allocated === 0);
  expect(held.fulfillments[0].status).toBe("ON_HOLD");
  await act("updateFulfillment", { id, shipTo: { countryCode: "DE", city: "Jena" }, priority: 3 }, "UpdateFulfillmentInput");
  await act("resumeFulfillment", { id });
  const order = await until("D-HOLD", ({ shipments }) => shipments.length === 2);
  expect(order.fulfillments[0].status).toBe("ALLOCATED");
  const released = order.shipments.find(({ status }: { status: string }) => status === "RELEASED");
  expect(released).toMatchObject({ priority: 3, shipTo: { city: "Jena" } });
  await act("updateFulfillment", { id, shipTo: { countryCode: "DE", city: "Trier" } }, "UpdateFulfillmentInput");
  await until("D-HOLD", ({ shipments }) => shipments.some((one: Order) => one.shipTo.city === "Trier"));
});

test("not before a day: promised and allocated, and nothing on the floor until it comes; by hand from another warehouse", async () => {
  await buy("D-LATER", "C", 1, { shipNotBefore: new Date(Date.now() + 3_600_000).toISOString() });
  const later = await until("D-LATER", ({ fulfillments }) => fulfillments[0]?.status === "ALLOCATED");
  expect(later.shipments).toEqual([]);
  const { id, allocations } = later.fulfillments[0];
  await act("holdFulfillment", { id });
  await call(
    "saveSourcingRule",
    "SaveSourcingRuleInput",
    { strategy: "NEAREST", allowSplit: true, warehouses: [{ warehouse: "HAM", priority: 1, enabled: false }] },
    "rule { strategy }",
  );
  await act("resumeFulfillment", { id });
  await until("D-LATER", ({ fulfillments }) => fulfillments[0].status === "ON_HOLD");
  const other = allocations[0].warehouse.code === "HAM" ? "MUC" : "HAM";
  const chosen = [{ warehouse: other, lines: [{ sku: "C", quantity: 1 }] }];
  await act("sourceManually", { id, allocations: chosen, reason: "the van leaves from there" }, "SourceManuallyInput");
  const order = await until("D-LATER", ({ fulfillments }) => fulfillments[0].status === "ALLOCATED");
  expect(order.fulfillments[0].allocations.at(-1)).toEqual({ status: "ALLOCATED", warehouse: { code: other } });
  expect(order.shipments).toEqual([]);
});
