import { createHmac } from "node:crypto";
import { Pool } from "undici";
import { startStrata } from "../../gateway/strata";
import { loadConfig } from "../../shared/config";
import type { RequestFacts } from "../../shared/graphql/context";
import { SCOPES } from "../../shared/identity/scopes";
import { IDENTITY_HEADER, secretFor, signFacts } from "../../shared/identity/signed";
import { quietLog } from "../../shared/log";
import { IDENTITY_SECRET, startWorld, type World } from "../support/world";

/**
 * The security probes that concern clients, and where each is tested. Here is what had no place elsewhere.
 *
 *  9  introspection without the right   endpoint.test.ts; with a partner key: partner.test.ts
 * 15  a subgraph asked directly         identity.test.ts, and `_entities` with another layer's identity below
 * 16  internal headers from a client    endpoint.test.ts, and every internal header below
 * 17  a signed request again or altered identity.test.ts
 * 18  tokens                            tokens.test.ts
 * 19  API keys                          keys.test.ts, endpoint.test.ts
 * 20  another tenant's things           merchant-bound.test.ts, merchant-writes.test.ts; another client's below
 * 21  a role's limits                   root-fields.test.ts
 * 22  a protected field by other ways   below
 * 27  another's idempotency key         below
 * 29  foreign origins and hosts         below
 * 31  a start that is not safe          config.test.ts, and below
 */
let world: World;
beforeAll(async () => {
  world = await startWorld({ topology: "distributed" });
});
afterAll(() => world?.close());

const must = async (query: string, key = world.adminKey) => {
  const { body } = await world.gql(query, {}, { key });
  if (body.errors) throw new Error(JSON.stringify(body.errors));
  return body.data;
};
const codes = (errors: { extensions: { code?: string } }[] | undefined) => (errors ?? []).map(({ extensions }) => extensions.code);

describe("15: a subgraph's entities", () => {
  const body = JSON.stringify({ query: '{ _entities(representations: [{__typename: "InventoryItem", sku: "A"}]) { __typename } }' });
  const facts: RequestFacts = {
    caller: { client: "x", scopes: new Set(SCOPES) },
    requestId: "request-1",
    primary: false,
    after: {},
    settle: false,
  };
  test.each([
    ["nothing", undefined],
    ["a secret in plain text", IDENTITY_SECRET],
    ["another layer's identity", signFacts(secretFor("identity", IDENTITY_SECRET), "dispatch", facts, body)],
    ["a signature by the bare secret", `e30.${createHmac("sha256", IDENTITY_SECRET).update(body).digest("base64url")}`],
  ])("%s is 401", async (_, identity) => {
    const pool = new Pool(world.processes.warehouse!.url);
    const headers = { "content-type": "application/json", ...(identity && { [IDENTITY_HEADER]: identity }) };
    const answer = await pool.request({ method: "POST", path: "/graphql", headers, body });
    await answer.body.dump();
    await pool.destroy();
    expect(answer.statusCode).toBe(401);
  });
});

test("16: no header of a client's makes it somebody else", async () => {
  const facts = Buffer.from(JSON.stringify({ caller: { client: "admin", scopes: SCOPES } })).toString("base64url");
  for (const name of [IDENTITY_HEADER, "x-strata-wrote", "x-strata-caller", "x-strata-scopes", "x-forwarded-user", "x-real-ip"]) {
    const { body } = await world.gql("{ alerts { nodes { id } } }", {}, { key: world.keyOf("storefront"), headers: { [name]: facts } });
    expect([name, codes(body.errors)]).toEqual([name, ["FORBIDDEN"]]);
  }
});

