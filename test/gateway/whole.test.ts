import { parse, print, type DocumentNode } from "graphql";
import { ADMIN } from "../../gateway/clients";
import { createGateway } from "../../gateway/gateway";
import { LocalSource } from "../../gateway/sources";
import type { GatewayServer } from "../../gateway/strata";
import { LAYERS, type LayerName } from "../../shared/db/database";
import { secretFor } from "../../shared/identity/signed";
import type { Layer } from "../../shared/layer";
import { quietLog } from "../../shared/log";
import { startWorld, type World } from "../support/world";

/** What each layer was asked, as text. */
const asked: { layer: LayerName; text: string }[] = [];

class Overheard extends LocalSource {
  constructor(layer: Layer) {
    super(layer, quietLog);
  }

  protected override ask(document: DocumentNode, ...rest: Tail<Parameters<LocalSource["ask"]>>): ReturnType<LocalSource["ask"]> {
    asked.push({ layer: this.layer, text: print(document) });
    return super.ask(document, ...rest);
  }
}
type Tail<T extends unknown[]> = T extends [unknown, ...infer Rest] ? Rest : never;

let world: World;
let gateway: GatewayServer;
beforeAll(async () => {
  world = await startWorld();
  const sources = Object.fromEntries(LAYERS.map((name) => [name, new Overheard(world.layers[name]!)]));
  gateway = await createGateway({
    sources: sources as Record<LayerName, Overheard>,
    positionKey: secretFor("position", "a secret of thirty-two characters"),
    log: quietLog,
  });
  await setUp();
});
afterAll(async () => {
  await gateway.stop();
  await world.close();
});

async function ask(query: string, variables: Record<string, unknown> = {}, caller = ADMIN) {
  const contextValue = { caller, requestId: "request-1", after: {}, settle: true, wrote: {}, startedAt: 0 };
  const { body, http } = await gateway.executeOperation({ query, variables }, { contextValue });
  return { status: http.status, ...(body.kind === "single" ? body.singleResult : {}) };
}

async function setUp() {
  const done = await ask(`mutation {
    w: saveWarehouse(input: { code: "HAM", name: "Hamburg", currency: "EUR", address: { countryCode: "DE" } }) { userErrors { code } }
    i: saveInventoryItem(input: { sku: "TEA", name: "Tea" }) { userErrors { code } }
  }`);
  expect(done).toMatchObject({ data: { w: { userErrors: [] }, i: { userErrors: [] } } });
  await ask(`{ channels { code } }`); // Settled: sales has heard of them.
  const sold = await ask(`mutation {
    p: saveStockPool(input: { code: "EU", name: "EU", warehouses: ["HAM"] }) { userErrors { code } }
    c: saveChannel(input: { code: "web", name: "Web", pool: "EU" }) { userErrors { code } }
    l: saveListing(input: { channel: "web", sku: "TEA", status: LISTED }) { userErrors { code } }
  }`);
  expect(sold).toMatchObject({ data: { p: { userErrors: [] }, c: { userErrors: [] }, l: { userErrors: [] } } });
}

const OF_TEA = 'query ($c: ID!) { availability(channel: $c, skus: ["TEA"]) { item { sku } quantity } }';
const refused = (code: string) => [{ extensions: { code } }];

interface Case {
  name: string;
  query: string;
  variables?: Record<string, unknown>;
  caller?: typeof ADMIN;
  says: object;
}

test.each<Case>([
  {
    name: "fields, aliases and __typename",
    query: "{ a: channels { code kind: __typename } b: channels { name } __typename }",
    says: { data: { a: [{ code: "web", kind: "Channel" }], b: [{ name: "Web" }], __typename: "Query" } },
  },
  {
    name: "fragments and directives",
    query: "query ($no: Boolean!) { channels { ...C ... on Channel @skip(if: $no) { name } } } fragment C on Channel { pool { code } }",
    variables: { no: true },
    says: { data: { channels: [{ pool: { code: "EU" } }] } },
  },
  { name: "variables", query: OF_TEA, variables: { c: "web" }, says: { data: { availability: [{ item: { sku: "TEA" }, quantity: 0 }] } } },
  {
    name: "another layer's",
    query: "{ warehouses { code } }",
    says: { data: { warehouses: [{ code: "HAM" }] } },
  },
  {
    name: "a refused scope beside an answer",
    query: '{ channels { code } availability(channel: "web", skus: ["TEA"]) { quantity } }',
    caller: { client: "shop", scopes: new Set(["availability:read" as const]) },
    says: { data: { availability: [{ quantity: 0 }] }, errors: refused("FORBIDDEN") },
  },
  { name: "a variable of the wrong kind", query: OF_TEA, variables: { c: { no: 1 } }, says: { errors: refused("BAD_USER_INPUT") } },
  { name: "a variable that is missing", query: OF_TEA, says: { errors: refused("BAD_USER_INPUT") } },
  { name: "a refusal", query: OF_TEA, variables: { c: "nowhere" }, says: { errors: refused("NOT_FOUND") } },
])("$name: answered by Apollo's plan first and by the layer alone after it, alike", async ({ name, query, variables, caller, says }) => {
  const own = `${query} # ${name}`;
  const planned = await ask(own, variables, caller);
  expect(planned).toMatchObject(says);
  // What fails before it is planned is planned with variables that fit.
  await ask(own, { c: "web", no: false });
  asked.length = 0;
  expect(await ask(own, variables, caller)).toEqual(planned);
  expect(asked.map(({ text }) => text)).toEqual([print(parse(own))]);
});

test("after the first time a layer gets what the client wrote", async () => {
  const query = "query Mine {\n  channels {\n    ...C\n  }\n}\n\nfragment C on Channel {\n  code\n}";
  asked.length = 0;
  await ask(query);
  await ask(query);
  expect(asked.map(({ text }) => text === query)).toEqual([false, true]);
});

test("a mutation is carried out each time, by the plan and alone", async () => {
  const query = `mutation ($key: ID!) { reserveStock(input: { idempotencyKey: $key, orderRef: $key, channel: "web", lines: [{ sku: "TEA", quantity: 1 }] }) {
    reservation { id } userErrors { code } } }`;
  const codes = async (key: string) =>
    ((await ask(query, { key })).data as { reserveStock: { userErrors: { code: string }[] } }).reserveStock.userErrors;
  expect([await codes("k-1"), await codes("k-2"), await codes("k-3")]).toEqual(Array(3).fill([{ code: "INSUFFICIENT_STOCK" }]));
});

test.each([
  ["fields of two layers", `{ warehouses { code pool { code } } }`],
  ["the schema beside a field", `{ __schema { queryType { fields { name } } } channels { code } }`],
])("%s: always by Apollo's plan", async (_, query) => {
  const first = await ask(query);
  asked.length = 0;
  expect(await ask(query)).toEqual(first);
  expect(first.errors).toBeUndefined();
  expect(JSON.stringify(first)).not.toContain("_entities");
  expect(asked.every(({ text }) => text !== query)).toBe(true);
});
