import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { main as keysCommand } from "../../cli/keys";
import { Clients, keysPath, readKeys } from "../../gateway/clients";
import { keyUsePath, readKeyUse } from "../../gateway/key-use";
import { quietLog } from "../../shared/log";
import { startWorld, type World } from "../support/world";

/** `npm run keys` beside a running gateway (probe 19). */
let world: World;
const said: string[] = [];
beforeAll(async () => {
  world = await startWorld();
  process.env.STRATA_DATA_DIR = world.dataDir;
  jest.spyOn(console, "log").mockImplementation((line: string) => void said.push(line));
});
afterAll(async () => {
  delete process.env.STRATA_DATA_DIR;
  jest.restoreAllMocks();
  await world.close();
});

const path = () => keysPath(world.dataDir);
const run = (...args: string[]): string => {
  said.length = 0;
  keysCommand(args);
  return said.join("\n");
};
/** A new key and its id. */
const made = (...args: string[]) => {
  const key = run(...args).split("\n")[0];
  return { key, id: readKeys(path()).at(-1)!.id };
};
const status = async (key: string): Promise<number> => (await world.gql("{ __typename }", {}, { key })).status;
/** Within the second that is promised. */
async function becomes(key: string, wanted: number): Promise<void> {
  const until = performance.now() + 1_000;
  let found = await status(key);
  while (found !== wanted && performance.now() < until) found = await status(key);
  expect(found).toBe(wanted);
}

test("a key works within a second of being made, and ends within a second of being revoked", async () => {
  const { key, id } = made("add", "--client", "till", "--role", "storefront");
  await becomes(key, 200);
  for (const near of [`${key.slice(0, -1)}${key.endsWith("A") ? "B" : "A"}`, key.slice(0, -1), `${key}A`, key.toUpperCase()])
    expect(await status(near)).toBe(401);
  run("revoke", id);
  await becomes(key, 401);
});

test("a scope is given beyond roles", async () => {
  const { key } = made("add", "--client", "reader", "--role", "storefront", "--scope", "schema:read");
  await becomes(key, 200);
  expect((await world.gql("{ __schema { queryType { name } } channels { code } }", {}, { key })).body.errors).toBeUndefined();
  const alone = made("add", "--client", "reader", "--scope", "schema:read").key;
  await becomes(alone, 200);
  expect((await world.gql("{ channels { code } }", {}, { key: alone })).body.errors![0].extensions.code).toBe("FORBIDDEN");
});

test("a rotation has two keys of one client at work, then the new one alone", async () => {
  const args = ["--client", "shop", "--role", "order-system", "--scope", "schema:read", "--merchant", "ACME", "--days", "30"];
  const old = made("add", ...args);
  const next = made("rotate", old.id);
  await Promise.all([becomes(old.key, 200), becomes(next.key, 200)]);
  const [first, second] = readKeys(path()).slice(-2);
  expect(second).toMatchObject({ client: "shop", roles: ["order-system"], scopes: ["schema:read"], merchant: "ACME" });
  expect(Date.parse(first.expiresAt!) - Date.now()).toBeGreaterThan(6.99 * 86_400_000);
  expect(Date.parse(first.expiresAt!) - Date.now()).toBeLessThan(7.01 * 86_400_000);
  expect(Math.abs(Date.parse(second.expiresAt!) - Date.now() - 30 * 86_400_000)).toBeLessThan(60_000);
  expect(() => run("rotate", old.id)).toThrow(/replaced by .* already/);
  const last = made("rotate", next.id, "--overlap-days", "0");
  await Promise.all([becomes(next.key, 401), becomes(last.key, 200)]);
  expect(() => run("rotate", next.id)).toThrow(/ended at/);
});

test("the list shows how a key begins, whose it is, what it may, its end and its last use, and never the key", async () => {
  const { key, id } = made("add", "--client", "seen", "--role", "finance", "--days", "3", "--merchant", "ACME");
  const line = () =>
    run("list")
      .split("\n")
      .find((row) => row.startsWith(id))!;
  expect(line()).toContain(`${key.slice(0, 12)}…  seen  finance  made `);
  expect(line()).toMatch(/ends \d{4}-\d\d-\d\dT\d\d:\d\dZ {2}merchant ACME {2}never used$/);
  const clients = new Clients(path(), undefined, quietLog);
  expect(clients.callerOf({ "x-api-key": key })).toMatchObject({ client: "seen" });
  expect(readKeyUse(keyUsePath(world.dataDir))[id]).toBeUndefined(); // Nothing is written for a request.
  clients.close();
  expect(line()).toMatch(/last used \d{4}-\d\d-\d\dT\d\d:\d\dZ$/);
  for (const file of ["keys.json", "key-use.json"]) {
    expect(readFileSync(join(world.dataDir, file), "utf8")).not.toContain(key.slice(12));
    expect(statSync(join(world.dataDir, file)).mode & 0o777).toBe(0o600);
  }
  expect(run("list")).not.toContain(key.slice(0, 13));
});

test("a later use that another gateway wrote stays", async () => {
  const { key, id } = made("add", "--client", "twice", "--role", "finance");
  const clients = new Clients(path(), undefined, quietLog);
  clients.callerOf({ "x-api-key": key });
  const later = new Date(Date.now() + 60_000).toISOString();
  writeFileSync(keyUsePath(world.dataDir), JSON.stringify({ [id]: later, other: later }));
  clients.close();
  expect(readKeyUse(keyUsePath(world.dataDir))).toMatchObject({ [id]: later, other: later });
});

test.each([
  [["add", "--role", "admin"], /--client names/],
  [["add", "--client", "jwt:till", "--role", "admin"], /--client names/],
  [["add", "--client", "x"], /--role is missing/],
  [["add", "--client", "x", "--role", "king"], /--role king/],
  [["add", "--client", "x", "--scope", "everything"], /--scope everything/],
  [["add", "--client", "x", "--role", "admin", "--days", "0"], /--days is/],
  [["add", "--client", "x", "--role", "admin", "--merchant", ""], /--merchant is empty/],
  [["rotate", "nothing"], /no key with the id nothing/],
  [["rotate"], /no key with the id/],
  [["rotate", "x", "--overlap-days", "-1"], /overlap-days/],
  [["revoke", "nothing"], /no key with the id nothing/],
])("%j says what is wrong, and changes nothing", (args, why) => {
  const before = readFileSync(path(), "utf8");
  expect(() => run(...args)).toThrow(why);
  expect(readFileSync(path(), "utf8")).toBe(before);
});
