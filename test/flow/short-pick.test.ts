import { driftsOf } from "../support/books";
import { startWorld, type World } from "../support/world";

/** A pick that finds less than the books say: the loss is booked, and the order is sourced elsewhere, or waits and is told of. */
const ORDER = `query ($orderRef: ID!) { order(orderRef: $orderRef) {
  fulfillments { status lines { allocated backordered shipped } allocations { status warehouse { code } lines { quantity shipped } } }
  shipments { id status warehouse { code } lines { item { sku } quantity picked short } }
  movements { type lines { quantity location { code } } } process { state history { event from to detail } } } }`;
const STOCK = `query ($sku: ID!) { inventoryItem(sku: $sku) { onHand virtualStock { onHand committed available }
  positions { warehouse { code } onHand allocated free backordered } } }`;

let world: World;
let n = 0;
const keyed = (input: object) => ({ idempotencyKey: `short-${++n}`, ...input });

const ask = async (query: string, variables: Record<string, unknown>) => {
  const { body } = await world.gql(query, variables, { key: world.adminKey, headers: { "x-strata-settle": "true" } });
  if (body.errors) throw new Error(JSON.stringify(body.errors));
  return body.data;
};
const call = async (mutation: string, type: string, input: object, fields: string) => {
  for (const end = Date.now() + 10_000; ;) {
    const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${fields} userErrors { code message field retryAfterMs } } }`;
    const payload = (await ask(query, { input }))[mutation];
    const wait = payload.userErrors[0]?.retryAfterMs as number | undefined;
    if (payload.userErrors.length === 0) return payload;
    if (!wait || Date.now() > end) throw new Error(JSON.stringify(payload.userErrors));
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
};
type Order = { fulfillments: { status: string }[]; shipments: { id: string; status: string; warehouse: { code: string } }[] } & Record<
  string,
  never
>;
async function until(orderRef: string, isSo: (order: Order) => boolean): Promise<Order> {
  for (const end = Date.now() + 20_000; ;) {
    const { order } = await ask(ORDER, { orderRef });
    if (isSo(order)) return order;
    if (Date.now() > end) throw new Error(`${orderRef} does not get there: ${JSON.stringify(order, null, 1)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const receive = (warehouse: string, sku: string, quantity: number) =>
  call(
    "postMovement",
    "PostMovementInput",
    keyed({ type: "PURCHASE_RECEIPT", warehouse, lines: [{ sku, quantity, unitCost: "2" }] }),
    "movement { id }",
  );

async function buy(orderRef: string, sku: string, quantity: number): Promise<string> {
  const lines = [{ sku, quantity }];
  const { reservation } = await call("reserveStock", "ReserveStockInput", keyed({ orderRef, channel: "web", lines }), "reservation { id }");
  const paid = keyed({ reservationId: reservation.id, shipTo: { countryCode: "DE" } });
  await call("confirmReservation", "ConfirmReservationInput", paid, "reservation { id }");
  const { shipments } = await until(orderRef, (order) => order.shipments.length === 1);
  return shipments[0].id;
}
const outbound = "outbound { status lines { picked short } }";
const floor = (mutation: string, id: string, more: object = {}, type = "ShipmentActionInput") =>
  call(mutation, type, keyed({ id, ...more }), outbound);
const pick = (id: string, picks: object[]) => floor("recordPick", id, { picks }, "RecordPickInput");
async function shipRest(id: string, sku: string, quantity: number): Promise<void> {
  await floor("startPicking", id);
  await pick(id, [{ sku, quantity }]);
  await floor("packShipment", id);
  await floor("shipShipment", id, {}, "ShipShipmentInput");
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
  const skus = ["ELSEWHERE", "NOWHERE", "ALL", "KNOWN", "STOPPED"];
  for (const sku of skus) await call("saveInventoryItem", "SaveInventoryItemInput", { sku, name: sku }, "item { sku }");
  await ask("{ stockPools { code } channels { code } }", {});
  await call("saveStockPool", "SaveStockPoolInput", { code: "DE", name: "Germany", warehouses: ["HAM", "MUC"] }, "pool { code }");
  await call("saveChannel", "SaveChannelInput", { code: "web", name: "Web shop", pool: "DE" }, "channel { code }");
  for (const sku of skus) await call("saveListing", "SaveListingInput", { channel: "web", sku, status: "LISTED" }, "listing { status }");
  for (const sku of skus) await receive("HAM", sku, 10);
  await receive("MUC", "ELSEWHERE", 5);
  await ask("{ stockPositions { nodes { onHand } } }", {});
});
afterEach(async () => expect(await driftsOf(world)).toEqual([]));
afterAll(() => world?.close());

