import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { graphql, isEnumType, isInputObjectType, isObjectType, parse, print } from "graphql";
import type { Scope } from "../../shared/identity/scopes";
import { BERLIN, DispatchWorld, MUNICH } from "./support";

let world: DispatchWorld;
beforeAll(async () => {
  world = await DispatchWorld.open();
  world.pool("EU", { BER: BERLIN, MUC: MUNICH });
  world.pool("US", { NYC: { countryCode: "US" } });
});
afterAll(() => world?.close());

const SAVE =
  "mutation ($input: SaveSourcingRuleInput!) { saveSourcingRule(input: $input) { rule { channel { code } strategy allowSplit maxShipments warehouses { warehouse { code } priority enabled safetyStock shipsTo } } userErrors { code field } } }";
const BER = { warehouse: "BER", priority: 1 };
const RULE = { channel: "EU", strategy: "PRIORITY", allowSplit: true, warehouses: [BER] };

test("a rule is saved whole, keeps maxShipments when it is absent, and null clears it", async () => {
  const save = async (more: object) => (await world.ask(SAVE, { input: { ...RULE, ...more } })).data.saveSourcingRule;
  const muc = { warehouse: "MUC", priority: 2, enabled: false, safetyStock: 3, shipsTo: ["DE", "US-CA"] };
  expect(await save({ maxShipments: 2, warehouses: [muc, BER] })).toEqual({
    rule: {
      channel: { code: "EU" },
      strategy: "PRIORITY",
      allowSplit: true,
      maxShipments: 2,
      warehouses: [
        { warehouse: { code: "BER" }, priority: 1, enabled: true, safetyStock: 0, shipsTo: null },
        { warehouse: { code: "MUC" }, priority: 2, enabled: false, safetyStock: 3, shipsTo: ["DE", "US-CA"] },
      ],
    },
    userErrors: [],
  });
  expect((await save({})).rule).toMatchObject({ maxShipments: 2, warehouses: [{ warehouse: { code: "BER" } }] });
  expect((await save({ maxShipments: null })).rule).toMatchObject({ maxShipments: null });
  expect((await save({ channel: null, warehouses: [{ warehouse: "NYC", priority: 1 }] })).rule).toMatchObject({ channel: null });
});

const node = (more: object) => ({ warehouses: [{ ...BER, ...more }] });
test.each([
  ["an unknown channel", { channel: "nowhere" }, "NOT_FOUND", ["input", "channel"]],
  ["a channel code with a space", { channel: " EU" }, "INVALID_INPUT", ["input", "channel"]],
  ["no warehouse", { warehouses: [] }, "INVALID_INPUT", ["input", "warehouses"]],
  [
    "201 warehouses",
    { warehouses: Array.from({ length: 201 }, (_, i) => ({ warehouse: `W${i}`, priority: 1 })) },
    "INVALID_INPUT",
    ["input", "warehouses"],
  ],
  ["a warehouse of another pool", node({ warehouse: "NYC" }), "INVALID_INPUT", ["input", "warehouses", "0", "warehouse"]],
  [
    "an unknown warehouse in the general rule",
    { channel: null, ...node({ warehouse: "ber" }) },
    "INVALID_INPUT",
    ["input", "warehouses", "0", "warehouse"],
  ],
  ["a warehouse twice", { warehouses: [BER, BER] }, "INVALID_INPUT", ["input", "warehouses", "1", "warehouse"]],
  ["priority zero", node({ priority: 0 }), "INVALID_INPUT", ["input", "warehouses", "0", "priority"]],
  ["priority over a million", node({ priority: 1_000_001 }), "INVALID_INPUT", ["input", "warehouses", "0", "priority"]],
  ["zero shipments", { maxShipments: 0 }, "INVALID_INPUT", ["input", "maxShipments"]],
  ["a daily capacity of nothing", node({ dailyCapacity: 0 }), "INVALID_INPUT", ["input", "warehouses", "0", "dailyCapacity"]],
  ["negative safety stock", node({ safetyStock: -1 }), "INVALID_INPUT", ["input", "warehouses", "0", "safetyStock"]],
  ["a country that is no code", node({ shipsTo: ["Germany"] }), "INVALID_INPUT", ["input", "warehouses", "0", "shipsTo"]],
  ["shipping to nowhere", node({ shipsTo: [] }), "INVALID_INPUT", ["input", "warehouses", "0", "shipsTo"]],
])("saveSourcingRule refuses %s, and nothing changes", async (_, more, code, field) => {
  const rules = () =>
    world.db.query("SELECT r.*, n.* FROM sourcing_rule r LEFT JOIN sourcing_node n ON n.channel_code = r.channel_code ORDER BY 1");
  const before = await rules();
  const { data } = await world.ask(SAVE, { input: { ...RULE, ...more } });
  expect(data.saveSourcingRule).toEqual({ rule: null, userErrors: [{ code, field }] });
  expect(await rules()).toEqual(before);
});

