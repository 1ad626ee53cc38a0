import { connect } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { buildClientSchema, getIntrospectionQuery, type GraphQLField } from "graphql";
import { createConnection } from "mysql2/promise";
import { LIMITS } from "../../gateway/limits";
import { LAYERS } from "../../shared/db/database";
import { wait } from "../../shared/db/retry";
import { anyInput, rootFields, textPlaces } from "../support/any-call";
import { startWorld, type World } from "../support/world";

/**
 * The table of hostile requests: each with its safe answer, and that no table of any layer changed by it. What else is
 * proved, by the number of the probe in the list of security probes:
 *
 * 1 aliases, 2 repeats and tokens, 3 depth and fragments, 6 directives, 12 GET: endpoint.test.ts and here
 * 4 page sizes, 5 lists in lists: cost.test.ts; 7-8 batches and circular introspection, 10 misspelt names: here
 * 11 preflight, forms, plain text: endpoint.test.ts, conformance.test.ts and here; 13 bodies: endpoint.test.ts and here
 * 9, 15-22, 27, 29, 31 who calls: probes-clients.test.ts, identity.test.ts, tokens.test.ts, keys.test.ts
 * 14 names of JavaScript, 23 SQL and strange characters, 24 numbers: here; 25 trouble inside: masking.test.ts, layers-down.test.ts
 * 26 floods and budgets: budget.test.ts; 28 documents: documents.test.ts; 30 logs: here
 */
let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

/** What time alone changes: leases, positions in feeds, what is reckoned again and again. */
let ticking = new Set<string>();
beforeAll(async () => {
  const [first, last] = [await sums(), (await wait(3_000), await sums())];
  ticking = new Set([...last.keys()].filter((name) => first.get(name) !== last.get(name)));
  for (const name of ["strata_sales.virtual_stock", "strata_sales.reservation", "strata_warehouse.warehouse", "strata_dispatch.outbox"])
    expect([name, last.has(name) && !ticking.has(name)]).toEqual([name, true]);
});

/** Every table of every layer with a sum over its rows. */
async function sums(): Promise<Map<string, unknown>> {
  const db = await createConnection({ uri: world.db.migrationUrl });
  try {
    const names = LAYERS.map((layer) => `'strata_${layer}'`).join();
    const [tables] = (await db.query(
      `SELECT CONCAT(table_schema, '.', table_name) AS name FROM information_schema.tables
        WHERE table_schema IN (${names}) AND table_type = 'BASE TABLE' AND table_name NOT REGEXP 'lease|cursor|position$'`,
    )) as unknown as [{ name: string }[]];
    const [rows] = (await db.query(`CHECKSUM TABLE ${tables.map(({ name }) => name).join(", ")}`)) as unknown as [
      { Table: string; Checksum: unknown }[],
    ];
    return new Map(rows.map(({ Table, Checksum }) => [Table, Checksum]));
  } finally {
    await db.end();
  }
}

/** The sums that differ from those before: none. */
async function unchanged(before: Map<string, unknown>): Promise<void> {
  const now = await sums();
  expect([...now].filter(([name, sum]) => !ticking.has(name) && sum !== before.get(name))).toEqual([]);
}

type Sent = { headers?: Record<string, string>; body?: string | Buffer; path?: string; method?: "GET" | "POST"; key?: string | null };
const json = (query: string, variables?: unknown): Sent => ({ body: JSON.stringify({ query, variables }) });
const send = ({ headers = {}, body, path = "/graphql", method = "POST", key = world.adminKey }: Sent) =>
  world.send(path, {
    method,
    headers: { "content-type": "application/json", ...(key !== null && { "x-api-key": key }), ...headers },
    body,
  });

/** With a good key it is carried out: where it is not, the sums show it. */
const SAVE = `mutation ($c: ID!, $n: String!) { saveWarehouse(input: { code: $c, name: $n, currency: "EUR", address: { countryCode: "DE" } }) {
  warehouse { name } userErrors { code } } }`;
const circular = (levels: number): string => (levels === 0 ? "name" : `fields { name type { ofType { ${circular(levels - 1)} } } }`);
const VALIDATION = "GRAPHQL_VALIDATION_FAILED";

