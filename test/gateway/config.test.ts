import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keysPath, makeFirstKeys, readKeys } from "../../gateway/clients";
import { main as keysCommand } from "../../cli/keys";
import { ConfigFaults, loadConfig } from "../../shared/config";

const SECRET = "s".repeat(32);
const faultsOf = (env: Record<string, string>): string[] => {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    return (error as ConfigFaults).lines;
  }
};

test("nothing has to be set", () => {
  expect(loadConfig({})).toMatchObject({
    role: "embedded",
    host: "127.0.0.1",
    port: 4000,
    sampleData: "sample",
    logLevel: "info",
    urls: {},
    database: undefined,
  });
});

test.each<[string, Record<string, string>, RegExp[]]>([
  ["a budget of nothing", { STRATA_BUDGET: "0" }, [/^STRATA_BUDGET is "0": use a whole number from 1/]],
  ["a Redis that is none", { STRATA_REDIS_URL: "http://h" }, [/^STRATA_REDIS_URL is not a URL that starts with redis/]],
  ["a role that there is not", { STRATA_REGISTERED_ROLES: "storefront shop" }, [/^STRATA_REGISTERED_ROLES names "shop"/]],
  ["a supergraph that is not there", { STRATA_SUPERGRAPH: "/no/such.graphql" }, [/^STRATA_SUPERGRAPH names a file that is not there/]],
  ["an unknown role", { STRATA_ROLE: "shop" }, [/^STRATA_ROLE is "shop": use one of embedded, gateway, /]],
  ["no days to keep imports", { STRATA_IMPORT_DAYS: "0" }, [/^STRATA_IMPORT_DAYS is "0": use whole days from 1 to 9999/]],
  ["a port that is none", { STRATA_PORT: "70000" }, [/^STRATA_PORT is "70000": use a port/]],
  ["a URL of another kind", { STRATA_PRIMARY_URL: "postgres://u:p@h/d" }, [/^STRATA_PRIMARY_URL is not a URL that starts with mysql/]],
  ["replicas without a primary", { STRATA_REPLICA_URLS: "mysql://h" }, [/^STRATA_REPLICA_URLS is set without STRATA_PRIMARY_URL/]],
  [
    "one replica of two",
    { STRATA_PRIMARY_URL: "mysql://h", STRATA_REPLICA_URLS: "mysql://h, nothing" },
    [/^STRATA_REPLICA_URLS: entry 2 /],
  ],
  [
    "days that are fewer than keys are promised for",
    { STRATA_KEEP_DAYS: "6" },
    [/^STRATA_KEEP_DAYS is "6": use whole days from 7 to 9999/],
  ],
  [
    "an issuer's keys alone",
    { STRATA_JWKS_URL: "https://issuer/keys" },
    [/^STRATA_JWT_ISSUER and STRATA_JWT_AUDIENCE are missing: set STRATA_JWKS_URL, STRATA_JWT_ISSUER, STRATA_JWT_AUDIENCE, or none/],
  ],
  ["an issuer without its keys", { STRATA_JWT_ISSUER: "https://issuer/", STRATA_JWT_AUDIENCE: "strata" }, [/^STRATA_JWKS_URL is missing/]],
  [
    "keys over the net in plain text",
    { STRATA_JWKS_URL: "http://issuer/keys", STRATA_JWT_ISSUER: "a", STRATA_JWT_AUDIENCE: "b" },
    [/^STRATA_JWKS_URL is http/],
  ],
  [
    "keys from a file",
    { STRATA_JWKS_URL: "file:///keys", STRATA_JWT_ISSUER: "a", STRATA_JWT_AUDIENCE: "b" },
    [/^STRATA_JWKS_URL is not a URL that starts with https:/],
  ],
  ["another word for tokens' clients", { STRATA_JWT_CLIENTS: "both" }, [/^STRATA_JWT_CLIENTS is "both"/]],
  ["a short key", { STRATA_ADMIN_KEY: "short" }, [/^STRATA_ADMIN_KEY is too short/]],
  [
    "a secret's file that is not there",
    { STRATA_IDENTITY_SECRET_FILE: "/nowhere/secret" },
    [/^STRATA_IDENTITY_SECRET_FILE names .*ENOENT/],
  ],
  [
    "a gateway alone",
    { STRATA_ROLE: "gateway" },
    [
      /STRATA_SALES_URL is missing/,
      /STRATA_DISPATCH_URL is missing/,
      /STRATA_WAREHOUSE_URL is missing/,
      /STRATA_IDENTITY_SECRET is missing/,
    ],
  ],
  [
    "a layer without its database",
    { STRATA_ROLE: "sales", STRATA_IDENTITY_SECRET: SECRET, STRATA_DISPATCH_URL: "http://dispatch:4000" },
    [/^STRATA_PRIMARY_URL is missing/],
  ],
])("%s: a line for each fault", (_, env, lines) => {
  const faults = faultsOf(env);
  expect(faults).toHaveLength(lines.length);
  lines.forEach((line, i) => expect(faults[i]).toMatch(line));
});

