/**
 * List (c) of the checklists, GraphQL and HTTP, line by line:
 *  1, 2, 3  the audit of graphql-http: conformance.test.ts; at the partner endpoint partner.test.ts; a layer alone answers nobody
 *           who does not sign (identity.test.ts), so the audit has nothing to say of it
 *  4        codes of the closed list, whatever happens: masking.test.ts, endpoint.test.ts
 *  5        both composers, hints explained: test/schema/composers.test.ts
 *  6        every @key, singly and by the hundred: here; @shareable and @tag: composers.test.ts, partner.test.ts; @requires, @provides,
 *           @override are not used, @inaccessible by the partner contract alone
 *  7        what one layer says of another's entity: here; the whole order: test/flow/story.test.ts
 *  8        pinned fetches: here
 *  9        Hive Gateway: other-gateway.test.ts
 * 10        connections while rows come: here
 * 11        Decimal and DateTime: here
 * 12        changes of the schema: test/schema/changes.test.ts
 */
import fc from "fast-check";
import {
  execute,
  isLeafType,
  isObjectType,
  isRequiredArgument,
  Kind,
  parse,
  print,
  type DocumentNode,
  type GraphQLObjectType,
} from "graphql";
import { ADMIN } from "../../gateway/clients";
import { createGateway } from "../../gateway/gateway";
import { LocalSource } from "../../gateway/sources";
import type { GatewayServer } from "../../gateway/strata";
import { LAYERS, type LayerName } from "../../shared/db/database";
import { DateTime, DecimalText } from "../../shared/graphql/scalars";
import { newId } from "../../shared/ids";
import type { Layer } from "../../shared/layer";
import { quietLog } from "../../shared/log";
import { startWorld, type World } from "../support/world";

/** Which layers were asked, in order. */
const asked: LayerName[] = [];
class Counted extends LocalSource {
  constructor(layer: Layer) {
    super(layer, quietLog);
  }
  protected override ask(document: DocumentNode, ...rest: Rest): ReturnType<LocalSource["ask"]> {
    asked.push(this.layer);
    return super.ask(document, ...rest);
  }
}
type Rest = Parameters<LocalSource["ask"]> extends [unknown, ...infer Others] ? Others : never;

let world: World;
let gateway: GatewayServer;
beforeAll(async () => {
  world = await startWorld();
  const sources = Object.fromEntries(LAYERS.map((name) => [name, new Counted(world.layers[name]!)])) as unknown as Record<
    LayerName,
    LocalSource
  >;
  gateway = await createGateway({ sources, positionKey: Buffer.alloc(32), log: quietLog });
  await ask(`mutation {
    w: saveWarehouse(input: { code: "HAM", name: "Hamburg", currency: "EUR", address: { countryCode: "DE" } }) { userErrors { code } }
    i: saveInventoryItem(input: { sku: "TEA", name: "Tea" }) { userErrors { code } } }`);
  await ask("{ channels { code } stockPositions { nodes { onHand } } }");
  const { data } = await ask(`mutation {
    p: saveStockPool(input: { code: "EU", name: "EU", warehouses: ["HAM"] }) { userErrors { code } }
    c: saveChannel(input: { code: "web", name: "Web", pool: "EU" }) { userErrors { code } }
    l: saveListing(input: { channel: "web", sku: "TEA", status: LISTED }) { userErrors { code } }
    m: postMovement(input: { idempotencyKey: "m", type: PURCHASE_RECEIPT, warehouse: "HAM", lines: [{ sku: "TEA", quantity: 7, unitCost: "1.25" }] }) { userErrors { code } } }`);
  expect(Object.values(data ?? {})).toEqual(Array(4).fill({ userErrors: [] }));
  await ask("{ channels { code } stockPositions { nodes { onHand } } }");
});
afterAll(async () => {
  await gateway.stop();
  await world.close();
});

async function ask(query: string, variables: Record<string, unknown> = {}) {
  const contextValue = { caller: ADMIN, requestId: newId(), after: {}, settle: true, wrote: {}, startedAt: 0 };
  const { body } = await gateway.executeOperation({ query, variables }, { contextValue });
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  return (body.kind === "single" ? body.singleResult : {}) as { data?: any; errors?: object[] };
}

/** Each layer's entities with their key. */
const ENTITIES = LAYERS.flatMap((layer) => {
  const { readFileSync } = jest.requireActual<typeof import("node:fs")>("node:fs");
  const { definitions } = parse(readFileSync(`${__dirname}/../../services/${layer}/schema.graphql`, "utf8"));
  return definitions.flatMap((node) => {
    if (node.kind !== Kind.OBJECT_TYPE_DEFINITION) return [];
    return (node.directives ?? []).flatMap((directive) => {
      const key = /^@key\(fields: "(\w+)"\)$/.exec(print(directive))?.[1];
      return key ? [[layer, node.name.value, key] as const] : [];
    });
  });
});
const KNOWN: Record<string, string> = { InventoryItem: "TEA", Warehouse: "HAM", Channel: "web", StockPool: "EU", Merchant: "SELF" };