const ROWS: [what: string, status: number, code: string, sent: () => Sent][] = [
  ["no key", 401, "UNAUTHENTICATED", () => ({ ...json(SAVE, { c: "H", n: "H" }), key: null })],
  ["a bad key", 401, "UNAUTHENTICATED", () => ({ ...json(SAVE, { c: "H", n: "H" }), key: "strata_bad" })],
  ["a key of 10 KB", 401, "UNAUTHENTICATED", () => ({ ...json("{ __typename }"), key: "k".repeat(10_000) })],
  [
    "an identity of one's own making",
    401,
    "UNAUTHENTICATED",
    () => ({ ...json(SAVE, { c: "H", n: "H" }), key: null, headers: { "x-strata-identity": "e30.e30" } }),
  ],
  ["a deep query", 400, VALIDATION, () => json(`{ channels { ${"pool { warehouses { ".repeat(7)}code${" } }".repeat(7)} } }`)],
  ["a wide query", 400, VALIDATION, () => json(`{ ${Array.from({ length: LIMITS.fields + 1 }, () => "__typename").join(" ")} }`)],
  ["101 aliases", 400, VALIDATION, () => json(`{ ${Array.from({ length: 101 }, (_, i) => `a${i}: channels { code }`).join(" ")} }`)],
  ["a circular fragment", 400, VALIDATION, () => json("{ ...a } fragment a on Query { ...a }")],
  [
    "40 doubled fragments",
    400,
    VALIDATION,
    () =>
      json(
        `{ ...f0 } ${Array.from({ length: 40 }, (_, i) => `fragment f${i} on Query { ...f${i + 1} ...f${i + 1} }`).join(" ")} fragment f40 on Query { __typename }`,
      ),
  ],
  ["10 unknown directives", 400, VALIDATION, () => json(`{ __typename ${Array.from({ length: 10 }, (_, i) => `@d${i}`).join(" ")} }`)],
  ["1,000 directives", 400, VALIDATION, () => json(`{ __typename ${"@include(if: true) ".repeat(1_000)} }`)],
  ["20,000 tokens", 400, VALIDATION, () => json(`{ ${"a ".repeat(20_000)} }`)],
  ["a circular question for the schema", 400, VALIDATION, () => json(`{ __schema { types { ${circular(5)} } } }`)],
  [
    "the schema without the right",
    403,
    "FORBIDDEN",
    () => ({ ...json("{ __schema { types { name } } }"), key: world.keyOf("storefront") }),
  ],
  ["a batch of 10", 400, "BAD_USER_INPUT", () => ({ body: `[${Array(10).fill('{"query":"{ __typename }"}').join()}]` })],
  ["a subscription", 400, VALIDATION, () => json("subscription { channels { code } }")],
  [
    "a mutation by GET",
    405,
    "BAD_USER_INPUT",
    () => ({
      method: "GET",
      path: `/graphql?query=${encodeURIComponent('mutation { saveWarehouse(input: { code: "H", name: "H", currency: "EUR", address: { countryCode: "DE" } }) { warehouse { code } } }')}`,
      headers: { "apollo-require-preflight": "1" },
    }),
  ],
  [
    "a GET that a page can send",
    400,
    "BAD_USER_INPUT",
    () => ({ method: "GET", path: "/graphql?query=%7B__typename%7D", headers: { "content-type": "text/plain" } }),
  ],
  [
    "a form",
    400,
    "BAD_USER_INPUT",
    () => ({ body: "query=%7B__typename%7D", headers: { "content-type": "application/x-www-form-urlencoded" } }),
  ],
  ["a form with files", 400, "BAD_USER_INPUT", () => ({ body: "--x--", headers: { "content-type": "multipart/form-data; boundary=x" } })],
  ["plain text", 400, "BAD_USER_INPUT", () => ({ ...json("{ __typename }"), headers: { "content-type": "text/plain" } })],
  ["10 MB", 413, "BAD_USER_INPUT", () => json(`{ __typename } # ${"x".repeat(10 * 1024 * 1024)}`)],
  ["a packed body", 415, "BAD_USER_INPUT", () => ({ body: Buffer.from("1f8b08", "hex"), headers: { "content-encoding": "gzip" } })],
  ["UTF-7", 415, "BAD_USER_INPUT", () => ({ ...json("{ __typename }"), headers: { "content-type": "application/json; charset=utf-7" } })],
  ["an array a hundred thousand deep", 400, "BAD_USER_INPUT", () => ({ body: `${"[".repeat(100_000)}${"]".repeat(100_000)}` })],
  [
    "lists a thousand deep in a query",
    400,
    "",
    () => json(`{ availability(channel: "a", skus: ${"[".repeat(1_000)}${"]".repeat(1_000)}) { quantity } }`),
  ],
  ["an empty body", 400, "BAD_USER_INPUT", () => ({ body: "" })],
  ["bytes that are no text", 400, "BAD_USER_INPUT", () => ({ body: Buffer.from([0xff, 0xfe, 0x00, 0x80]) })],
  ["a misspelt field", 400, VALIDATION, () => json("{ chanels { code } }")],
  ["a misspelt argument", 400, VALIDATION, () => json('{ warehouse(cod: "A") { code } }')],
  ["a misspelt enum", 400, VALIDATION, () => json("{ alerts(kind: LAYER_DRIF) { nodes { id } } }")],
  [
    "a misspelt input field",
    400,
    VALIDATION,
    () => json('mutation { saveStockPool(input: { cod: "A", name: "A", warehouses: [] }) { pool { code } } }'),
  ],
];

