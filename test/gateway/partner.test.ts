import { readFileSync } from "node:fs";
import { buildClientSchema, buildSchema, getIntrospectionQuery, isObjectType, lexicographicSortSchema, printSchema } from "graphql";
import { serverAudits } from "graphql-http";
import { partnerSdlPath } from "../../gateway/partner";
import { startWorld, type Answer, type World } from "../support/world";

/** The partner endpoint: what is not tagged for partners does not exist there. */
let world: World;
let key: string;
beforeAll(async () => {
  world = await startWorld();
  key = world.keyOf("partner");
  const known = await world.gql(`mutation {
    w: saveWarehouse(input: { code: "HAM", name: "Hamburg", currency: "EUR", address: { countryCode: "DE" } }) { userErrors { code } }
    i: saveInventoryItem(input: { sku: "TEA", name: "Tea", barcodes: [{ gtin: "4006381333931", unit: "each" }] }) { userErrors { code } }
  }`);
  expect(known.body.errors).toBeUndefined();
  await world.gql("{ channels { code } }", {}, { headers: { "x-strata-settle": "true" } }); // Sales has heard of them.
  const sold = await world.gql(`mutation {
    p: saveStockPool(input: { code: "EU", name: "EU", warehouses: ["HAM"] }) { userErrors { code } }
    c: saveChannel(input: { code: "web", name: "Web", pool: "EU" }) { userErrors { code } }
    l: saveListing(input: { channel: "web", sku: "TEA", status: LISTED }) { userErrors { code } }
  }`);
  expect(sold.body.data).toEqual({ p: { userErrors: [] }, c: { userErrors: [] }, l: { userErrors: [] } });
});
afterAll(() => world.close());

const ask = (query: string, variables: object = {}, as: string | null = key, path = "/partner/graphql"): Promise<Answer> =>
  world.send(path, {
    method: "POST",
    headers: { "content-type": "application/json", ...(as && { "x-api-key": as }) },
    body: JSON.stringify({ query, variables }),
  });
const codeOf = ({ status, body }: Answer) => [status, body.errors?.[0].extensions.code];

test("a partner's questions are answered, over both layers that know something", async () => {
  const { body } = await ask(`{
    availability(channel: "web", skus: ["TEA"]) { status quantity item { sku name barcodes { gtin } } channel { code name } }
    inventoryItems(first: 5) { nodes { sku kind listings { nodes { status control { maxPerOrder } } } } pageInfo { hasNextPage } }
    itemByBarcode(gtin: "4006381333931") { sku availability(channel: "web") { status } }
    availabilityChanges(channel: "web") { pageInfo { endCursor } }
  }`);
  expect(body.errors).toBeUndefined();
  expect(body.data).toMatchObject({
    availability: [{ status: "OUT_OF_STOCK", quantity: 0, item: { sku: "TEA", name: "Tea", barcodes: [{ gtin: "4006381333931" }] } }],
    inventoryItems: {
      nodes: [{ sku: "TEA", kind: "STOCKED", listings: { nodes: [{ status: "LISTED", control: { maxPerOrder: null } }] } }],
    },
    itemByBarcode: { sku: "TEA", availability: { status: "OUT_OF_STOCK" } },
    availabilityChanges: { pageInfo: { endCursor: expect.any(String) } },
  });
});

test("introspection shows the committed contract and nothing else", async () => {
  const { body } = await ask(getIntrospectionQuery());
  const schema = buildClientSchema(body.data);
  expect(`${printSchema(lexicographicSortSchema(schema))}\n`).toBe(readFileSync(partnerSdlPath, "utf8"));
});

/** Words of what partners have no business with, in any name of a type, field, argument or value. */
const INTERNAL =
  /supplier|cost|price|journal|ledger|account|movement|warehouse|position|pool|reserv|hold|order(?!$)|quota|safety|shipment|lot$|serial|client|merchant|_entities|_service/i;
const MEANT = ["SaleControl.maxPerOrder", "AvailabilityStatus.BACKORDER", "AvailabilityStatus.PREORDER"];