describe("6: entities", () => {
  const leaves = (type: GraphQLObjectType) =>
    Object.values(type.getFields()).filter(
      ({ type: of, args }) => isLeafType("ofType" in of ? of.ofType : of) && !args.some(isRequiredArgument),
    );

  async function resolve(layer: LayerName, typeName: string, key: string, values: string[]) {
    const { schema, db, context } = world.layers[layer]!;
    const type = schema.getType(typeName);
    if (!isObjectType(type)) throw new Error(`${typeName} is no object`);
    const fields = leaves(type).map(({ name }) => name);
    const document = parse(`query ($r: [_Any!]!) { _entities(representations: $r) { ... on ${typeName} { ${fields.join(" ")} } } }`);
    const representations = values.map((value) => ({ __typename: typeName, [key]: value }));
    const contextValue = context.call(world.layers[layer], { caller: ADMIN, requestId: newId(), after: {}, settle: false, primary: true });
    const before = db.statements;
    const answer = await execute({ schema, document, variableValues: { r: representations }, contextValue });
    const entities = (answer.data?._entities ?? []) as (Record<string, unknown> | null)[];
    return { errors: answer.errors, entities, fields, statements: db.statements - before };
  }

  test("there are some in each layer", () => {
    expect(new Set(ENTITIES.map(([layer]) => layer)).size).toBe(3);
    expect(ENTITIES.length).toBeGreaterThan(20);
  });

  test.each(ENTITIES)("%s %s: a hundred are read together; an unknown one is null, itself or in all it knows", async (layer, name, key) => {
    const unknown = () => (key === "id" ? newId() : `NO-${newId()}`);
    const one = await resolve(layer, name, key, [unknown()]);
    const hundred = Array.from({ length: 100 }, (_, i) => (i === 41 && KNOWN[name] ? KNOWN[name] : unknown()));
    const many = await resolve(layer, name, key, hundred);
    expect([one.errors, many.errors]).toEqual([undefined, undefined]);
    // A statement or two for each field that reads, and what the layer does beside it; one by one they would be a hundred.
    expect(many.statements).toBeLessThan(one.statements + 10);
    many.entities.forEach((entity, i) => {
      if (entity) expect(entity[key]).toBe(hundred[i]);
      const facts = Object.entries(entity ?? {}).filter(
        ([field, value]) => field !== key && value !== null && !(Array.isArray(value) && value.length === 0),
      );
      if (hundred[i] !== KNOWN[name]) expect(facts).toEqual([]);
      else expect(entity).not.toBeNull();
    });
  });
});

/** Operation, and the layers that are asked for it, in order: one more is a slower answer. */
const PINNED: [string, string, LayerName[]][] = [
  ["availability", `{ availability(channel: "web", skus: ["TEA"]) { status quantity } }`, ["sales"]],
  [
    "availability with names",
    `{ availability(channel: "web", skus: ["TEA"]) { status item { sku name } channel { name } } }`,
    ["sales", "warehouse"],
  ],
  ["changes", `{ availabilityChanges(channel: "web") { nodes { status item { sku } } pageInfo { endCursor } } }`, ["sales"]],
  ["an item", `{ inventoryItem(sku: "TEA") { sku } }`, ["sales"]],
  [
    "an item everywhere",
    `{ inventoryItem(sku: "TEA") { name onHand virtualStock { available } positions { onHand } } }`,
    ["sales", "warehouse", "dispatch"],
  ],
  ["items", `{ inventoryItems(first: 5) { nodes { sku name } } }`, ["warehouse"]],
  [
    "items with what sells",
    `{ inventoryItems(first: 5) { nodes { name availability(channel: "web") { status } } } }`,
    ["warehouse", "sales"],
  ],
  ["a barcode", `{ itemByBarcode(gtin: "1") { sku name } }`, ["warehouse"]],
  ["channels", `{ channels { code name pool { name warehouses { code } } } }`, ["sales"]],
  ["pools with warehouses' names", `{ stockPools { warehouses { code name } } }`, ["sales", "warehouse"]],
  ["listings", `{ channel(code: "web") { listings { nodes { status item { sku } control { safetyStock } } } } }`, ["sales"]],
  ["listings with names", `{ channel(code: "web") { listings { nodes { item { name } } } } }`, ["sales", "warehouse"]],
  ["an order", `{ order(orderRef: "1") { orderRef reservations { id } } }`, ["sales"]],
  ["reservations", `{ reservations { nodes { id status } } }`, ["sales"]],
  ["positions", `{ stockPositions(skus: ["TEA"]) { nodes { onHand free } } }`, ["dispatch"]],
  ["orders to fulfil", `{ fulfillmentOrders { nodes { id status } } }`, ["dispatch"]],
  ["warehouses", `{ warehouses { code name } }`, ["warehouse"]],
  ["movements", `{ movements(first: 5) { nodes { type lines { item { sku name } quantity } } } }`, ["warehouse"]],
  ["alerts", `{ alerts { nodes { kind } } }`, ["dispatch"]],
  ["valuation", `{ inventoryValuation { __typename } }`, ["warehouse"]],
];

