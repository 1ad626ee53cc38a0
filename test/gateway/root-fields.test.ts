import { buildClientSchema, getIntrospectionQuery, type GraphQLField } from "graphql";
import { keysPath, makeKey, readKeys } from "../../gateway/clients";
import { writePrivately } from "../../gateway/private-file";
import { DISPATCH_MERCHANTS } from "../../services/dispatch/merchants";
import { SALES_MERCHANTS } from "../../services/sales/merchants";
import { WAREHOUSE_MERCHANTS } from "../../services/warehouse/merchants";
import { ROLES, type Role } from "../../shared/identity/scopes";
import { anyCall, rootFields } from "../support/any-call";
import { startWorld, type Answer, type World } from "../support/world";

/**
 * Every root field of the supergraph against every role (probe 21), and against a key that is bound to a merchant. Which role may
 * call what is written here by hand, not read from the code that enforces it. Admin may call everything.
 */
const CATALOG: Role[] = [
  "storefront",
  "order-system",
  "warehouse-operator",
  "warehouse-manager",
  "dispatcher",
  "merchandiser",
  "finance",
  "partner",
];
const ORDERS: Role[] = ["order-system", "warehouse-operator", "warehouse-manager", "dispatcher"];
const FLOOR: Role[] = ["warehouse-operator", "warehouse-manager"];
const MAY_CALL: [roles: Role[], fields: string][] = [
  [["storefront", "order-system", "merchandiser", "partner"], "Query: availability availabilityChanges"],
  [CATALOG, "Query: channel channels inventoryItem inventoryItems itemByBarcode merchants stockPools warehouse warehouses"],
  [
    ORDERS,
    "Query: fulfillmentOrder fulfillmentOrders order orderEvents reservation reservations returnOrder returnOrders returnPolicy webhooks",
  ],
  [["order-system", ...FLOOR, "dispatcher", "finance"], "Query: movement outboundShipment outboundShipments"],
  [
    [...FLOOR, "dispatcher", "finance"],
    "Query: countSchedules importBatch inboundShipment inboundShipments lot movements pickingList serial stockAsOf stockCount stockCounts",
  ],
  [
    ["dispatcher"],
    "Query: alertEvents alertRules alerts previewSourcing processDefinitions shippingRates sourcingRule stockPositions transferOrder transferOrders",
  ],
  [
    ["finance"],
    "Query: accountingPeriods accounts insurancePolicies inventoryValuation journalEntries journalExport journalExports openItems pledgeStatement postingRules trialBalance",
  ],
  [["order-system"], "Mutation: confirmReservation extendReservation releaseReservation reserveStock reserveStockBatch"],
  [["order-system", "dispatcher"], "Mutation: cancelReturn deleteWebhook replayWebhook requestReturn saveWebhook"],
  [
    ["merchandiser"],
    "Mutation: cancelWarehouseMove freezeVirtualStock moveWarehouse saveChannel saveListing saveListings saveStockPool unfreezeVirtualStock",
  ],
  [
    ["dispatcher"],
    "Mutation: acknowledgeAlert approveReturn cancelFulfillmentLines cancelTransfer createTransfer holdFulfillment reallocateFulfillment rejectReturn releaseTransfer resolveAlert resumeFulfillment saveAlertRule saveReturnPolicy saveShippingRates saveSourcingRule sourceManually suggestRebalancing updateFulfillment",
  ],
  [
    FLOOR,
    "Mutation: blockLot cancelCount cancelInbound createCount createInbound importMovements packShipment postMovement putBack receiveInbound recordCount recordPick reportDelivery requestRecount resubmitImportRows reverseMovement saveInventoryItem saveMerchant saveWarehouse shipShipment startPicking updateInbound",
  ],
  [["warehouse-manager"], "Mutation: approveCount saveCountSchedule"],
  [
    ["finance"],
    "Mutation: closePeriod closeWorkOrder creditInvoice exportJournal matchInvoice openPeriod reopenPeriod saveAccount saveInsurancePolicy savePostingRule",
  ],
];
const ROLES_TOLD = (Object.keys(ROLES) as Role[]).filter((role) => role !== "admin");
const mayCall = new Map(
  MAY_CALL.flatMap(([roles, text]) => {
    const [root, ...names] = text.split(/:? /);
    return names.map((name) => [`${root}.${name}`, roles] as const);
  }),
);
const BATCH = 10;

let world: World;
let fields: Map<string, GraphQLField<unknown, unknown>>;
beforeAll(async () => {
  world = await startWorld();
  fields = rootFields(buildClientSchema((await world.gql(getIntrospectionQuery())).body.data));
});
afterAll(() => world.close());