test("no name in the contract is of suppliers, costs, warehouses or holds", async () => {
  const schema = buildClientSchema((await ask(getIntrospectionQuery())).body.data);
  const names = Object.values(schema.getTypeMap())
    .filter(({ name }) => !name.startsWith("__"))
    .flatMap((type) => [
      type.name,
      ...("getFields" in type ? Object.keys(type.getFields()) : []).map((field) => `${type.name}.${field}`),
      ...("getValues" in type ? type.getValues() : []).map((value) => `${type.name}.${value.name}`),
      ...(isObjectType(type) ? Object.values(type.getFields()) : []).flatMap((field) =>
        field.args.map((arg) => `${type.name}.${field.name}.${arg.name}`),
      ),
    ]);
  expect(names.filter((name) => INTERNAL.test(name) && !MEANT.includes(name))).toEqual([]);
});

/** Each is there at /graphql for the admin; at the partner endpoint even the admin's key finds nothing. */
test.each([
  ["a root field", "{ warehouses { code } }"],
  ["a field of an entity that partners see", `{ inventoryItem(sku: "TEA") { unitCost { amount } } }`],
  ["a field that another layer adds", `{ inventoryItem(sku: "TEA") { positions { onHand } } }`],
  ["a field behind a reference", `{ channel(code: "web") { pool { code } } }`],
  ["an argument", `{ availability(channel: "web", skus: ["TEA"], shipTo: { countryCode: "DE" }) { status } }`],
  ["a type, in a fragment", `{ inventoryItem(sku: "TEA") { ... on InventoryItem { sku } ...f } } fragment f on Movement { id }`],
  ["an input type, in a variable", `query ($a: AddressInput) { __typename @skip(if: false) }`],
  [
    "a mutation",
    `mutation { reserveStock(input: { idempotencyKey: "k", channel: "web", orderRef: "1", lines: [] }) { userErrors { code } } }`,
  ],
  ["a subscription", "subscription { availabilityChanges { nodes { status } } }"],
  ["a subgraph's entities", `{ _entities(representations: []) { __typename } }`],
  ["a subgraph's SDL", "{ _service { sdl } }"],
])("%s that is not tagged does not exist", async (_, query) => {
  for (const as of [key, world.adminKey]) {
    const answer = await ask(query, {}, as);
    expect(codeOf(answer)).toEqual([400, "GRAPHQL_VALIDATION_FAILED"]);
    expect(JSON.stringify(answer.body)).not.toMatch(/did you mean|https?:|subgraph|inaccessible/i);
  }
});

test("__type of what is not tagged is null, as of what never was", async () => {
  const { body } = await ask(
    `{ a: __type(name: "Movement") { name } b: __type(name: "Nothing") { name } c: __type(name: "Mutation") { name } }`,
  );
  expect(body.data).toEqual({ a: null, b: null, c: null });
});

test("what a misspelt name is told does not say whether the house has it", async () => {
  const [real, invented] = await Promise.all([
    ask(`{ inventoryItem(sku: "TEA") { unitCost } }`),
    ask(`{ inventoryItem(sku: "TEA") { unitCozt } }`),
  ]);
  expect(real.body.errors![0].message.replace("unitCost", "unitCozt")).toBe(invented.body.errors![0].message);
});

describe("who may ask", () => {
  test("nobody without a key; a partner's key opens the contract alone", async () => {
    expect(codeOf(await ask("{ __typename }", {}, null))).toEqual([401, "UNAUTHENTICATED"]);
    for (const query of ["{ __typename }", "{ __schema { types { name } } }"])
      expect(codeOf(await ask(query, {}, key, "/graphql"))).toEqual([403, "FORBIDDEN"]);
  });
  test("any other key may, within its scopes; introspection is for schema:read", async () => {
    const storefront = world.keyOf("storefront");
    expect((await ask("{ channels { code } }", {}, storefront)).body.data).toEqual({ channels: [{ code: "web" }] });
    expect(codeOf(await ask("{ __schema { types { name } } }", {}, storefront))).toEqual([403, "FORBIDDEN"]);
    expect((await ask("{ channels { code } }", {}, world.keyOf("developer"))).body.errors![0].extensions.code).toBe("FORBIDDEN");
  });
});

test("the limits of /graphql hold", async () => {
  const aliases = Array.from({ length: 101 }, (_, i) => `a${i}: __typename`).join(" ");
  expect(codeOf(await ask(`{ ${aliases} }`))).toEqual([400, "GRAPHQL_VALIDATION_FAILED"]);
  expect((await ask(`{ inventoryItems(first: 201) { nodes { sku } } }`)).body.errors![0].extensions.code).toBe("BAD_USER_INPUT");
  const [form] = await Promise.all([
    world.send("/partner/graphql", { method: "POST", headers: { "x-api-key": key, "content-type": "text/plain" }, body: "{}" }),
  ]);
  expect(form.status).toBe(400);
});