test.each(PINNED)("8: %s asks as many layers as it needs", async (_, query, layers) => {
  asked.length = 0;
  expect((await ask(query)).errors).toBeUndefined();
  expect([...asked].sort()).toEqual([...layers].sort());
});

test("7: what the layers say of one item is what was booked", async () => {
  const { data } =
    await ask(`{ inventoryItem(sku: "TEA") { name onHand virtualStock { onHand available pool { code name warehouses { code name } } }
    positions { onHand warehouse { code name pool { code } } } listings { nodes { channel { code name } item { name } } } stock { nodes { quantity } } } }`);
  expect(data.inventoryItem).toMatchObject({
    name: "Tea",
    onHand: 7,
    virtualStock: [{ onHand: 7, available: 7, pool: { code: "EU", name: "EU", warehouses: [{ code: "HAM", name: "Hamburg" }] } }],
    positions: [{ onHand: 7, warehouse: { code: "HAM", name: "Hamburg", pool: { code: "EU" } } }],
    listings: { nodes: [{ channel: { code: "web", name: "Web" }, item: { name: "Tea" } }] },
    stock: { nodes: [{ quantity: 7 }] },
  });
});

describe("10: connections", () => {
  const save = (sku: string) =>
    ask(`mutation ($sku: ID!) { saveInventoryItem(input: { sku: $sku, name: "P" }) { userErrors { code } } }`, { sku });

  test("while rows come before and behind the cursor, what was there comes once", async () => {
    const there = ["P-10", "P-20", "P-30", "P-40", "P-50"];
    for (const sku of there) await save(sku);
    const seen: string[] = [];
    let after: string | null = null;
    for (let page = 0; page < 20; page++) {
      const { data } = await ask(
        `query ($after: String) { inventoryItems(first: 2, after: $after, search: "P-") { nodes { sku } pageInfo { hasNextPage endCursor } } }`,
        { after },
      );
      seen.push(...data.inventoryItems.nodes.map(({ sku }: { sku: string }) => sku));
      if (!data.inventoryItems.pageInfo.hasNextPage) break;
      after = data.inventoryItems.pageInfo.endCursor;
      if (page < 2) for (const sku of [`P-0${page}`, `P-4${page + 1}`]) await save(sku);
    }
    expect(seen.filter((sku) => there.includes(sku))).toEqual(there);
    expect(new Set(seen).size).toBe(seen.length);
  });

  test("there is no `last`; more than a page's most, none, less and a made-up cursor are refused", async () => {
    for (const args of ["first: 201", "first: 0", "first: -1", `after: "made-up"`, "last: 2", "first: 1, last: 1", "first: 2147483648"])
      expect([args, (await ask(`{ inventoryItems(${args}) { nodes { sku } } }`)).errors]).toEqual([args, [expect.anything()]]);
  });
});

describe("11: scalars", () => {
  const digits = (most: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${most}}$`));
  test("a Decimal comes back as it went in, to the last digit", () => {
    fc.assert(
      fc.property(fc.boolean(), digits(13), fc.option(digits(6)), (negative, whole, fraction) => {
        const text = `${negative ? "-" : ""}${whole}${fraction === null ? "" : `.${fraction}`}`;
        const out = DecimalText.serialize(DecimalText.parseValue(text)) as unknown as string;
        const value = BigInt(whole + (fraction ?? "").padEnd(6, "0")) * (negative ? -1n : 1n);
        expect(out).toMatch(/^-?\d+\.\d{6}$/);
        expect(BigInt(out.replace(".", ""))).toBe(value);
        expect(DecimalText.serialize(DecimalText.parseValue(out))).toBe(out);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each(["1e5", "NaN", "Infinity", "0x10", "1.1234567", "12345678901234", "", " 1", "1,5", "--1", 1e309, null, {}])(
    "%p is no Decimal",
    (value) => {
      expect(() => DecimalText.parseValue(value)).toThrow("Decimal must be");
    },
  );

  test("a DateTime comes back in UTC as the same moment, whatever its offset", () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date("1001-01-01"), max: new Date("9998-12-31"), noInvalidDate: true }),
        fc.integer({ min: -840, max: 840 }),
        (date, minutes) => {
          const pad = (n: number) => String(Math.abs(n)).padStart(2, "0");
          const offset = `${minutes < 0 ? "-" : "+"}${pad(Math.trunc(minutes / 60))}:${pad(minutes % 60)}`;
          const local = new Date(date.getTime() + minutes * 60_000).toISOString().replace("Z", offset);
          expect(DateTime.serialize(DateTime.parseValue(local))).toBe(date.toISOString());
        },
      ),
    );
  });
});
