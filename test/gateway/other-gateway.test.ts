import { readFileSync } from "node:fs";
import { print, type DocumentNode } from "graphql";
import { ADMIN } from "../../gateway/clients";
import { supergraphPath } from "../../gateway/gateway";
import type { LayerName } from "../../shared/db/database";
import type { RequestFacts } from "../../shared/graphql/context";
import { IDENTITY_HEADER, secretFor, signFacts } from "../../shared/identity/signed";
import { IDENTITY_SECRET, startWorld, type Answer, type World } from "../support/world";

interface Hive {
  fetch(url: string, init: RequestInit): Promise<Response>;
  [Symbol.asyncDispose](): Promise<void>;
}
// Its types add to those of GraphQL's errors, in the whole program.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const { createGatewayRuntime } = require("@graphql-hive/gateway-runtime") as {
  createGatewayRuntime(config: object): Hive;
};

/**
 * Checklist (c) 9: the committed supergraph under the Guild's Hive Gateway (its engine, npm's `@graphql-hive/gateway-runtime`),
 * before layers in processes of their own. What it needs besides is what any gateway of Strata needs: to sign who asks.
 */
let world: World;
let hive: Hive;
/** Which layers Hive has asked. */
const asked = new Set<string>();

beforeAll(async () => {
  world = await startWorld({ topology: "distributed" });
  hive = createGatewayRuntime({
    supergraph: readFileSync(supergraphPath, "utf8"),
    transports: { http: { getSubgraphExecutor: ({ subgraphName }: { subgraphName: LayerName }) => signedAsk(subgraphName) } },
    maskedErrors: false,
    logging: false,
  });
}, 120_000);
afterAll(async () => {
  await hive?.[Symbol.asyncDispose]();
  await world?.close();
});

const key = secretFor("identity", IDENTITY_SECRET);
const facts: RequestFacts = { caller: ADMIN, requestId: "request-of-hive", primary: true, after: {}, settle: true };

/** The transport: what Hive plans for a layer is put to that layer's process, signed. */
const signedAsk =
  (layer: LayerName) =>
  async ({
    document,
    variables,
    operationName,
  }: {
    document: DocumentNode;
    variables?: object;
    operationName?: string;
  }): Promise<unknown> => {
    asked.add(layer);
    const body = JSON.stringify({ query: print(document), variables, operationName });
    const headers = { "content-type": "application/json", [IDENTITY_HEADER]: signFacts(key, layer, facts, body) };
    return (await fetch(`${world.processes[layer]!.url}/graphql`, { method: "POST", headers, body })).json();
  };

type Body = Answer["body"];
const SETTLED = { headers: { "x-strata-settle": "true" } };

async function byHive(query: string, variables: object): Promise<Body> {
  const body = JSON.stringify({ query, variables });
  const answer = await hive.fetch("http://hive/graphql", { method: "POST", headers: { "content-type": "application/json" }, body });
  return (await answer.json()) as Body;
}

/** Both gateways' answer, which has to be the same: of a mutation it is the second time that it is asked, with the same key. */
async function both(query: string, variables: object = {}): Promise<Body> {
  const { body: ours } = await world.gql(query, variables as Record<string, unknown>, SETTLED);
  const seen = ({ errors = [] }: Body) => errors.map(({ path, message, extensions }) => ({ path, message, code: extensions.code }));
  const theirs = await byHive(query, variables);
  expect({ data: theirs.data, errors: seen(theirs) }).toEqual({ data: ours.data, errors: seen(ours) });
  return ours;
}

let n = 0;
async function step(mutation: string, type: string, input: object, fields: string): Promise<Record<string, { id: string }>> {
  const query = `mutation Step($input: ${type}!) { ${mutation}(input: $input) { ${fields} userErrors { code field } } }`;
  const { data } = await both(query, { input });
  expect(data).toMatchObject({ [mutation]: { userErrors: [] } });
  return data[mutation];
}
const keyed = (input: object) => ({ idempotencyKey: `hive-${++n}`, ...input });

/** The whole way of an order, over all three layers. */
const EVERYTHING = `query Order($orderRef: ID!) { order(orderRef: $orderRef) {
  orderRef
  reservations { status channel { code name } lines { item { sku name } quantity fulfilled } }
  fulfillments { status lines { item { sku } quantity allocated shipped backordered }
    decision { strategy shipments unfilled candidates { warehouse { code name } rank takenUnits excludedBecause } }
    allocations { status warehouse { code } shipment { id status } lines { item { sku } quantity shipped } } }
  shipments { id status warehouse { code } parcels { trackingNumber lines { item { sku } quantity } } }
  movements { type lines { item { sku } location { code } quantity value { amount currency } balanceAfter } journal { lines { account { code } debit { amount } credit { amount } } } }
  process { state history { event from to actor } } } }`;