test("what is missing in one warehouse ships from the other", async () => {
  const id = await buy("S-ELSEWHERE", "ELSEWHERE", 8);
  await floor("startPicking", id);
  expect((await pick(id, [{ sku: "ELSEWHERE", quantity: 5, short: 3 }])).outbound).toEqual({
    status: "PICKED",
    lines: [{ picked: 5, short: 3 }],
  });
  const sourced = await until("S-ELSEWHERE", (order) => order.shipments.length === 2);
  const second = sourced.shipments.find((shipment) => shipment.id !== id)!;
  expect(sourced).toMatchObject({
    fulfillments: [
      {
        status: "ALLOCATED",
        lines: [{ allocated: 8, backordered: 0 }],
        allocations: [{ lines: [{ quantity: 5 }] }, { lines: [{ quantity: 3 }] }],
      },
    ],
  });
  const { inventoryItem } = await ask(STOCK, { sku: "ELSEWHERE" });
  expect(inventoryItem).toMatchObject({ onHand: 12, virtualStock: [{ onHand: 12, committed: 8, available: 4 }] });
  await floor("packShipment", id);
  await floor("shipShipment", id, {}, "ShipShipmentInput");
  await shipRest(second.id, "ELSEWHERE", 3);
  const done = await until("S-ELSEWHERE", (order) => order.fulfillments[0].status === "SHIPPED");
  expect(done).toMatchObject({ fulfillments: [{ lines: [{ shipped: 8, allocated: 0 }] }] });
  const { alerts } = await ask("{ alerts(kind: SHORT_PICK) { nodes { subject message } } }", {});
  expect(alerts.nodes).toContainEqual({ subject: id, message: "HAM did not find 3 of ELSEWHERE for order S-ELSEWHERE" });
});

test("with nothing anywhere the order waits, and is filled when goods come in", async () => {
  const id = await buy("S-NOWHERE", "NOWHERE", 10);
  await floor("startPicking", id);
  await pick(id, [{ sku: "NOWHERE", quantity: 6, short: 4 }]);
  const waits = await until("S-NOWHERE", (order) => order.fulfillments[0].status === "PARTIALLY_ALLOCATED");
  expect(waits).toMatchObject({ fulfillments: [{ lines: [{ allocated: 6, backordered: 4 }] }] });
  await receive("MUC", "NOWHERE", 4);
  const filled = await until("S-NOWHERE", (order) => order.shipments.length === 2);
  expect(filled.shipments.map(({ warehouse }) => warehouse.code).sort()).toEqual(["HAM", "MUC"]);
});

test("a shipment of which nothing was found is cancelled, and its order is not", async () => {
  const id = await buy("S-ALL", "ALL", 10);
  await floor("startPicking", id);
  expect((await pick(id, [{ sku: "ALL", quantity: 0, short: 10 }])).outbound.status).toBe("CANCELLED");
  const waits = await until("S-ALL", (order) => order.fulfillments[0].status === "BACKORDERED");
  expect(waits).toMatchObject({ fulfillments: [{ allocations: [{ status: "SHORT" }], lines: [{ backordered: 10 }] }] });
});

test("a loss that was counted already is not booked again", async () => {
  const id = await buy("S-KNOWN", "KNOWN", 10);
  await floor("startPicking", id);
  const loss = keyed({ type: "COUNT_LOSS", warehouse: "HAM", lines: [{ sku: "KNOWN", quantity: 4 }] });
  await call("postMovement", "PostMovementInput", loss, "movement { id }");
  await pick(id, [{ sku: "KNOWN", quantity: 6, short: 4 }]);
  await until("S-KNOWN", (order) => order.fulfillments[0].status === "PARTIALLY_ALLOCATED");
  const { inventoryItem } = await ask(STOCK, { sku: "KNOWN" });
  expect(inventoryItem.onHand).toBe(6);
});

test("short and cancelled at once: everybody gets an answer, and nothing is promised any more", async () => {
  const id = await buy("S-STOPPED", "STOPPED", 6);
  await floor("startPicking", id);
  const { order } = await ask(`{ order(orderRef: "S-STOPPED") { reservations { id } } }`, {});
  const release = keyed({ reservationId: order.reservations[0].id, reason: "changed mind" });
  const picked = pick(id, [{ sku: "STOPPED", quantity: 4, short: 2 }]).catch((error: Error) => error.message);
  await call("releaseReservation", "ReleaseReservationInput", release, "reservation { status }");
  await picked;
  await until("S-STOPPED", ({ fulfillments: [{ status }] }) => status !== "CANCELLING");
  const { inventoryItem } = await ask(STOCK, { sku: "STOPPED" });
  const [{ onHand, committed, available }] = inventoryItem.virtualStock;
  expect(available).toBe(onHand - committed);
});