test("no fault shows a secret", () => {
  const faults = faultsOf({
    STRATA_PRIMARY_URL: "mysq://root:hunter2@h",
    STRATA_REPLICA_URLS: "x://root:hunter2@h",
    STRATA_ADMIN_KEY: "hunter2",
    STRATA_IDENTITY_SECRET: "hunter2",
  });
  expect(faults.length).toBeGreaterThanOrEqual(4);
  expect(faults.join()).not.toContain("hunter2");
});

test("a secret may stand in a file, and a URL may end in /graphql", () => {
  const folder = mkdtempSync(join(tmpdir(), "strata-config-"));
  writeFileSync(join(folder, "secret"), `${SECRET}\n`);
  const env = {
    STRATA_ROLE: "sales",
    STRATA_IDENTITY_SECRET_FILE: join(folder, "secret"),
    STRATA_PRIMARY_URL: "mysql://u:p@h",
    STRATA_DISPATCH_URL: "http://dispatch:4000/graphql",
  };
  expect(loadConfig(env)).toMatchObject({
    identitySecret: SECRET,
    urls: { dispatch: "http://dispatch:4000" },
    database: { migrationUrl: "mysql://u:p@h" },
  });
  rmSync(folder, { recursive: true });
});

describe("npm run keys", () => {
  let folder: string;
  const said: string[] = [];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "strata-keys-"));
    process.env.STRATA_DATA_DIR = folder;
    jest.spyOn(console, "log").mockImplementation((line: string) => void said.push(line));
  });
  afterAll(() => {
    delete process.env.STRATA_DATA_DIR;
    jest.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });

  test("the first start makes keys once, for this user's eyes", () => {
    const keys = makeFirstKeys(folder, true)!;
    expect(Object.keys(keys)).toEqual(["admin", "storefront", "order-system", "warehouse-operator"]);
    expect(makeFirstKeys(folder, true)).toBeUndefined();
    for (const file of ["keys.json", "demo-keys.json"]) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
    expect(JSON.stringify(readKeys(keysPath(folder)))).not.toContain(keys.admin);
  });

  test("a key is added, listed and revoked", () => {
    keysCommand(["add", "--client", "partner-7", "--role", "partner", "--days", "30"]);
    const made = readKeys(keysPath(folder)).at(-1)!;
    expect(made).toMatchObject({ client: "partner-7", roles: ["partner"], expiresAt: expect.any(String) });
    keysCommand(["list"]);
    expect(said.at(-1)).toContain(made.id);
    keysCommand(["revoke", made.id]);
    expect(readKeys(keysPath(folder))).toHaveLength(4);
    expect(() => keysCommand(["revoke", made.id])).toThrow(/no key with the id/);
    expect(() => keysCommand(["add", "--client", "x", "--role", "king"])).toThrow(/--role king/);
  });
});