const PREVIEW =
  'query ($channel: ID, $lines: [OrderLineInput!]!) { previewSourcing(channel: $channel, shipTo: {countryCode: "DE"}, lines: $lines) { strategy shipments unfilled candidates { warehouse { code } takenUnits } } }';

test("a dry run decides like an order, sums lines of one item, and allocates nothing", async () => {
  world.stock("BER", { V: 3 });
  const { data } = await world.ask(PREVIEW, {
    channel: "EU",
    lines: [
      { sku: "V", quantity: 2 },
      { sku: "V", quantity: 2 },
    ],
  });
  expect(data.previewSourcing).toMatchObject({
    strategy: "PRIORITY",
    shipments: 1,
    unfilled: 1,
    candidates: [{ warehouse: { code: "BER" }, takenUnits: 3 }, { takenUnits: 0 }],
  });
  expect(await world.position("BER", "V")).toMatchObject({ allocated: 0, backordered: 0 });
});

test.each([
  ["an unknown channel", { channel: "nowhere", lines: [{ sku: "V", quantity: 1 }] }, "NOT_FOUND"],
  ["no lines", { lines: [] }, "BAD_USER_INPUT"],
  ["zero units", { lines: [{ sku: "V", quantity: 0 }] }, "BAD_USER_INPUT"],
  ["1,001 lines", { lines: Array.from({ length: 1_001 }, (_, i) => ({ sku: `V${i}`, quantity: 1 })) }, "BAD_USER_INPUT"],
])("previewSourcing refuses %s", async (_, variables, code) => {
  const { data, errors } = await world.ask(PREVIEW, variables);
  expect(data.previewSourcing).toBeNull();
  expect(errors[0].extensions.code).toBe(code);
});

test("a client sees its own orders; a dispatcher sees all, and no address", async () => {
  world.confirm("EU", "N-1", { V: 1 }, { client: "one" });
  world.confirm("EU", "N-2", { V: 1 }, { client: "two" });
  const mine = { client: "one", role: "order-system" } as const;
  const list = "{ fulfillmentOrders { nodes { id order { orderRef } shipTo { countryCode } } } }";
  const own = (await world.ask(list, {}, mine)).data.fulfillmentOrders.nodes;
  expect(own).toEqual([expect.objectContaining({ order: { orderRef: "N-1" }, shipTo: { countryCode: "DE" } })]);
  const all = (await world.ask(list.replace("shipTo { countryCode }", ""), {}, { client: "ops", role: "dispatcher" })).data
    .fulfillmentOrders.nodes;
  expect(all.map((order: { order: { orderRef: string } }) => order.order.orderRef)).toEqual(["N-2", "N-1"]);

  const other = all[0].id;
  expect((await world.ask(`{ fulfillmentOrder(id: "${other}") { id } }`, {}, mine)).data.fulfillmentOrder).toBeNull();
  expect((await world.ask('{ fulfillmentOrder(id: "nonsense") { id } }', {}, mine)).data.fulfillmentOrder).toBeNull();
  const [{ id: allocation }] = (await world.order("N-2")).allocations;
  const entities =
    "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Order { fulfillments { id } process { state } } ... on FulfillmentOrder { status } ... on Allocation { id } } }";
  const r = [
    { __typename: "Order", orderRef: "N-2" },
    { __typename: "FulfillmentOrder", id: other },
    { __typename: "Allocation", id: allocation },
  ];
  expect((await world.ask(entities, { r }, mine)).data._entities).toEqual([{ fulfillments: [], process: null }, null, null]);
  expect((await world.ask(entities, { r }, { client: "two", role: "order-system" })).data._entities).toEqual([
    { fulfillments: [{ id: other }], process: { state: "ALLOCATED" } },
    { status: "ALLOCATED" },
    { id: allocation },
  ]);
});

