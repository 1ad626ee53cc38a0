import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main as documentsCommand } from "../../cli/documents";
import { Documents, documentsPath, hashOf, readDocuments } from "../../gateway/documents";
import { keysPath, readKeys } from "../../gateway/clients";
import { writePrivately } from "../../gateway/private-file";
import { wait } from "../../shared/db/retry";
import { quietLog } from "../../shared/log";
import { startWorld, type World } from "../support/world";

/** Registered documents, and documents that a client sends once and names by their hash from then on. */
const LISTED = "query Channels { channels { code } }\n";
const OTHER = "query Kinds { __typename }";
let world: World;
let folder: string;
let was: string | undefined;
beforeAll(async () => {
  world = await startWorld({ env: { STRATA_REGISTERED_ROLES: "storefront" } });
  folder = mkdtempSync(join(tmpdir(), "strata-documents-"));
  was = process.env.STRATA_DATA_DIR;
  process.env.STRATA_DATA_DIR = world.dataDir;
});
afterAll(async () => {
  if (was === undefined) delete process.env.STRATA_DATA_DIR;
  else process.env.STRATA_DATA_DIR = was;
  rmSync(folder, { recursive: true });
  await world.close();
});

const said: string[] = [];
beforeEach(() => {
  said.length = 0;
  jest.spyOn(console, "log").mockImplementation((line: string) => void said.push(line));
});
afterEach(() => jest.restoreAllMocks());

const post = (key: string, body: object) =>
  world.send("/graphql", { method: "POST", headers: { "content-type": "application/json", "x-api-key": key }, body: JSON.stringify(body) });
const get = (key: string, params: Record<string, string>) =>
  world.send(`/graphql?${new URLSearchParams(params)}`, { headers: { "x-api-key": key, "apollo-require-preflight": "1" } });
const shop = () => world.keyOf("storefront");
const dev = () => world.keyOf("developer");
const persisted = (sha256Hash: string, version = 1) => ({ extensions: { persistedQuery: { version, sha256Hash } } });
const saysOf = ({ status, body }: Awaited<ReturnType<typeof post>>) => [status, body.data ?? body.errors![0].extensions.code];
async function until(so: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 10_000; !(await so()); await wait(50)) if (Date.now() > end) throw new Error("it was not taken up");
}

test("the command registers what is valid: all of a folder, or nothing", async () => {
  mkdirSync(join(folder, "src/pages"), { recursive: true });
  writeFileSync(join(folder, "src/pages/channels.graphql"), LISTED);
  writeFileSync(join(folder, "persisted.json"), JSON.stringify({ [hashOf(OTHER)]: OTHER }));
  writeFileSync(join(folder, "bad.graphql"), "{ nothing }");
  expect(() => documentsCommand(["register", folder, "--client", "storefront"])).toThrow(
    /Nothing was registered:\n.*bad\.graphql: Cannot query field/,
  );
  expect(readDocuments(documentsPath(world.dataDir))).toEqual({});
  rmSync(join(folder, "bad.graphql"));
  documentsCommand(["register", folder, "--client", "storefront"]);
  documentsCommand(["register", folder, "--client", "storefront"]);
  expect(said.map((line) => line.slice(66, 71))).toEqual(["new  ", "new  ", "known", "known"]);
  expect(readDocuments(documentsPath(world.dataDir))).toEqual({ storefront: { [hashOf(LISTED)]: LISTED, [hashOf(OTHER)]: OTHER } });
  writeFileSync(join(folder, "sha1.json"), JSON.stringify({ abc: OTHER }));
  expect(() => documentsCommand(["register", join(folder, "sha1.json"), "--client", "storefront"])).toThrow(/hashAlgorithm "sha256"/);
  said.length = 0;
  documentsCommand(["list"]);
  expect(said.sort()).toEqual([`${hashOf(LISTED)}  storefront  Channels`, `${hashOf(OTHER)}  storefront  Kinds`].sort());
  await until(async () => (await post(shop(), { documentId: hashOf(OTHER) })).status === 200);
});

test("who runs registered documents alone runs them by id, by persistedQuery, by text and by GET", async () => {
  const channels = [200, { channels: [] }];
  expect(saysOf(await post(shop(), { documentId: hashOf(LISTED) }))).toEqual(channels);
  expect(saysOf(await post(shop(), { documentId: `sha256:${hashOf(LISTED)}` }))).toEqual(channels);
  expect(saysOf(await post(shop(), persisted(hashOf(LISTED))))).toEqual(channels);
  expect(saysOf(await post(shop(), { query: LISTED }))).toEqual(channels);
  expect(saysOf(await get(shop(), { extensions: JSON.stringify(persisted(hashOf(LISTED)).extensions) }))).toEqual(channels);
  expect(saysOf(await get(shop(), { documentId: hashOf(LISTED), query: "" }))).toEqual(channels);
});

