import { newId } from "../../shared/ids";
import { LayerDatabase, type LayerName } from "../../shared/db/database";
import { quietLog } from "../../shared/log";
import { driftsOf } from "../support/books";
import { startWorld, type World } from "../support/world";

let world: World;
let shop: string;

/* eslint-disable @typescript-eslint/no-explicit-any */
async function ask(query: string, variables: Record<string, unknown> = {}, key?: string): Promise<any> {
  const { body } = await world.gql(query, variables, { headers: { "x-strata-settle": "true" }, ...(key && { key }) });
  if (body.errors) throw new Error(JSON.stringify(body.errors));
  return body.data;
}
const call = async (mutation: string, type: string, input: object, fields: string, key?: string): Promise<any> =>
  (await ask(`mutation ($input: ${type}!) { ${mutation}(input: $input) { ${fields} userErrors { code message } } }`, { input }, key))[
    mutation
  ];
const must: typeof call = async (...args) => {
  for (const end = Date.now() + 10_000; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const payload = await call(...args);
    if (payload.userErrors.length === 0) return payload;
    // Layers hear of each other within moments.
    if (payload.userErrors[0].code !== "NOT_FOUND" || Date.now() > end) throw new Error(JSON.stringify(payload));
  }
};
const keyed = (input: object) => ({ idempotencyKey: newId(), ...input });

const STOCK = `query ($sku: ID!) { inventoryItem(sku: $sku) { virtualStock { onHand committed available incoming }
  positions { warehouse { code } onHand allocated inbound } } }`;
const ORDER = "query ($orderRef: ID!) { order(orderRef: $orderRef) { fulfillments { status lines { quantity allocated } } } }";