test("a caller of one merchant sees its own goods only", async () => {
  world.warehouse.tell({
    type: "ItemSaved",
    sku: "ACME-1",
    name: "One",
    kind: "STOCKED",
    components: [],
    itemMerchant: "ACME",
    weightGrams: null,
  });
  world.stock("BER", { "ACME-1": 1 });
  const source = `{ stockPositions { nodes { item { sku } } } fulfillmentOrders { nodes { id } }
    _entities(representations: [{__typename: "InventoryItem", sku: "V"}, {__typename: "Order", orderRef: "N-1"}]) {
      ... on InventoryItem { positions { free } } ... on Order { process { state } } } }`;
  expect((await world.ask(source, {}, { merchant: "ACME" })).data).toEqual({
    stockPositions: { nodes: [{ item: { sku: "ACME-1" } }] },
    fulfillmentOrders: { nodes: [] },
    _entities: [{ positions: [] }, { process: null }],
  });
});

test.each([
  ["storefront", "{ fulfillmentOrders { nodes { id } } }"],
  ["order-system", "{ stockPositions { nodes { onHand } } }"],
  ["order-system", "{ alerts { nodes { id } } }"],
  ["order-system", "{ processDefinitions { name } }"],
  ["order-system", '{ sourcingRule(channel: "EU") { strategy } }'],
  ["order-system", "{ fulfillmentOrders { nodes { decision { strategy } } } }"],
  ["warehouse-operator", "{ fulfillmentOrders { nodes { shipTo { countryCode } } } }"],
  ["warehouse-operator", 'mutation { resolveAlert(id: "x", note: "") { userErrors { code } } }'],
] as const)("%s may not ask %s", async (role, source) => {
  const { errors } = await world.ask(source, {}, { client: "one", role });
  expect(errors?.[0].extensions.code).toBe("FORBIDDEN");
});

test("statements do not grow with rows: one order or fifty", async () => {
  for (let i = 0; i < 50; i++) world.confirm("EU", `Q-${i}`, { Q: 1, R: 2 });
  world.stock("BER", { Q: 60, R: 120 });
  const source = `query ($first: Int) { fulfillmentOrders(first: $first) { nodes { lines { item { sku positions { free } } }
    allocations { lines { quantity } warehouse { code } } decision { strategy } order { orderRef fulfillments { id } process { state definition { name } history { event } } } } } }`;
  const statements = async (first: number) => {
    const caller = { client: "ops", scopes: new Set<Scope>(["dispatch:read"]) };
    const contextValue = world.layer.context({ caller, requestId: "count", primary: true, after: {}, settle: false });
    const reader = await contextValue.onReplica();
    let count = 0;
    contextValue.onReplica = async () => ({ query: (sql, params) => (count++, reader.query(sql, params)) });
    const { data, errors } = await graphql({ schema: world.layer.schema, source, variableValues: { first }, contextValue });
    expect(errors).toBeUndefined();
    expect((data as { fulfillmentOrders: { nodes: unknown[] } }).fulfillmentOrders.nodes).toHaveLength(first);
    return count;
  };
  await world.settle();
  const one = await statements(1);
  expect(one).toBeLessThanOrEqual(10);
  expect(await statements(50)).toBe(one);
});