test.each(ROWS)("%s is %d %s; nothing changed", async (_, status, code, sent) => {
  const before = await sums();
  const answer = await send(sent());
  expect([answer.status, answer.body.errors?.length ? "refused" : answer.text]).toEqual([status, "refused"]);
  if (code) expect(answer.body.errors![0].extensions.code).toBe(code);
  expect(answer.body.errors!.length).toBeLessThanOrEqual(6);
  expect(answer.text).not.toMatch(/Did you mean|stacktrace|node_modules|<html|channels"|LAYER_DRIFT/i);
  expect(answer.body.data ?? null).toBeNull();
  await unchanged(before);
});

/** A request by hand: Node's own client would not send it. */
function raw(text: string, ms = 5_000): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(world.url).port), "127.0.0.1");
    let said = "";
    const end = () => resolve(said) ?? socket.destroy();
    socket.on("data", (data) => (said += String(data)));
    socket.on("close", end).on("error", end);
    socket.setTimeout(ms, end);
    socket.write(text);
  });
}
const head = (more: string, length = 0) =>
  `POST /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-api-key: ${world.adminKey}\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n${more}\r\n`;

test.each<[string, () => string, RegExp]>([
  [
    "CRLF in a request id",
    () => `${head("x-request-id: abcdefgh%0d%0aset-cookie: a=b\r\n", 26)}{"query":"{ __typename }"}`,
    /^HTTP\/1\.1 200 (?![^]*set-cookie)/,
  ],
  ["a bare CR in a header", () => head("x-request-id: abcdefgh\rset-cookie: a\r\n"), /^HTTP\/1\.1 400 /],
  ["a null in a header", () => head("x-request-id: abc\0defgh\r\n"), /^HTTP\/1\.1 400 /],
  ["two lengths", () => head("content-length: 5\r\n", 3), /^HTTP\/1\.1 400 /],
  ["length and chunks", () => head("transfer-encoding: chunked\r\n", 3), /^HTTP\/1\.1 400 /],
  ["a header of 100 KB", () => head(`x-a: ${"a".repeat(100_000)}\r\n`), /^HTTP\/1\.1 431 /],
  ["another method", () => "BREW /graphql HTTP/1.1\r\nhost: x\r\n\r\n", /^HTTP\/1\.1 400 /],
  ["no HTTP", () => "\x16\x03\x01\x02\r\n\r\n", /^HTTP\/1\.1 400 /],
  ["a path upwards", () => `GET /../../etc/passwd HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`, /^HTTP\/1\.1 404 /],
])("by hand, %s", async (_, text, answer) => {
  expect(await raw(text())).toMatch(answer);
  expect((await world.gql("{ __typename }")).status).toBe(200);
});

test("a body that comes byte by byte holds its own connection alone", async () => {
  const slow = raw(`${head("", 1_000)}{`, 1_500);
  expect((await world.gql("{ __typename }")).status).toBe(200);
  expect(await slow).toBe("");
});

