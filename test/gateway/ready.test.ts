import { readinessOfGateway } from "../../gateway/readiness";
import { wait } from "../../shared/db/retry";
import { LAYERS } from "../../shared/db/database";
import { startCollector, type Collector } from "../support/collector";
import { ADMIN_KEY, startWorld, type World } from "../support/world";

/** One process, a primary and a replica that have every trouble in turn: when it wants no requests, and why. */
let world: World;
let collector: Collector;
beforeAll(async () => {
  collector = await startCollector();
  process.env.OTEL_BSP_SCHEDULE_DELAY = "50";
  world = await startWorld({ replica: true, env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url } });
});
afterAll(async () => {
  await world.close();
  collector.close();
});

type Found = { http: number; status: string; checks: Record<string, string> };
async function ready(): Promise<Found> {
  const { status, text } = await world.send("/health/ready");
  // Whoever asks without a key learns nothing of where the database is, or how it is opened.
  expect(text).not.toMatch(/127\.0\.0\.1|mysql|:\d{4,}|strata_|SELECT|INSERT|ER_|ECONN|password/i);
  return { http: status, ...(JSON.parse(text) as Omit<Found, "http">) };
}
/** Each layer finds its own trouble in its own time: until all of it is said. */
async function comesTo(expected: Partial<Found>): Promise<void> {
  for (const end = Date.now() + 20_000; ; await wait(50)) {
    const found = await ready();
    try {
      return expect(found).toMatchObject(expected);
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}
const of = (what: string, says: string) => Object.fromEntries(LAYERS.map((layer) => [`${layer} ${what}`, says]));
const WELL = { http: 200, status: "ready", checks: { ...of("database", "ok"), ...of("migrations", "ok"), ...of("replicas", "ok") } };
const asRoot = async (...statements: string[]) => {
  const admin = await world.db.primary.admin();
  for (const statement of statements) await admin.query(statement);
  await admin.end();
};

test("all well", () => comesTo(WELL));

test("a trace goes down to the statements in one process too", async () => {
  const traceId = "a".repeat(32);
  await world.gql(
    "query Whole { channels { code } warehouses { code } }",
    {},
    { headers: { traceparent: `00-${traceId}-${"b".repeat(16)}-01` } },
  );
  const spans = () => collector.spans.filter((span) => span.traceId === traceId);
  for (const end = Date.now() + 10_000; spans().length < 5 && Date.now() < end;) await wait(20);
  const named = (id?: string) => spans().find(({ spanId }) => spanId === id)?.name;
  expect(
    spans()
      .map(({ name, parentSpanId, attributes }) => [name, named(parentSpanId), attributes["db.namespace"]])
      .sort(),
  ).toEqual([
    ["layer sales", "query Whole", undefined],
    ["layer warehouse", "query Whole", undefined],
    ["query Whole", undefined, undefined],
    ["sql replica", "layer sales", "strata_sales"],
    ["sql replica", "layer warehouse", "strata_warehouse"],
  ]);
});

test("a replica that stands still: degraded, as the primary answers in its place", async () => {
  const replica = await world.db.replicas[0].admin();
  await replica.query("STOP REPLICA SQL_THREAD");
  await comesTo({
    ...WELL,
    status: "degraded",
    checks: { ...WELL.checks, ...of("replicas", "1 of 1 away or behind") },
  });
  expect((await world.gql("{ channels { code } }")).body).toEqual({ data: { channels: [] } });
  await replica.query("START REPLICA SQL_THREAD");
  await replica.end();
  await comesTo(WELL);
});

test("a primary that has become read-only: not ready, until it takes writes", async () => {
  await asRoot("SET GLOBAL read_only = 1");
  await comesTo({ http: 503, status: "not ready", checks: { ...WELL.checks, ...of("database", "read only") } });
  await asRoot("SET GLOBAL read_only = 0");
  await comesTo(WELL);
});

test("writes that hang: not ready, and however often it is asked, one write waits for each layer", async () => {
  const blocker = await world.db.primary.admin();
  await blocker.query("FLUSH TABLES WITH READ LOCK");
  await comesTo({ http: 503, checks: of("database", "no answer in time") });
  for (let i = 0; i < 2; i++) await Promise.all([ready(), ready()]);
  const [waiting] = await blocker.query("SELECT id FROM information_schema.PROCESSLIST WHERE info LIKE 'INSERT INTO lease%readiness%'");
  expect(waiting).toHaveLength(3);
  await blocker.query("UNLOCK TABLES");
  await blocker.end();
  await comesTo(WELL);
});

test("tables that are missing: not ready; tables of a version to come: ready, as both run side by side", async () => {
  const NEWER = "9000000000000";
  await asRoot(`INSERT INTO strata_sales.schema_migration (timestamp, name) VALUES (${NEWER}, 'of tomorrow ${NEWER}')`);
  await comesTo({
    ...WELL,
    status: "degraded",
    checks: { ...WELL.checks, "sales migrations": "newer than this process" },
  });
  await asRoot("UPDATE strata_sales.schema_migration SET timestamp = -1 WHERE timestamp = 1");
  await comesTo({ http: 503, checks: { "sales migrations": "1 missing", "dispatch migrations": "ok" } });
  await asRoot(
    "UPDATE strata_sales.schema_migration SET timestamp = 1 WHERE timestamp = -1",
    `DELETE FROM strata_sales.schema_migration WHERE timestamp = ${NEWER}`,
  );
  await comesTo(WELL);
});

test("a primary that is gone: not ready but live, and ready again when it is back", async () => {
  await world.db.primary.killServer("SIGKILL");
  await comesTo({ http: 503, checks: of("database", "not reachable") });
  expect((await world.send("/health/live")).status).toBe(200);
  expect((await world.gql("{ __typename }", {}, { key: ADMIN_KEY })).status).toBe(200);
  await world.db.primary.startServer();
  await comesTo({ http: 200 });
});

test("a gateway: waits for each layer once, bears the loss of some, and goes when it reaches none", async () => {
  const away = new Set<string>(["warehouse"]);
  const peer = (name: string) => ({
    ask: () => (away.has(name) ? Promise.reject(new Error("connect ECONNREFUSED")) : Promise.resolve({ headers: {}, json: {} })),
  });
  const readiness = readinessOfGateway({ sales: peer("sales"), dispatch: peer("dispatch"), warehouse: peer("warehouse") });
  const isReady = async () => Object.values(await readiness()).every(({ ready: well }) => well);
  expect(await isReady()).toBe(false);
  away.clear();
  expect(await isReady()).toBe(true);
  away.add("sales").add("dispatch");
  expect(await isReady()).toBe(true);
  expect((await readiness()).sales).toEqual({ says: "not reachable", ready: true });
  away.add("warehouse");
  expect(await isReady()).toBe(false);
});