/** Asks until the answer is as it must become. */
async function becomes(query: string, variables: Record<string, unknown>, wanted: object): Promise<void> {
  for (const end = Date.now() + 10_000; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const found = await ask(query, variables);
    try {
      return expect(found).toMatchObject(wanted);
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}
const stock = (virtual: object, position: object) =>
  becomes(STOCK, { sku: "LAMP" }, { inventoryItem: { virtualStock: [virtual], positions: [{ warehouse: { code: "HAM" }, ...position }] } });
const fulfilment = (orderRef: string, status: string, allocated: number) =>
  becomes(ORDER, { orderRef }, { order: { fulfillments: [{ status, lines: [{ allocated }] }] } });

beforeAll(async () => {
  world = await startWorld();
  shop = world.keyOf("order-system");
  await must(
    "saveWarehouse",
    "SaveWarehouseInput",
    { code: "HAM", name: "Hamburg", currency: "EUR", address: { countryCode: "DE" } },
    "warehouse { code }",
  );
  await must(
    "saveInventoryItem",
    "SaveInventoryItemInput",
    { sku: "LAMP", name: "Lamp", units: [{ code: "case", factor: 5 }] },
    "item { sku }",
  );
  await must("saveStockPool", "SaveStockPoolInput", { code: "DE", name: "Germany", warehouses: ["HAM"] }, "pool { code }");
  await must("saveChannel", "SaveChannelInput", { code: "web", name: "Web shop", pool: "DE" }, "channel { code }");
  await must(
    "saveListing",
    "SaveListingInput",
    { channel: "web", sku: "LAMP", status: "LISTED", preorderLimit: 100 },
    "listing { status }",
  );
});
afterAll(() => world?.close());

async function preorder(orderRef: string, quantity: number): Promise<void> {
  const { reservation } = await must(
    "reserveStock",
    "ReserveStockInput",
    keyed({ orderRef, channel: "web", lines: [{ sku: "LAMP", quantity }] }),
    "reservation { id }",
    shop,
  );
  await must(
    "confirmReservation",
    "ConfirmReservationInput",
    keyed({ reservationId: reservation.id, shipTo: { countryCode: "DE" } }),
    "reservation { status }",
    shop,
  );
}

test("what is sold against a purchase order is covered when it comes, the oldest first", async () => {
  const document = { type: "PURCHASE_ORDER", number: "PO-1" };
  const lines = [{ sku: "LAMP", quantity: 2, unit: "case", unitCost: "4.00" }];
  const input = keyed({ kind: "PURCHASE", document, warehouse: "HAM", expectedAt: "2030-01-01T00:00:00.000Z", lines });
  const { inbound } = await must("createInbound", "CreateInboundInput", input, "inbound { id status }");
  await stock({ onHand: 0, incoming: 10, available: 0 }, { onHand: 0, inbound: 10 });

  await preorder("P-1", 4);
  await fulfilment("P-1", "BACKORDERED", 0);
  await preorder("P-2", 4);
  await fulfilment("P-2", "BACKORDERED", 0);
  const beyond = await call(
    "reserveStock",
    "ReserveStockInput",
    keyed({ orderRef: "P-3", channel: "web", lines: [{ sku: "LAMP", quantity: 3 }] }),
    "reservation { id }",
    shop,
  );
  expect(beyond.userErrors).toMatchObject([{ code: "INSUFFICIENT_STOCK" }]);

  const take = keyed({ id: inbound.id, lines: [{ sku: "LAMP", quantity: 1, unit: "case" }] });
  expect(await must("receiveInbound", "ReceiveInboundInput", take, "inbound { status }")).toMatchObject({
    inbound: { status: "PARTIALLY_RECEIVED" },
  });
  await stock({ onHand: 5, committed: 8, available: -3, incoming: 5 }, { onHand: 5, inbound: 5 });
  await fulfilment("P-1", "ALLOCATED", 4);
  await fulfilment("P-2", "PARTIALLY_ALLOCATED", 1);
  expect(await driftsOf(world)).toEqual([]);

  const less = keyed({ id: inbound.id, lines: [{ sku: "LAMP", quantity: 9, unitCost: "4.00" }] });
  await must("updateInbound", "UpdateInboundInput", less, "inbound { status }");
  await stock({ incoming: 4 }, { inbound: 4 });
  const rest = keyed({ id: inbound.id, lines: [{ sku: "LAMP", quantity: 3, rejected: 1, rejectReason: "broken" }] });
  expect(await must("receiveInbound", "ReceiveInboundInput", rest, "inbound { status }")).toMatchObject({
    inbound: { status: "RECEIVED" },
  });
  await stock({ onHand: 8, committed: 8, available: 0, incoming: 0 }, { onHand: 8, allocated: 8, inbound: 0 });
  await fulfilment("P-2", "ALLOCATED", 4);
  expect(await driftsOf(world)).toEqual([]);
});

test("what is called off is not coming any more", async () => {
  const document = { type: "PURCHASE_ORDER", number: "PO-1" };
  const lines = [{ sku: "LAMP", quantity: 7, unitCost: "4.00" }];
  const { inbound } = await must(
    "createInbound",
    "CreateInboundInput",
    keyed({ kind: "PURCHASE", document, warehouse: "HAM", lines }),
    "inbound { id }",
  );
  await stock({ incoming: 7 }, { inbound: 7 });
  await must("cancelInbound", "ShipmentActionInput", keyed({ id: inbound.id }), "inbound { status }");
  await stock({ incoming: 0 }, { inbound: 0 });
  expect(await driftsOf(world)).toEqual([]);
});

/** Changes a header behind its layer's back. */
async function tamper(layer: LayerName, sql: string): Promise<void> {
  const db = await LayerDatabase.open({ layer, primaryUrl: world.db.primaryUrl, replicaUrls: [], log: quietLog });
  await db.query(sql);
  await db.close();
}

test("reconcile finds what one layer expects and another does not", async () => {
  const input = keyed({
    kind: "PURCHASE",
    document: { type: "PO", number: "PO-2" },
    warehouse: "HAM",
    lines: [{ sku: "LAMP", quantity: 7 }],
  });
  await must("createInbound", "CreateInboundInput", input, "inbound { id }");
  await stock({ incoming: 7 }, { inbound: 7 });
  await tamper("sales", "UPDATE incoming_stock SET units = 8 WHERE units = 7");
  await tamper("warehouse", "UPDATE inbound_line SET expected = 9, most = 9 WHERE expected = 7 AND received = 0");
  const found = (await driftsOf(world)).map(({ invariant, layer, subject, message }) => [invariant, layer, subject.split(" ")[0], message]);
  expect(found).toEqual(
    expect.arrayContaining([
      [1, "warehouse", "inbound_line", "its units are not the sum of its steps"],
      [7, "sales", "incoming:HAM:LAMP", "was told 7, has 8"],
      [7, "dispatch", "stock_position", "inbound is 7, open are 9"],
    ]),
  );
});
