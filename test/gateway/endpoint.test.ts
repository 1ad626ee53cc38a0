import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Clients, keysPath, makeKey } from "../../gateway/clients";
import { writePrivately } from "../../gateway/private-file";
import { quietLog } from "../../shared/log";
import { projectRoot } from "../../shared/root";
import { tracing } from "../../shared/trace";
import { startWorld, type World } from "../support/world";

// Without an endpoint for traces nothing of OpenTelemetry is loaded: a server that did would not start here.
jest.mock("../../gateway/tracing", () => {
  throw new Error("tracing was loaded");
});

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const JSON_TYPE = { "content-type": "application/json" };
const asAdmin = () => ({ ...JSON_TYPE, "x-api-key": world.adminKey });
const codeOf = (answer: { body: { errors?: { extensions: { code?: string } }[] } }) => answer.body.errors?.[0].extensions.code;
const QUERY = JSON.stringify({ query: "{ __typename }" });

test("tracing is off, and no other file has anything of its library", () => {
  expect(tracing).toBeUndefined();
  const files = execFileSync("git", ["grep", "-l", "@opentelemetry/", "--", "*.ts", ":!test"], { cwd: projectRoot, encoding: "utf8" });
  expect(files.trim().split("\n")).toEqual(["gateway/tracing.ts"]);
});

describe("who calls", () => {
  test.each([
    ["no key", {}],
    ["an unknown key", { authorization: "Bearer strata_unknown" }],
    ["an empty key", { "x-api-key": "" }],
    ["another scheme", { authorization: "Basic YTpi" }],
    ["an identity of its own making", { "x-strata-identity": "e30.e30" }],
  ])("%s is UNAUTHENTICATED, in the form of a GraphQL error", async (_, headers) => {
    const answer = await world.send("/graphql", { method: "POST", headers: { ...JSON_TYPE, ...headers }, body: QUERY });
    expect(answer.status).toBe(401);
    expect(answer.body.errors).toEqual([
      { message: expect.any(String), extensions: { code: "UNAUTHENTICATED", requestId: expect.any(String) } },
    ]);
  });

  test("a key is taken from either header", async () => {
    const key = world.keyOf("storefront");
    const ways: Record<string, string>[] = [{ authorization: `Bearer ${key}` }, { "x-api-key": key }];
    for (const headers of ways)
      expect((await world.send("/graphql", { method: "POST", headers: { ...JSON_TYPE, ...headers }, body: QUERY })).body.data).toEqual({
        __typename: "Query",
      });
  });

  test("what a client sends as identity changes nothing", async () => {
    const identity = Buffer.from(JSON.stringify({ caller: { client: "admin", scopes: ["warehouse:write"] } })).toString("base64url");
    const answer = await world.gql(
      "{ channels { code } }",
      {},
      { key: world.keyOf("developer"), headers: { "x-strata-identity": `${identity}.x` } },
    );
    expect(codeOf(answer)).toBe("FORBIDDEN");
  });

  test("only health answers without a key", async () => {
    expect((await world.send("/health/live")).body).toEqual({ status: "live" });
    expect((await world.send("/health/ready")).body).toMatchObject({ status: "ready", checks: { "sales database": "ok" } });
    expect((await world.send("/metrics")).status).toBe(401);
    expect((await world.send("/metrics", { headers: { "x-api-key": world.keyOf("storefront") } })).status).toBe(401);
    const { text } = await world.send("/metrics", { headers: { "x-api-key": world.adminKey } });
    expect(text).toContain("strata_requests_total");
    expect(text).toContain("strata_combiner_waiting_rows 0");
    expect(text).toContain('strata_write_breaker_open{layer="dispatch"} 0');
    expect((await world.send("/")).status).toBe(404);
  });

  test("a key ends when it expires", () => {
    const folder = mkdtempSync(join(tmpdir(), "strata-keys-"));
    const over = makeKey("shop", ["storefront"], { expiresAt: new Date(Date.now() - 1).toISOString() });
    const live = makeKey("shop", ["storefront"], { expiresAt: new Date(Date.now() + 60_000).toISOString(), merchant: "ACME" });
    writePrivately(keysPath(folder), [over.record, live.record]);
    const clients = new Clients(keysPath(folder), undefined, quietLog);
    expect(clients.callerOf({ "x-api-key": over.key })).toBeUndefined();
    expect(clients.callerOf({ "x-api-key": live.key })).toMatchObject({ client: "shop", merchant: "ACME" });
    clients.close();
    rmSync(folder, { recursive: true });
  });
});

describe("the schema is shown to whoever has schema:read", () => {
  const asks = [
    "{ __schema { queryType { name } } }",
    '{ __type(name: "Query") { name } }',
    "{ ...s } fragment s on Query { ... { __schema { queryType { name } } } }",
  ];
  test.each(asks)("%s", async (query) => {
    const no = await world.gql(query, {}, { key: world.keyOf("storefront") });
    expect([no.status, codeOf(no), no.body.data]).toEqual([403, "FORBIDDEN", undefined]);
    const yes = await world.gql(query, {}, { key: world.keyOf("developer") });
    expect([yes.status, yes.body.errors]).toEqual([200, undefined]);
  });

  test("the type of an object is no secret", async () => {
    expect((await world.gql("{ __typename }", {}, { key: world.keyOf("storefront") })).body.data).toEqual({ __typename: "Query" });
  });
});