const UNKNOWN = "{ channels { name } }";
test.each<[string, () => ReturnType<typeof post>]>([
  ["a text", () => post(shop(), { query: UNKNOWN })],
  ["a text with its hash", () => post(shop(), { query: UNKNOWN, ...persisted(hashOf(UNKNOWN)) })],
  ["a text under a registered hash", () => post(shop(), { query: UNKNOWN, ...persisted(hashOf(LISTED)) })],
  ["a text under a registered id", () => post(shop(), { query: UNKNOWN, documentId: hashOf(LISTED) })],
  ["a hash of nothing", () => post(shop(), persisted("0".repeat(64)))],
  ["an id that is no hash", () => post(shop(), { documentId: "../../etc/passwd" })],
  ["the id __proto__", () => post(shop(), { documentId: "__proto__" })],
  ["no document at all", () => post(shop(), {})],
  ["a text by GET", () => get(shop(), { query: UNKNOWN })],
  [
    "two texts by GET",
    () =>
      world.send(`/graphql?query=${encodeURIComponent(LISTED)}&query=${encodeURIComponent(UNKNOWN)}`, {
        headers: { "x-api-key": shop(), "apollo-require-preflight": "1" },
      }),
  ],
  ["extensions that are no JSON", () => get(shop(), { extensions: "{" })],
  ["a list of requests", () => post(shop(), [{ query: UNKNOWN }])],
])("to them %s is 400, and nothing is stored", async (_, ask) => {
  const before = readFileSync(documentsPath(world.dataDir), "utf8");
  expect(saysOf(await ask())).toEqual([400, "BAD_USER_INPUT"]);
  expect(saysOf(await post(shop(), persisted(hashOf(UNKNOWN))))).toEqual([400, "BAD_USER_INPUT"]);
  expect(saysOf(await post(dev(), persisted(hashOf(UNKNOWN))))).toEqual([200, "BAD_USER_INPUT"]);
  expect(readFileSync(documentsPath(world.dataDir), "utf8")).toBe(before);
});

test("a key may be bound alone, and documents are their client's", async () => {
  const path = keysPath(world.dataDir);
  writePrivately(
    path,
    readKeys(path).map((key) => (key.client === "merchandiser" ? { ...key, registeredOnly: true } : key)),
  );
  const bound = world.keyOf("merchandiser");
  await until(async () => (await post(bound, { query: OTHER })).status === 400);
  expect(saysOf(await post(bound, { documentId: hashOf(LISTED) }))).toEqual([400, "BAD_USER_INPUT"]);
  expect(saysOf(await post(world.keyOf("merchandiser", "other-merchandiser"), { query: OTHER }))[0]).toBe(200);
  expect(saysOf(await post(world.keyOf("merchandiser", "other-merchandiser"), { documentId: hashOf(LISTED) }))).toEqual([
    400,
    "BAD_USER_INPUT",
  ]);
});

describe("others name by hash what they sent once", () => {
  const TEXT = "query Once { __typename }";
  test("not known, sent with its text, known", async () => {
    const first = await post(dev(), persisted(hashOf(TEXT)));
    expect([first.status, first.body.errors![0].message]).toEqual([200, "PersistedQueryNotFound"]);
    expect(saysOf(await post(dev(), { query: TEXT, ...persisted(hashOf(TEXT)) }))).toEqual([200, { __typename: "Query" }]);
    expect(saysOf(await post(dev(), persisted(hashOf(TEXT))))).toEqual([200, { __typename: "Query" }]);
  });

  test.each<[string, object]>([
    ["another text's hash", { query: "query Twice { __typename }", ...persisted(hashOf("query Thrice { __typename }")) }],
    ["another version", { query: TEXT, ...persisted(hashOf(TEXT), 2) }],
    ["a hash that is none", { query: TEXT, ...persisted("abc") }],
  ])("%s is 400 and stores nothing", async (_, body) => {
    expect(saysOf(await post(dev(), body))).toEqual([400, "BAD_USER_INPUT"]);
    expect(saysOf(await post(dev(), persisted(hashOf("query Thrice { __typename }"))))).toEqual([200, "BAD_USER_INPUT"]);
  });

  test("what is kept is bounded in number and in size", () => {
    const documents = new Documents(join(folder, "none.json"), [], quietLog);
    const caller = { client: "dev", scopes: new Set<never>() };
    const send = (query: string) => documents.find({ query, ...persisted(hashOf(query)) }, { caller });
    const kept = (query: string) => {
      try {
        return documents.find(persisted(hashOf(query)), { caller }) !== undefined;
      } catch {
        return false;
      }
    };
    for (let i = 0; i < 10_000; i++) send(`query Q${i} { a }`);
    expect([kept("query Q0 { a }"), kept("query Q4999 { a }"), kept("query Q5000 { a }"), kept("query Q9999 { a }")]).toEqual([
      false,
      false,
      true,
      true,
    ]);
    for (let i = 0; i < 300; i++) send(`query L${i} { a } # ${"x".repeat(60_000)}`);
    expect([kept("query Q9999 { a }"), kept(`query L299 { a } # ${"x".repeat(60_000)}`)]).toEqual([false, true]);
    send(`{ a } # ${"y".repeat(70_000)}`);
    expect(kept(`{ a } # ${"y".repeat(70_000)}`)).toBe(false);
    documents.close();
  });
});

test("removed, it runs no more", async () => {
  expect(() => documentsCommand(["remove", "--client", "storefront", "abc"])).toThrow(/has no document abc/);
  documentsCommand(["remove", "--client", "storefront", hashOf(OTHER)]);
  await until(async () => (await post(shop(), { documentId: hashOf(OTHER) })).status === 400);
  expect((await post(shop(), { documentId: hashOf(LISTED) })).status).toBe(200);
});