/** What a string argument may hold. Each is a text like any other: kept as it is, or refused by name. */
const TEXTS = [
  // Tried in every place: what ends a literal, and what no column of plain ASCII can be compared with.
  "'; DROP TABLE virtual_stock; -- \u202E",
  '" OR ""="',
  "1' OR '1'='1",
  "\\'; SELECT SLEEP(5) #",
  "a\0b",
  "\u{1F69A}\u{1F4A9}",
  "\u202Eevil",
  "\uD800",
  "%' UNION SELECT 1,2,3 -- ",
  "__proto__",
  "constructor",
  "a".repeat(10_000),
  "",
  " ",
  "\r\nset-cookie: a=b",
];

test.each(TEXTS)("as every string argument of a query: %j", async (text) => {
  const { body } = await world.gql(
    "{ __schema { queryType { fields { name args { name type { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } type { kind name ofType { name kind } } } } } }",
  );
  type Type = { kind: string; name: string | null; ofType?: Type };
  const named = (type: Type): string => type.name ?? named(type.ofType!);
  const isList = (type: Type): boolean => type.kind === "LIST" || (type.ofType ? isList(type.ofType) : false);
  const before = await sums();
  let asked = 0;
  for (const { name, args } of body.data.__schema.queryType.fields as { name: string; args: { name: string; type: Type }[] }[]) {
    const own = args.filter(({ type }) => ["ID", "String"].includes(named(type)));
    const others = args.filter((argument) => !own.includes(argument) && argument.type.kind === "NON_NULL");
    if (own.length === 0 || others.length > 0) continue;
    asked++;
    const declared = own.map(
      ({ name: argument, type }) =>
        `$${argument}: ${isList(type) ? `[${named(type)}!]` : named(type)}${type.kind === "NON_NULL" ? "!" : ""}`,
    );
    const variables = Object.fromEntries(own.map(({ name: argument, type }) => [argument, isList(type) ? [text] : text]));
    const given = own.map(({ name: argument }) => `${argument}: $${argument}`).join(", ");
    const answer = await world.gql(`query (${declared.join(", ")}) { ${name}(${given}) { __typename } }`, variables);
    const codes = (answer.body.errors ?? []).map(({ extensions }) => extensions.code as string);
    expect([name, answer.status >= 500, codes.filter((code) => !["BAD_USER_INPUT", "NOT_FOUND", "FORBIDDEN"].includes(code))]).toEqual([
      name,
      false,
      [],
    ]);
  }
  expect(asked).toBeGreaterThan(20);
  await unchanged(before);
});

/** What the database, or the code between, would say for itself. */
const INSIDE =
  /ER_[A-Z]|SQL syntax|SQLSTATE|Incorrect string|Data too long|Unknown column|mysql|mariadb|typeorm|node_modules|\bat .*\.[jt]s:/i;
const NAMED =
  /^(BAD_USER_INPUT|INVALID_INPUT|INVALID_STATE|NOT_FOUND|NOT_LISTED|CONFLICT|PERIOD_CLOSED|IDEMPOTENCY_KEY_REUSED|STALE_VALUE|INSUFFICIENT_STOCK)$/;
/** These may keep a text that they are given, as a name or a code that is nobody's yet; all others find nothing of that name. */
const MAY_KEEP = ["importMovements", "saveAccount", "saveInventoryItem", "saveMerchant"];

test("as every string of every mutation: refused by name and nothing changed, or kept as a text", async () => {
  const schema = buildClientSchema((await world.gql(getIntrospectionQuery())).body.data);
  const mutations = [...rootFields(schema)].filter(([name]) => name.startsWith("Mutation.")).map(([, field]) => field);
  const kept = new Set<string>();
  let asked = 0;
  const before = await sums();
  // Those that keep come last: what they changed goes on from layer to layer.
  for (const field of mutations.sort((a, b) => Number(MAY_KEEP.includes(a.name)) - Number(MAY_KEEP.includes(b.name)))) {
    const places = field.args.flatMap((arg) => textPlaces(arg.type, arg.name).map((place) => ({ arg: arg.name, place })));
    for (const [i, { arg, place }] of places.entries())
      for (const text of [TEXTS[0], TEXTS[(asked + i) % TEXTS.length]]) {
        asked++;
        const { status, body } = await mutate(field, { [arg]: place.with(text) });
        const payloads = [Object.values((body.data ?? {}) as object)[0] ?? []].flat() as {
          userErrors: { code: string; message: string }[];
        }[];
        const refusals = payloads.flatMap(({ userErrors }) => userErrors);
        const codes = [...(body.errors ?? []).map(({ extensions }) => String(extensions.code)), ...refusals.map(({ code }) => code)];
        const told = [...(body.errors ?? []), ...refusals].map(({ message }) => message.replaceAll(text, "")).join("\n");
        expect([
          field.name,
          place.name,
          text.slice(0, 40),
          status < 500,
          codes.filter((code) => !NAMED.test(code)),
          INSIDE.exec(told),
        ]).toEqual([field.name, place.name, text.slice(0, 40), true, [], null]);
        if (codes.length === 0) kept.add(field.name);
      }
    if (!MAY_KEEP.includes(field.name)) await unchanged(before);
  }
  expect(asked).toBeGreaterThan(500);
  expect([...kept].sort()).toEqual(MAY_KEEP);
}, 90_000); // About a thousand requests, and the sums of all tables after each of the mutations.