describe("requests that are none", () => {
  type Case = [what: string, status: number, code: string, headers: Record<string, string>, body?: string | Buffer];
  test.each<Case>([
    ["no JSON", 400, "BAD_USER_INPUT", {}, "{nope"],
    ["an empty body", 400, "BAD_USER_INPUT", {}, ""],
    ["a list of requests", 400, "BAD_USER_INPUT", {}, `[${QUERY},${QUERY}]`],
    ["a number", 400, "BAD_USER_INPUT", {}, "7"],
    ["variables that are no object", 400, "BAD_USER_INPUT", {}, JSON.stringify({ query: "{ __typename }", variables: [1] })],
    ["UTF-16", 415, "BAD_USER_INPUT", { "content-type": "application/json; charset=utf-16" }, QUERY],
    ["a packed body", 415, "BAD_USER_INPUT", { "content-encoding": "gzip" }, QUERY],
    ["more than 4 MB", 413, "BAD_USER_INPUT", {}, JSON.stringify({ query: `{ __typename } # ${"x".repeat(4 * 1_048_576)}` })],
    ["a plain text post", 400, "BAD_USER_INPUT", { "content-type": "text/plain" }, QUERY],
    ["a form", 400, "BAD_USER_INPUT", { "content-type": "application/x-www-form-urlencoded" }, "query=%7B__typename%7D"],
    ["an unknown field", 400, "GRAPHQL_VALIDATION_FAILED", {}, JSON.stringify({ query: "{ nothing }" })],
    ["a query that does not parse", 400, "GRAPHQL_VALIDATION_FAILED", {}, JSON.stringify({ query: "{ chan" })],
    ["an unknown operation", 400, "GRAPHQL_VALIDATION_FAILED", {}, JSON.stringify({ query: "query a { __typename }", operationName: "b" })],
    [
      "a wrong variable",
      400,
      "BAD_USER_INPUT",
      {},
      JSON.stringify({ query: "query($c: ID!) { channel(code: $c) { code } }", variables: { c: { no: 1 } } }),
    ],
    ["a position that is not ours", 400, "BAD_USER_INPUT", { "x-strata-position": "e30.AAAA" }, QUERY],
    [
      "a hash that is none",
      400,
      "BAD_USER_INPUT",
      {},
      JSON.stringify({ extensions: { persistedQuery: { version: 1, sha256Hash: "ab" } } }),
    ],
  ])("%s is %d %s", async (_, status, code, headers, body) => {
    const answer = await world.send("/graphql", { method: "POST", headers: { ...asAdmin(), ...headers }, body });
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
    expect(answer.body.errors![0].extensions.requestId).toBe(answer.headers["x-request-id"]);
    expect(answer.text).not.toMatch(/stacktrace|node_modules|Did you mean/);
  });

  test("GET asks only with a header that forces a preflight, and never writes", async () => {
    const path = (query: string) => `/graphql?query=${encodeURIComponent(query)}`;
    const headers = { "x-api-key": world.adminKey };
    expect((await world.send(path("{ __typename }"), { headers })).status).toBe(400);
    const preflighted = { ...headers, "apollo-require-preflight": "1" };
    expect((await world.send(path("{ __typename }"), { headers: preflighted })).body.data).toEqual({ __typename: "Query" });
    const write = await world.send(
      path('mutation { saveStockPool(input: {code: "A", name: "A", warehouses: []}) { userErrors { code } } }'),
      { headers: preflighted },
    );
    expect([write.status, write.headers.allow]).toEqual([405, "POST"]);
  });

  test("a misspelt field is not helped along", async () => {
    const { body } = await world.gql("{ chanels { code } }");
    expect(body.errors![0].message).not.toMatch(/channels/);
  });

  test("a request id that is plain is kept, another is replaced", async () => {
    const ask = async (id: string) => (await world.gql("{ __typename }", {}, { headers: { "x-request-id": id } })).headers["x-request-id"];
    expect(await ask("order-4711-a")).toBe("order-4711-a");
    expect(await ask("{} $(boom)")).not.toContain("boom");
  });
});

describe("limits", () => {
  const nested = (times: number) => `{ channels { ${"pool { warehouses { ".repeat(times)} code ${"} } ".repeat(times)} } }`;
  const doubled = (times: number) =>
    `{ ...f0 } ${Array.from({ length: times }, (_, i) => `fragment f${i} on Query { ...f${i + 1} ...f${i + 1} }`).join(" ")} fragment f${times} on Query { __typename }`;
  test.each([
    ["101 aliases", `{ ${Array.from({ length: 101 }, (_, i) => `a${i}: __typename`).join(" ")} }`],
    ["500 repeats of a field", `{ ${"__typename ".repeat(501)} }`],
    ["20,000 tokens", `{ ${"__typename ".repeat(20_000)} }`],
    ["12 doubled fragments", doubled(12)],
    ["40 doubled fragments", doubled(40)],
    ["a fragment in itself", "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }"],
    ["1,000 directives", `{ __typename ${"@include(if: true) ".repeat(1000)} }`],
    ["deep nesting", nested(7)],
    ["31 root fields", `{ ${"channels { code } ".repeat(31)} }`],
  ])("%s is refused at once", async (_, query) => {
    for (let i = 0; i < 2; i++) {
      const from = process.cpuUsage();
      const answer = await world.gql(query);
      expect([answer.status, codeOf(answer)]).toEqual([400, "GRAPHQL_VALIDATION_FAILED"]);
      expect(answer.body.errors!.length).toBeLessThanOrEqual(6);
      // The gateway runs in this process: its own work, whatever else the machine does.
      expect(process.cpuUsage(from).user / 1000).toBeLessThan(150);
    }
  });

  test("names of JavaScript are names like any other", async () => {
    const { body } = await world.gql("{ __proto__: __typename constructor: __typename toString: __typename }");
    expect(Object.keys(body.data).sort()).toEqual(["__proto__", "constructor", "toString"]);
    expect(({} as Record<string, unknown>).code).toBeUndefined();
  });
});