/** As in conformance.test.ts: recommendations that are not followed, with the reasons there. */
const NOT_FOLLOWED = ["572B", "FDE2", "7B9B", "5A70", "6A70", "D6D5"];
test("the audit of GraphQL over HTTP passes here as at /graphql", async () => {
  const url = world.url.replace("/graphql", "/partner/graphql");
  const fetchFn = (at: string, init: RequestInit = {}) => fetch(at, { ...init, headers: { ...init.headers, "x-api-key": key } });
  const found = await Promise.all(serverAudits({ url, fetchFn }).map(async (audit) => ({ ...(await audit.fn()), id: audit.id })));
  expect(found.filter(({ status }) => status === "error")).toEqual([]);
  expect(
    found
      .filter(({ status }) => status !== "ok")
      .map(({ id }) => id)
      .sort(),
  ).toEqual([...NOT_FOLLOWED].sort());
});

describe("the contract as SDL", () => {
  const get = (headers: Record<string, string>) => world.send("/partner/schema.graphql", { headers });

  test("has an ETag, and is not sent again to who has it", async () => {
    const first = await get({ "x-api-key": key });
    expect([first.status, first.text]).toEqual([200, readFileSync(partnerSdlPath, "utf8")]);
    const etag = String(first.headers.etag);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const again = await get({ "x-api-key": key, "if-none-match": known });
      expect([again.status, again.text, again.headers.etag]).toEqual([304, "", etag]);
    }
    expect((await get({ "x-api-key": key, "if-none-match": '"other"' })).status).toBe(200);
  });

  test("is for keys that may read the schema, by GET alone", async () => {
    expect((await get({})).status).toBe(401);
    expect((await get({ "x-api-key": world.keyOf("storefront") })).status).toBe(403);
    const posted = await world.send("/partner/schema.graphql", { method: "POST", headers: { "x-api-key": key } });
    expect([posted.status, posted.headers.allow]).toEqual([405, "GET"]);
  });
});

describe("the reference pages", () => {
  const get = (headers: Record<string, string> = {}) => world.send("/docs", { headers });
  const basic = (password: string) => `Basic ${Buffer.from(`anybody:${password}`).toString("base64")}`;

  test("are for keys that may read the schema; a browser asks its user for the key", async () => {
    const asked = await get();
    expect([asked.status, asked.headers["www-authenticate"]]).toEqual([401, expect.stringMatching(/^Basic realm=/)]);
    expect((await get({ authorization: basic("strata_wrong") })).status).toBe(401);
    expect((await get({ authorization: basic(world.keyOf("storefront")) })).status).toBe(403);
    for (const headers of [{ authorization: basic(key) }, { "x-api-key": key }, { authorization: `Bearer ${key}` }] as Record<
      string,
      string
    >[])
      expect((await get(headers)).status).toBe(200);
  });

  test("a password opens nothing but the pages", async () => {
    const { status } = await world.send("/partner/schema.graphql", { headers: { authorization: basic(key) } });
    expect(status).toBe(401);
    const body = JSON.stringify({ query: "{ __typename }" });
    const headers = { authorization: basic(key), "content-type": "application/json" };
    expect((await world.send("/partner/graphql", { method: "POST", headers, body })).status).toBe(401);
  });

  test("show every type and field of the contract, load nothing, and are not sent again to who has them", async () => {
    const { text, headers } = await get({ "x-api-key": key });
    const schema = buildSchema(readFileSync(partnerSdlPath, "utf8"));
    const types = Object.keys(schema.getTypeMap()).filter((name) => !name.startsWith("__") && !["Query", "Boolean"].includes(name));
    expect(types.filter((name) => !text.includes(`id="definition-${name}"`))).toEqual([]);
    expect(Object.keys(schema.getQueryType()!.getFields()).filter((name) => !text.includes(`id="query-${name}"`))).toEqual([]);
    expect(text).not.toMatch(/<(?:script|img|iframe|link)[^>]+(?:src|href)=|url\(|@import|style="|\son\w+="/i);
    const policy = String(headers["content-security-policy"]);
    expect(policy).toMatch(/^default-src 'none'; script-src 'sha256-[^;]+'; style-src 'sha256-[^;]+';/);
    expect(policy).not.toContain("unsafe");
    expect((await get({ "x-api-key": key, "if-none-match": String(headers.etag) })).status).toBe(304);
  });
});