const STOCK = `query Stock($sku: ID!) { inventoryItem(sku: $sku) { name onHand unitCost { amount } virtualStock { onHand held committed available }
  positions { warehouse { code name } onHand allocated free } listings { nodes { status channel { code } } } } }`;

test("the order's story, step by step, is answered by Hive as by our gateway", async () => {
  const address = { city: "Hamburg", countryCode: "DE" };
  await step("saveWarehouse", "SaveWarehouseInput", { code: "HAM", name: "Hamburg", currency: "EUR", address }, "warehouse { code name }");
  await step("saveInventoryItem", "SaveInventoryItemInput", { sku: "LAMP", name: "The lamp" }, "item { sku name kind }");
  await both("{ channels { code } }");
  await step(
    "saveStockPool",
    "SaveStockPoolInput",
    { code: "DE", name: "Germany", warehouses: ["HAM"] },
    "pool { code warehouses { code name } }",
  );
  await step("saveChannel", "SaveChannelInput", { code: "web", name: "Web", pool: "DE" }, "channel { code pool { name } }");
  await step("saveListing", "SaveListingInput", { channel: "web", sku: "LAMP", status: "LISTED" }, "listing { status item { sku name } }");
  const lines = [{ sku: "LAMP", quantity: 10, unitCost: "4.00" }];
  await step(
    "postMovement",
    "PostMovementInput",
    keyed({ type: "PURCHASE_RECEIPT", warehouse: "HAM", lines }),
    "movement { id type lines { quantity item { sku name } } }",
  );
  expect((await both(STOCK, { sku: "LAMP" })).data.inventoryItem).toMatchObject({ onHand: 10, virtualStock: [{ available: 10 }] });
  expect(
    (await both(`{ availability(channel: "web", skus: ["LAMP", "NONE"]) { status quantity item { sku name unit } channel { name } } }`))
      .data,
  ).toMatchObject({
    availability: [{ status: "IN_STOCK", quantity: 10, item: { name: "The lamp" } }, { status: "UNLISTED" }],
  });

  const held = { orderRef: "O-1", channel: "web", lines: [{ sku: "LAMP", quantity: 3 }] };
  const { reservation } = await step(
    "reserveStock",
    "ReserveStockInput",
    keyed(held),
    "reservation { id status lines { item { name } quantity } }",
  );
  await step(
    "confirmReservation",
    "ConfirmReservationInput",
    keyed({ reservationId: reservation.id, shipTo: address }),
    "reservation { id status }",
  );
  const sourced = (await both(EVERYTHING, { orderRef: "O-1" })).data.order;
  expect(sourced.fulfillments[0].status).toBe("ALLOCATED");

  const { id } = sourced.shipments[0];
  const outbound = "outbound { id status }";
  await step("startPicking", "ShipmentActionInput", keyed({ id }), outbound);
  await step("recordPick", "RecordPickInput", keyed({ id, picks: [{ sku: "LAMP", quantity: 3 }] }), outbound);
  await step("packShipment", "ShipmentActionInput", keyed({ id }), outbound);
  await step("shipShipment", "ShipShipmentInput", keyed({ id, carrier: "DHL", trackingNumber: "T-1" }), outbound);
  const shipped = (await both(EVERYTHING, { orderRef: "O-1" })).data.order;
  expect(shipped).toMatchObject({ reservations: [{ lines: [{ fulfilled: 3 }] }], shipments: [{ status: "SHIPPED" }] });
  expect(shipped.movements.map(({ type }: { type: string }) => type)).toContain("SALES_ISSUE");
  expect((await both(STOCK, { sku: "LAMP" })).data.inventoryItem).toMatchObject({ onHand: 7 });
  expect([...asked].sort()).toEqual(["dispatch", "sales", "warehouse"]);
}, 120_000);

test("what is refused, unknown or empty is the same too", async () => {
  const short = { input: { idempotencyKey: "hive-short", orderRef: "O-2", channel: "web", lines: [{ sku: "LAMP", quantity: 99 }] } };
  const refused = await both(
    `mutation Short($input: ReserveStockInput!) { reserveStock(input: $input) { reservation { id } userErrors { code field } } }`,
    short,
  );
  expect(refused.data.reserveStock).toMatchObject({ reservation: null, userErrors: [{ code: "INSUFFICIENT_STOCK" }] });
  expect(
    (await both(`{ order(orderRef: "O-404") { orderRef } inventoryItem(sku: "NONE") { name } warehouse(code: "NONE") { name } }`)).data,
  ).toEqual({
    order: null,
    inventoryItem: null,
    warehouse: null,
  });
});
