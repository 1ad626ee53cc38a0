import { randomBytes } from "node:crypto";
import { MOST_COST, WEIGHTS } from "../../gateway/cost";
import { LocalSource } from "../../gateway/sources";
import { startWorld, type World } from "../support/world";

/** What an operation costs is known before a layer is asked: what is too dear reaches none. */
let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const ask = (query: string, variables: Record<string, unknown> = {}) =>
  world.gql(query, variables, { headers: { "x-strata-cost": "true" } });
async function costOf(query: string, variables: Record<string, unknown> = {}): Promise<number> {
  const { body } = (await ask(query, variables)) as { body: { extensions?: { cost: { points: number; most: number } } } };
  expect(body.extensions!.cost.most).toBe(MOST_COST);
  return body.extensions!.cost.points - WEIGHTS.operation;
}

const { object, join, mutation, list, introspection } = WEIGHTS;
const RESERVE = "mutation ($input: ReserveStockInput!) { reserveStock(input: $input) { reservation { id } userErrors { code } } }";
const order = (lines: number) => ({
  idempotencyKey: "cost",
  orderRef: "cost",
  channel: "none",
  lines: Array.from({ length: lines }, (_, i) => ({ sku: `S${i}`, quantity: 1 })),
});

test.each<[string, string, Record<string, unknown>, number]>([
  ["scalars cost nothing", "{ __typename }", {}, 0],
  ["one object", '{ warehouse(code: "A") { code name } }', {}, object],
  ["what another layer adds", '{ warehouse(code: "A") { code name pool { code } } }', {}, 2 * object + join],
  ["an alias is another object", '{ a: warehouse(code: "A") { code } b: warehouse(code: "B") { code } }', {}, 2 * object],
  ["a list of unknown size", "{ warehouses { code } }", {}, list * object],
  ["a list of named ones", '{ availability(channel: "w", skus: ["A", "B", "C"]) { quantity } }', {}, 3 * object],
  [
    "named by a variable",
    'query ($s: [ID!]!) { availability(channel: "w", skus: $s) { quantity item { name } } }',
    { s: ["A", "B"] },
    2 * (2 * object + join),
  ],
  ["a page", "{ inventoryItems(first: 7) { nodes { sku } pageInfo { hasNextPage } } }", {}, object + 7 * object + object],
  ["a page by default", "{ inventoryItems { nodes { sku } } }", {}, object + 50 * object],
  ["a page by a variable", "query ($n: Int) { inventoryItems(first: $n) { nodes { sku } } }", { n: 9 }, object + 9 * object],
  ["a variable's own default", "query ($n: Int = 4) { inventoryItems(first: $n) { nodes { sku } } }", {}, object + 4 * object],
  [
    "by fragments",
    "{ inventoryItems(first: 3) { ...P } } fragment P on InventoryItemConnection { nodes { ...I } } fragment I on InventoryItem { sku }",
    {},
    object + 3 * object,
  ],
  [
    "a page of pages",
    "{ inventoryItems(first: 5) { nodes { stock(first: 6) { nodes { quantity } } } } }",
    {},
    object + 5 * (object + object + 6 * object),
  ],
  ["a mutation by its lines", RESERVE, { input: order(12) }, mutation + 12 + object + object + list * object],
  ["introspection", "{ __schema { queryType { name } } }", {}, introspection],
])("%s", async (_, query, variables, points) => {
  expect(await costOf(query, variables)).toBe(points);
});

test("the cost is told to who asks for it alone", async () => {
  expect(Object.keys((await world.gql("{ __typename }")).body)).toEqual(["data"]);
});

describe("refused before a layer is asked", () => {
  let asked: jest.SpyInstance;
  beforeAll(() => (asked = jest.spyOn(LocalSource.prototype, "process")));
  afterAll(() => asked.mockRestore());
  beforeEach(() => asked.mockClear());

  /** Ten lists, one in another, at depth 12: warehouses, then pools of warehouses. */
  const inside = (levels: number): string => (levels === 0 ? "code" : `pool { warehouses { ${inside(levels - 1)} } }`);
  const pages = "{ inventoryItems(first: 200) { nodes { movements(first: 200) { nodes { lines { quantity item { sku } } } } } } }";

  test.each<[string, string, Record<string, unknown>, string]>([
    ["lists in lists", `{ warehouses { ${inside(5)} } }`, {}, "GRAPHQL_VALIDATION_FAILED"],
    ["pages in pages", pages, {}, "GRAPHQL_VALIDATION_FAILED"],
    [
      "30 times a long list",
      `{ ${Array.from({ length: 30 }, (_, i) => `a${i}: inventoryItems(first: 200) { nodes { stock(first: 10) { nodes { quantity } } } }`).join(" ")} }`,
      {},
      "GRAPHQL_VALIDATION_FAILED",
    ],
    ["first of 100000", "{ inventoryItems(first: 100000) { nodes { sku } } }", {}, "BAD_USER_INPUT"],
    ["first of 201", "{ inventoryItems(first: 201) { nodes { sku } } }", {}, "BAD_USER_INPUT"],
    ["first of 0", "{ inventoryItems(first: 0) { nodes { sku } } }", {}, "BAD_USER_INPUT"],
    ["first of -1", "{ inventoryItems(first: -1) { nodes { sku } } }", {}, "BAD_USER_INPUT"],
    ["first of 2^31", "{ inventoryItems(first: 2147483648) { nodes { sku } } }", {}, "GRAPHQL_VALIDATION_FAILED"],
    ["first by a variable", "query ($n: Int) { inventoryItems(first: $n) { nodes { sku } } }", { n: 201 }, "BAD_USER_INPUT"],
    ["first of 2^31 by a variable", "query ($n: Int) { inventoryItems(first: $n) { nodes { sku } } }", { n: 2 ** 31 }, "BAD_USER_INPUT"],
    ["first inside", "{ inventoryItems { nodes { stock(first: 1000) { nodes { quantity } } } } }", {}, "BAD_USER_INPUT"],
    ["a text of more lines than there may be", '{ journalExport(id: "x") { csv(first: 10001) { text } } }', {}, "BAD_USER_INPUT"],
  ])("%s", async (_, query, variables, code) => {
    for (let i = 0; i < 2; i++) {
      const { status, body } = await ask(query, variables);
      expect([status, body.errors![0].extensions.code, body.data]).toEqual([400, code, undefined]);
      expect(asked).not.toHaveBeenCalled();
    }
  });

  test("a document's price is reckoned once, and its variables each time", async () => {
    const query = `query Q${randomBytes(4).toString("hex")}($n: Int) { inventoryItems(first: $n) { nodes { sku } } }`;
    expect([await costOf(query, { n: 1 }), await costOf(query, { n: 200 })]).toEqual([2, 201]);
    expect((await ask(query, { n: 201 })).status).toBe(400);
    expect(await costOf(query, { n: 3 })).toBe(4);
  });
});