describe("22: a protected field by other ways", () => {
  beforeAll(async () => {
    await must(`mutation { saveWarehouse(input: {code: "W", name: "W", currency: "EUR", address: {countryCode: "DE"}}) { userErrors { code } }
      saveInventoryItem(input: {sku: "A", name: "A"}) { userErrors { code } } }`);
    await must(`mutation { postMovement(input: {idempotencyKey: "p", type: PURCHASE_RECEIPT, warehouse: "W",
      lines: [{sku: "A", quantity: 2, unitCost: "13.37"}]}) { userErrors { code } } }`);
  });
  test.each([
    ["a field", `{ inventoryItems { nodes { unitCost { amount } } } }`],
    ["an alias", `{ inventoryItems { nodes { name: unitCost { amount } } } }`],
    ["a fragment", `{ inventoryItems { nodes { ...f } } } fragment f on InventoryItem { unitCost { amount } }`],
    [
      "a fragment in a fragment",
      `{ inventoryItems { nodes { ...f } } } fragment f on InventoryItem { ...g } fragment g on InventoryItem { unitCost { amount } }`,
    ],
    ["an inline fragment", `{ inventoryItems { nodes { ... on InventoryItem { ... { unitCost { amount } } } } } }`],
    ["a directive", `{ inventoryItems { nodes { unitCost @include(if: true) { amount } } } }`],
    [
      "another layer's edge",
      `{ itemByBarcode(gtin: "0") { sku } inventoryItems { nodes { listings { nodes { item { unitCost { amount } } } } unitCost { amount } } } }`,
    ],
  ])("cost by %s is FORBIDDEN", async (_, query) => {
    const { body } = await world.gql(query, {}, { key: world.keyOf("storefront") });
    expect(codes(body.errors)).toEqual(["FORBIDDEN"]);
    expect(JSON.stringify(body)).not.toContain("13.37");
    expect((await world.gql(query)).body.errors).toBeUndefined();
  });

  test("what an answer of a mutation leads to is protected as anywhere", async () => {
    const query = `mutation { saveInventoryItem(input: {sku: "A", name: "A"}) { item { sku unitCost { amount } } userErrors { code } } }`;
    const { body } = await world.gql(query, {}, { key: world.keyOf("warehouse-operator") });
    expect(codes(body.errors)).toEqual(["FORBIDDEN"]);
    expect(body.data.saveInventoryItem.item).toEqual({ sku: "A", unitCost: null });
  });

  test("a client cannot ask for entities, nor for what subgraphs say of themselves", async () => {
    for (const query of [
      '{ _entities(representations: [{__typename: "InventoryItem", sku: "A"}]) { __typename } }',
      "{ _service { sdl } }",
    ]) {
      const { status, body } = await world.gql(query);
      expect([status, codes(body.errors)]).toEqual([400, ["GRAPHQL_VALIDATION_FAILED"]]);
    }
  });

  test("no type stands for several: a union or an interface would be a way that this file does not try", async () => {
    const { __schema } = await must("{ __schema { types { name kind } } }");
    const several = __schema.types.filter(({ kind }: { kind: string }) => kind === "UNION" || kind === "INTERFACE");
    expect(several).toEqual([]);
  });
});

test("20, 27: two clients do not meet, neither by a key's name nor by an id", async () => {
  const save = (key: string, url: string) =>
    world.gql(
      `mutation { saveWebhook(input: {idempotencyKey: "same", url: "${url}", enabled: false}) { webhook { id client url } userErrors { code } } }`,
      {},
      { key },
    );
  const [one, other] = [world.keyOf("order-system"), world.keyOf("order-system", "other-order-system")];
  const mine = (await save(one, "https://example.com/one")).body.data.saveWebhook.webhook;
  const theirs = (await save(other, "https://example.com/other")).body.data.saveWebhook.webhook;
  expect([mine.client, mine.url, theirs.client, theirs.url]).toEqual([
    "order-system",
    "https://example.com/one",
    "other-order-system",
    "https://example.com/other",
  ]);
  const listed = await must("{ webhooks { nodes { id } } }", other);
  expect(listed.webhooks.nodes).toEqual([{ id: theirs.id }]);
  const remove = `mutation { deleteWebhook(input: {idempotencyKey: "remove", id: "${mine.id}"}) { userErrors { code } } }`;
  expect((await must(remove, other)).deleteWebhook.userErrors).toEqual([{ code: "NOT_FOUND" }]);
});

test("29: a foreign origin is given no leave to read, and a forged host changes nothing", async () => {
  const headers = { origin: "https://evil.example", cookie: "session=1", host: "evil.example", "x-forwarded-host": "evil.example" };
  const answer = await world.send("/graphql", {
    method: "POST",
    headers: { ...headers, "content-type": "application/json", "x-api-key": world.adminKey },
    body: JSON.stringify({ query: "{ __typename }" }),
  });
  expect([answer.status, answer.body.data]).toEqual([200, { __typename: "Query" }]);
  const leaves = Object.keys(answer.headers).filter((name) => name.startsWith("access-control-allow"));
  expect(leaves.filter((name) => String(answer.headers[name]) === "*" || String(answer.headers[name]).includes("evil"))).toEqual([]);
  expect(JSON.stringify(answer.headers) + answer.text).not.toContain("evil");
});

test.each([
  ["no secret", { STRATA_ROLE: "gateway" }, /STRATA_IDENTITY_SECRET is missing/],
  ["an empty secret", { STRATA_ROLE: "sales", STRATA_IDENTITY_SECRET: "" }, /STRATA_IDENTITY_SECRET is missing/],
  ["a short one", { STRATA_ROLE: "gateway", STRATA_IDENTITY_SECRET: "changeme" }, /STRATA_IDENTITY_SECRET is too short/],
  ["a short key for everything", { STRATA_ADMIN_KEY: "admin" }, /STRATA_ADMIN_KEY is too short/],
])("31: it does not start with %s", async (_, env: Record<string, string>, why) => {
  await expect(async () => startStrata(loadConfig(env), quietLog)).rejects.toThrow(why);
});
