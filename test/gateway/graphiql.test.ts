import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { buildASTSchema, Kind, parse, validate, type OperationDefinitionNode } from "graphql";
import { EXAMPLES, exampleOf } from "../../gateway/graphiql";
import { loadConfig } from "../../shared/config";
import { ROLES, type Role } from "../../shared/identity/scopes";
import { startWorld, type World } from "../support/world";

/** GraphiQL for browsers: from this server alone, with examples that run. */
let world: World;
beforeAll(async () => {
  world = await startWorld({ replica: false });
  const settled = { headers: { "x-strata-settle": "true" } };
  const made = await world.gql(`mutation {
    w: saveWarehouse(input: { code: "HAM", name: "Hamburg", currency: "EUR", address: { countryCode: "DE", latitude: 53.55, longitude: 10 } }) { userErrors { message } }
    i: saveInventoryItem(input: { sku: "TEA", name: "Tea" }) { userErrors { message } }
    m: postMovement(input: { idempotencyKey: "m", type: PURCHASE_RECEIPT, warehouse: "HAM", lines: [{ sku: "TEA", quantity: 7, unitCost: "1.25" }] }) { userErrors { message } } }`);
  await world.gql("{ channels { code } }", {}, settled);
  const sold = await world.gql(`mutation {
    p: saveStockPool(input: { code: "EU", name: "EU", warehouses: ["HAM"] }) { userErrors { message } }
    c: saveChannel(input: { code: "web", name: "Web", pool: "EU" }) { userErrors { message } }
    l: saveListing(input: { channel: "web", sku: "TEA", status: LISTED }) { userErrors { message } } }`);
  for (const { body } of [made, sold]) expect(Object.values(body.data).flatMap((payload) => (payload as Payload).userErrors)).toEqual([]);
  await world.gql("{ stockPools { code } stockPositions(skus: []) { nodes { free } } }", {}, settled);
});
afterAll(() => world.close());