test("lists are paged without gaps, and a cursor of another list is refused", async () => {
  const page = "query ($after: String) { fulfillmentOrders(first: 20, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }";
  const seen = new Set<string>();
  let after: string | null = null;
  do {
    const { data } = await world.ask(page, { after });
    for (const { id } of data.fulfillmentOrders.nodes) seen.add(id);
    after = data.fulfillmentOrders.pageInfo.hasNextPage ? data.fulfillmentOrders.pageInfo.endCursor : null;
  } while (after);
  expect(seen.size).toBe(52);
  const { data } = await world.ask('{ stockPositions(first: 1, skus: ["Q", "V"]) { nodes { onHand } pageInfo { endCursor } } }');
  const { errors } = await world.ask(page, { after: data.stockPositions.pageInfo.endCursor });
  expect(errors[0].extensions.code).toBe("BAD_USER_INPUT");
});

test("the flow is shown as data, with live figures", async () => {
  const { data } = await world.ask(
    "{ processDefinitions { name states { name final layer instances oldestSince } transitions { from to event } } }",
  );
  const [{ name, states, transitions }] = data.processDefinitions;
  expect(name).toBe("order");
  expect(states.find((state: { name: string }) => state.name === "ALLOCATED")).toMatchObject({
    instances: 52,
    layer: "DISPATCH",
    oldestSince: expect.any(String),
  });
  const names = states.map((state: { name: string }) => state.name);
  for (const { from, to } of transitions) expect(names).toEqual(expect.arrayContaining([from, to]));
});

/** Beside the checkout where Strata is developed; a clone elsewhere has no contract to compare with. */
const CONTRACT = join(__dirname, "../../../shared/contract/dispatch.graphql");
/** Members that come with transfers, returns, planning and the order feed. */
const LATER = new Set(["returns", "replenishment", "transferOrder", "transferOrders", "returnOrder", "returnOrders", "orderEvents"]);

(existsSync(CONTRACT) ? test : test.skip)("members are as in the contract", () => {
  const missing: string[] = [];
  let compared = 0;
  for (const definition of parse(readFileSync(CONTRACT, "utf8")).definitions) {
    if (!("name" in definition) || !definition.name || definition.name.value === "Mutation") continue;
    const name = definition.name.value;
    const type = world.layer.schema.getType(name);
    if (isEnumType(type) && "values" in definition)
      for (const { name: value } of definition.values ?? []) if (!type.getValue(value.value)) missing.push(`${name}.${value.value}`);
    if (!(isObjectType(type) || isInputObjectType(type)) || !("fields" in definition)) continue;
    for (const member of definition.fields ?? []) {
      if (LATER.has(member.name.value)) continue;
      compared++;
      const field = type.getFields()[member.name.value];
      const wanted = "arguments" in member ? (member.arguments ?? []) : [];
      const has = new Map(field && "args" in field ? field.args.map((arg) => [arg.name, String(arg.type)]) : []);
      if (String(field?.type) !== print(member.type)) missing.push(`${name}.${member.name.value} is ${field?.type}`);
      for (const arg of wanted)
        if (has.get(arg.name.value) !== print(arg.type)) missing.push(`${name}.${member.name.value}(${arg.name.value})`);
    }
  }
  expect(missing).toEqual([]);
  expect(compared).toBeGreaterThan(90);
});

test("every member is described", () => {
  const bare = Object.values(world.layer.schema.getTypeMap()).flatMap((type) => {
    if (type.name.startsWith("_") || /^(Int|Float|String|Boolean|ID|Query|Mutation)$|^link__|^federation__/.test(type.name)) return [];
    const inside = isEnumType(type)
      ? type.getValues()
      : isObjectType(type) || isInputObjectType(type)
        ? Object.values(type.getFields())
        : [];
    return [type, ...inside].filter((member) => !member.description).map((member) => `${type.name}.${member.name}`);
  });
  expect(bare).toEqual([]);
});