/** With these arguments, and all others that it needs. */
function mutate({ name, args }: GraphQLField<unknown, unknown>, given: Record<string, unknown>) {
  const used = args.filter((arg) => arg.name in given || String(arg.type).endsWith("!"));
  const declared = used.map((arg) => `$${arg.name}: ${String(arg.type)}`).join(", ");
  const passed = used.map((arg) => `${arg.name}: $${arg.name}`).join(", ");
  const variables = Object.fromEntries(used.map((arg) => [arg.name, given[arg.name] ?? anyInput(arg.type)]));
  return world.gql(`mutation (${declared}) { ${name}(${passed}) { userErrors { code message } } }`, variables);
}

const RESERVE = (quantity: string) =>
  `mutation { reserveStock(input: { idempotencyKey: "h", orderRef: "h", channel: "none", lines: [{ sku: "A", quantity: ${quantity} }] }) { reservation { id } userErrors { code } } }`;
test.each(["0", "-1", "1.5", '"NaN"', "2147483648", "9007199254740993", "1e309", "null", "true", "[]", "{}"])(
  "a quantity of %s moves nothing",
  async (quantity) => {
    const before = await sums();
    const { status, body } = await world.gql(RESERVE(quantity));
    const code = body.errors?.[0].extensions.code ?? body.data.reserveStock.userErrors[0].code;
    expect(status).toBeLessThan(500);
    expect(["BAD_USER_INPUT", VALIDATION, "INVALID_INPUT", "NOT_FOUND"]).toContain(code);
    await unchanged(before);
  },
);

test("names of JavaScript as variables are variables", async () => {
  for (const name of ["__proto__", "constructor", "toString"]) {
    const variables = JSON.parse(`{"${name}": "A", "polluted": true}`) as Record<string, unknown>;
    const { body } = await world.gql(`query ($${name}: ID!) { warehouse(code: $${name}) { code } }`, variables);
    expect(body).toEqual({ data: { warehouse: null } });
  }
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test("a name is kept as it was written, whatever it says", async () => {
  for (const [i, text] of ["Robert'); DROP TABLE stock_pool; --", "\u{1F69A} \u202E", 'a"b\\c`d'].entries()) {
    const saved = await world.gql(SAVE, { c: `T${i}`, n: text });
    expect(saved.body).toEqual({ data: { saveWarehouse: { warehouse: { name: text }, userErrors: [] } } });
  }
});

test("the sums see a change", async () => {
  const before = await sums();
  await world.gql(SAVE, { c: "SEEN", n: "Seen" });
  await expect(unchanged(before)).rejects.toThrow(/strata_warehouse/);
});

/** What is garbage is no growth: it is collected before it is measured. */
function collect(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

test("ten thousand distinct operations leave a bounded memory", async () => {
  const used = () => (collect(), process.memoryUsage().heapUsed / 1_048_576);
  const flood = async (from: number, to: number) => {
    for (let i = from; i < to; i += 50)
      await Promise.all(Array.from({ length: 50 }, (_, j) => world.gql(`query Q${i + j} { channels { code a${i + j}: name } }`)));
  };
  await flood(0, 1_000);
  const before = used();
  await flood(1_000, 10_000);
  // Apollo keeps at most 30 MiB of parsed documents and 50 MiB of plans.
  expect(used() - before).toBeLessThan(120);
}, 180_000);