interface Payload {
  userErrors: { message: string }[];
}
const AS_A_BROWSER = { accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" };
const get = (path: string, headers: Record<string, string> = {}) => world.send(path, { headers });
const loaded = (html: string) => [...html.matchAll(/<(?:script|link)\b[^>]*?(?:src|href)="([^"]*)"/g)].map(([, path]) => path);

describe.each(["/graphql", "/partner/graphql"] as const)("%s in a browser", (path) => {
  test("is a page whose policy lets files of this server run, and nothing else", async () => {
    const page = await get(path, AS_A_BROWSER);
    expect([page.status, page.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
    const policy = String(page.headers["content-security-policy"]).split("; ");
    expect(policy).toEqual(expect.arrayContaining(["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'"]));
    expect(policy.join()).not.toMatch(/unsafe|https?:|\*|nonce/);
    expect(page.text).not.toMatch(/<script(?![^>]*(src=|application\/json))|\son\w+=|\sstyle=|https?:\/\//);
    expect([page.headers["x-content-type-options"], page.headers["referrer-policy"]]).toEqual(["nosniff", "no-referrer"]);
  });
  test("loads everything from here, and nothing again that it has", async () => {
    const files = loaded((await get(path, AS_A_BROWSER)).text).filter((file) => file !== "data:,");
    expect(files).toHaveLength(6);
    for (const file of files) {
      expect(file).toMatch(/^\/graphiql\//);
      const answer = await get(file);
      expect([answer.status, String(answer.headers["content-type"])]).toEqual([200, expect.stringMatching(/^text\/(javascript|css)/)]);
      if (file.endsWith(".css")) expect(answer.text).not.toMatch(/url\(["']?(?!data:)/);
      const again = await get(file, { "if-none-match": String(answer.headers.etag) });
      expect([again.status, again.text]).toEqual([304, ""]);
    }
  });
  test.each<[string, Record<string, string>]>([
    ["an API client without a word on what it takes", {}],
    ["one that takes JSON", { accept: "application/json" }],
    ["one that takes anything", { accept: "*/*" }],
  ])("%s is answered as an API client", async (_, headers) => {
    const answer = await get(path, headers);
    expect([answer.status, answer.body.errors![0].extensions.code]).toEqual([401, "UNAUTHENTICATED"]);
  });
  test("who has a key, or asks something, is an API client too", async () => {
    expect((await get(path, { ...AS_A_BROWSER, "x-api-key": world.adminKey })).status).not.toBe(200);
    expect((await get(`${path}?query={__typename}`, AS_A_BROWSER)).body.errors![0].extensions.code).toBe("UNAUTHENTICATED");
  });
});

test("the page keeps nothing: no storage, no cookie, no key but in the headers editor", async () => {
  const { text } = await get("/graphiql/page.js");
  expect(text).not.toMatch(/localStorage|sessionStorage|cookie\s*=|indexedDB/);
  expect(text).toMatch(/shouldPersistHeaders: false/);
  expect(text).toMatch(/credentials: "omit"/);
  expect(text).toMatch(/\bstorage,/);
});

test("STRATA_GRAPHIQL: on where Strata is one process, off in a gateway of its own, else as said", () => {
  const urls = Object.fromEntries(["SALES", "DISPATCH", "WAREHOUSE"].map((layer) => [`STRATA_${layer}_URL`, "http://layer:4000"]));
  const gateway = { STRATA_ROLE: "gateway", STRATA_IDENTITY_SECRET: "s".repeat(32), ...urls };
  expect(loadConfig({}).graphiql).toBe(true);
  expect(loadConfig({ STRATA_GRAPHIQL: "off" }).graphiql).toBe(false);
  expect(loadConfig(gateway).graphiql).toBe(false);
  expect(loadConfig({ ...gateway, STRATA_GRAPHIQL: "on" }).graphiql).toBe(true);
  expect(() => loadConfig({ STRATA_GRAPHIQL: "maybe" })).toThrow(/STRATA_GRAPHIQL is "maybe": use one of on, off/);
});

/** Each example with the names of this house in the place of the sample shop's, where it takes them. */
const NAMES: Record<string, unknown> = { channel: "web", sku: "TEA", skus: ["TEA"], warehouse: "HAM", pool: "EU" };
const ALL = Object.entries(EXAMPLES).flatMap(([path, roles]) => roles.map((role) => [role, path] as const));

test.each(ALL)("the examples of %s run at %s with a key of the role", async (role, path) => {
  expect(Object.keys(ROLES)).toContain(role);
  const text = exampleOf(role);
  const operations = parse(text).definitions as OperationDefinitionNode[];
  expect(operations.length).toBeGreaterThan(1);
  const known: Record<string, unknown> = { ...NAMES };
  for (const { name, variableDefinitions } of operations) {
    const declared = (variableDefinitions ?? []).map(({ variable }) => variable.name.value);
    const variables = Object.fromEntries(declared.filter((it) => known[it] !== undefined).map((it) => [it, known[it]]));
    const answer = await world.send(path, {
      method: "POST",
      headers: { "content-type": "application/json", "x-api-key": world.keyOf(role as Role), "x-strata-settle": "true" },
      body: JSON.stringify({ query: text, operationName: name!.value, variables }),
    });
    const data = (answer.body.data ?? {}) as Record<string, { userErrors?: object[]; reservation?: { id: string } } | null>;
    const errors = [...(answer.body.errors ?? []), ...Object.values(data).flatMap((field) => field?.userErrors ?? [])];
    expect([name!.value, answer.status, errors, Object.values(data).length > 0]).toEqual([name!.value, 200, [], true]);
    known.reservationId = data.reserveStock?.reservation?.id ?? known.reservationId;
  }
});

test("an example that the schema refuses is found", () => {
  const schema = buildASTSchema(parse("type Query { warehouses: [String] }"));
  for (const [role] of ALL) expect(validate(schema, parse(exampleOf(role))).length).toBeGreaterThan(0);
  expect(parse(exampleOf("admin")).definitions.every(({ kind }) => kind === Kind.OPERATION_DEFINITION)).toBe(true);
});

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
(CHROMIUM ? test : test.skip)(
  "a browser draws it, loads it whole and reports nothing against the policy",
  async () => {
    const profile = mkdtempSync(join(tmpdir(), "strata-browser-"));
    const args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", `--user-data-dir=${profile}`];
    const told = await promisify(execFile)(
      CHROMIUM!,
      [...args, "--enable-logging=stderr", "--virtual-time-budget=5000", "--dump-dom", world.url],
      { timeout: 25_000, maxBuffer: 50_000_000 },
    ).finally(() => rmSync(profile, { recursive: true, force: true, maxRetries: 3 }));
    expect(told.stdout).toMatch(/class="graphiql-container/);
    expect(told.stdout).toMatch(/Shelf/);
    expect(told.stderr.split("\n").filter((line) => /CONSOLE/.test(line))).toEqual([]);
  },
  30_000,
);