/** Calls root fields of one kind, some in a request; answers each one's error code. */
async function codesOf(names: string[], key: string): Promise<Map<string, string | undefined>> {
  const codes = new Map<string, string | undefined>();
  for (const root of ["Query", "Mutation"]) {
    const ofRoot = names.filter((name) => name.startsWith(`${root}.`));
    for (let at = 0; at < ofRoot.length; at += BATCH) {
      const some = ofRoot.slice(at, at + BATCH);
      const calls = some.map((name, i) => `f${i}: ${anyCall(fields.get(name)!)}`);
      const { body } = await world.gql(`${root.toLowerCase()} { ${calls.join(" ")} }`, {}, { key });
      const whole = body.data ? undefined : body.errors![0].extensions.code;
      if (!body.data && whole !== "FORBIDDEN") throw new Error(`not executed: ${JSON.stringify(body)}`);
      some.forEach((name, i) => codes.set(name, whole ?? codeAt(body, `f${i}`)));
    }
  }
  return codes;
}

const codeAt = ({ data, errors }: Answer["body"], alias: string): string | undefined => {
  const error = errors?.find(({ path }) => path?.[0] === alias);
  if (error && data[alias] !== null) throw new Error(`${alias} has an error and data`);
  return error?.extensions.code;
};

/** What the layers keep of each other's feeds grows by itself. */
const BOOKKEEPING = /^(lease|feed_reader|feed_position|checkpoint_result)$/;

/** How many rows there are in each other table of each layer. */
async function rowCounts(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { name, db } of Object.values(world.layers).map((layer) => layer!)) {
    const tables = await db.query<Record<string, string>>("SHOW TABLES");
    for (const table of tables.map((row) => Object.values(row)[0]).filter((one) => !BOOKKEEPING.test(one))) {
      const [{ n }] = await db.query<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`);
      counts[`${name}.${table}`] = Number(n);
    }
  }
  return counts;
}

test("the table knows every root field, and no other", () => {
  expect([...mayCall.keys()].sort()).toEqual([...fields.keys()].sort());
});

test("who may not call a field is FORBIDDEN, and nothing happens", async () => {
  const before = await rowCounts();
  for (const role of ROLES_TOLD) {
    const forbidden = [...mayCall].filter(([, roles]) => !roles.includes(role)).map(([name]) => name);
    const letThrough = [...(await codesOf(forbidden, world.keyOf(role)))].filter(([, code]) => code !== "FORBIDDEN");
    expect({ role, letThrough }).toEqual({ role, letThrough: [] });
  }
  expect(await rowCounts()).toEqual(before);
});

/** What a partner may call is at /partner/graphql, and there alone (partner.test.ts). */
test("who may call a field is not FORBIDDEN", async () => {
  for (const role of ROLES_TOLD.filter((one) => one !== "partner")) {
    const allowed = [...mayCall].filter(([, roles]) => roles.includes(role)).map(([name]) => name);
    const stopped = [...(await codesOf(allowed, world.keyOf(role)))].filter(([, code]) => code === "FORBIDDEN" || code === "INTERNAL");
    expect({ role, stopped }).toEqual({ role, stopped: [] });
  }
});

describe("a key bound to a merchant", () => {
  const MARKS = [SALES_MERCHANTS, DISPATCH_MERCHANTS, WAREHOUSE_MERCHANTS];
  const own = MARKS.flatMap((marks) => marks.own);
  const nothing = MARKS.flatMap((marks) => marks.nothing);
  const refused = MARKS.flatMap((marks) => marks.refused);
  let bound: string;

  beforeAll(async () => {
    const { key, record } = makeKey("bound", ["admin"], { merchant: "NOBODY" });
    writePrivately(keysPath(world.dataDir), [...readKeys(keysPath(world.dataDir)), record]);
    while ((await world.gql("{ __typename }", {}, { key })).status !== 200);
    bound = key;
  });

  test("every root field is marked once: filtered by merchant, without merchants, or refused", () => {
    expect([...own, ...nothing, ...refused].sort()).toEqual([...fields.keys()].sort());
  });

  test("what is refused is FORBIDDEN, and nothing happens", async () => {
    const before = await rowCounts();
    const letThrough = [...(await codesOf(refused, bound))].filter(([, code]) => code !== "FORBIDDEN");
    expect(letThrough).toEqual([]);
    expect(await rowCounts()).toEqual(before);
    const { body } = await world.gql("{ alerts { nodes { id } } }", {}, { key: bound });
    expect(body.errors![0].message).toMatch(/alerts is of the whole house: it needs a key that is not bound to a merchant/);
  });

  test("what is not refused answers", async () => {
    const stopped = [...(await codesOf([...own, ...nothing], bound))].filter(([, code]) => code === "FORBIDDEN" || code === "INTERNAL");
    expect(stopped).toEqual([]);
  });
});
