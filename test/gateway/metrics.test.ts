import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BoundedNames } from "../../gateway/bounded-names";
import { inTransaction } from "../../shared/db/transaction";
import { projectRoot } from "../../shared/root";
import { makeShop, stock } from "../support/killable";
import { Reading } from "../support/metrics";
import { startWorld, type World } from "../support/world";

/** What is read is compared with what was read before: exactly this traffic lies between. */
let world: World;
const ask = async (query: string, variables: object = {}) =>
  (await world.gql(query, variables as Record<string, unknown>, { headers: { "x-strata-settle": "true" } })).body;
const RESERVE = "mutation Reserve($input: ReserveStockInput!) { reserveStock(input: $input) { reservation { id } userErrors { code } } }";
const hold = (n: string, quantity: number, lines = 1) => ({
  input: { idempotencyKey: n, orderRef: n, channel: "web", lines: Array.from({ length: lines }, () => ({ sku: "M1", quantity })) },
});

beforeAll(async () => {
  world = await startWorld({ replica: true });
  await makeShop(ask);
  await stock(ask, ["M1"], 100);
});
afterAll(() => world.close());

test("without a key, and with one that may not read the schema, there are no metrics", async () => {
  expect((await world.send("/metrics")).status).toBe(401);
  expect((await world.send("/metrics", { headers: { "x-api-key": world.keyOf("storefront") } })).status).toBe(401);
});

test("known traffic is counted exactly: by operation, client and code, in the layers and in the combiner", async () => {
  const before = await Reading.of(world);
  const key = world.keyOf("order-system");
  const as = (query: string, variables?: object) => world.gql(query, variables as Record<string, unknown>, { key });
  for (let i = 0; i < 7; i++) await as("query Alerts { alerts { nodes { id } } }"); // FORBIDDEN
  for (let i = 0; i < 3; i++) await as("{ channels { code } }");
  for (let i = 0; i < 2; i++) await as("query Wrong { nothingLikeIt }");
  for (let i = 0; i < 4; i++) await as(RESERVE, hold(`counted-${i}`, 5));
  await as(RESERVE, hold("counted-0", 5)); // A replay.
  for (let i = 0; i < 2; i++) await as(RESERVE, hold(`too-much-${i}`, 5_000));
  await as("query Both { channels { code } warehouses { code } }");
  await world.gql("{ channels { code } }", {}, { key: "not-a-key" });
  const after = await Reading.of(world);
  const grown = (name: string, labels: Record<string, string> = {}) => after.sum(name, labels) - before.sum(name, labels);

  expect({
    forbidden: grown("strata_requests_total", { operation: "Alerts", code: "FORBIDDEN", type: "query" }),
    unnamed: grown("strata_requests_total", { operation: "unnamed", code: "none" }),
    invalid: grown("strata_requests_total", { code: "GRAPHQL_VALIDATION_FAILED" }),
    reserve: grown("strata_requests_total", { operation: "Reserve", type: "mutation", code: "none" }),
    timed: grown("strata_request_duration_seconds_count", { operation: "Reserve" }),
    ofClient: grown("strata_client_requests_total", { client: "order-system" }),
    all: grown("strata_requests_total"),
    errors: ["FORBIDDEN", "GRAPHQL_VALIDATION_FAILED", "UNAUTHENTICATED"].map((code) => grown("strata_errors_total", { code })),
    allErrors: grown("strata_errors_total"),
  }).toEqual({ forbidden: 7, unnamed: 3, invalid: 2, reserve: 7, timed: 7, ofClient: 20, all: 20, errors: [7, 2, 1], allErrors: 10 });
  expect({
    sales: grown("strata_subgraph_call_duration_seconds_count", { layer: "sales" }),
    dispatch: grown("strata_subgraph_call_duration_seconds_count", { layer: "dispatch" }),
    warehouse: grown("strata_subgraph_call_duration_seconds_count", { layer: "warehouse" }),
    failures: grown("strata_subgraph_failures_total"),
    refused: grown("strata_refusals_total", { code: "INSUFFICIENT_STOCK" }),
    commands: grown("strata_combiner_commands_total"),
    inBatches: grown("strata_combiner_batch_commands_sum"),
    batches: grown("strata_combiner_batch_commands_count"),
    timedBatches: grown("strata_combiner_batch_duration_seconds_count"),
    holds: grown("strata_open_holds"),
  }).toEqual({
    sales: 11,
    dispatch: 7,
    warehouse: 1,
    failures: 0,
    refused: 2,
    commands: 7,
    inBatches: 7,
    batches: 7,
    timedBatches: 7,
    holds: 4,
  });
  expect(grown("strata_database_statements_total", { layer: "sales" })).toBeGreaterThan(7);
});

test("what layers say of themselves: all well", async () => {
  await ask("{ channels { code } fulfillmentOrders { nodes { id } } warehouses { code } }"); // Settles.
  const reading = await Reading.of(world);
  const LAYERS = ["sales", "dispatch", "warehouse"];
  for (const name of ["strata_database_up", "strata_replicas_used"])
    expect(LAYERS.map((layer) => reading.of(name, { layer }).map(({ value }) => value))).toEqual([[1], [1], [1]]);
  for (const name of [
    "strata_write_breaker_open",
    "strata_outbox_events",
    "strata_outbox_age_seconds",
    "strata_database_connections_waiting",
  ])
    expect([name, reading.of(name).length > 2, reading.sum(name)]).toEqual([name, true, 0]);
  const feeds = [
    ["sales", "dispatch"],
    ["dispatch", "sales"],
    ["dispatch", "warehouse"],
    ["warehouse", "dispatch"],
  ].map(([layer, from]) => ({ layer, from }));
  for (const [name, value] of [
    ["up", 1],
    ["lag_events", 0],
    ["lag_seconds", 0],
    ["pruned", 0],
  ] as const)
    expect(reading.of(`strata_feed_${name}`).map((sample) => [sample.labels, sample.value])).toEqual(
      expect.arrayContaining(feeds.map((labels) => [labels, value])),
    );
  expect(reading.sum("strata_parked_events")).toBe(0);
  expect(reading.of("strata_oversell_total")).toEqual([{ name: "strata_oversell_total", labels: {}, value: 0 }]);
  expect(reading.sum("strata_database_connections", { layer: "sales", server: "primary", state: "open" })).toBeGreaterThan(0);
  expect(reading.of("nodejs_eventloop_lag_p99_seconds")).toHaveLength(1);
  for (const { value } of reading.of("strata_replica_lag_seconds")) expect(value).toBeGreaterThanOrEqual(0);
});

test("a thousand made-up names of operations and clients are bounded, and leave room for others'", async () => {
  const before = await Reading.of(world);
  const key = world.keyOf("storefront");
  for (let i = 0; i < 1_000; i += 50)
    await Promise.all(Array.from({ length: 50 }, (_, j) => world.gql(`query Made${i + j} { channels { code } }`, {}, { key })));
  await world.gql("query HonestName { channels { code } }", {}, { key: world.keyOf("storefront", "other-storefront") });
  const after = await Reading.of(world);
  const fresh = [...after.values("strata_requests_total", "operation")].filter(
    (name) => !before.values("strata_requests_total", "operation").has(name),
  );
  expect(fresh.filter((name) => name.startsWith("Made"))).toHaveLength(25);
  expect(fresh).toContain("HonestName");
  expect(after.sum("strata_requests_total", { operation: "other" }) - before.sum("strata_requests_total", { operation: "other" })).toBe(
    975,
  );
  expect(after.samples.length - before.samples.length).toBeLessThan(27 * 20);
});

test("labels: so many at most, so many of each, none too long", () => {
  const names = new BoundedNames({ most: 3, each: 2 });
  expect(["a", "b", "c", "a"].map((name) => names.label(name, "one"))).toEqual(["a", "b", "other", "a"]);
  expect(["x".repeat(65), "d", "e"].map((name) => names.label(name, "two"))).toEqual(["other", "d", "other"]);
  expect(names.label("d", "one")).toBe("d");
});

test("an outbox that nobody empties, parked events and a transaction that runs again are seen", async () => {
  const { sales } = world.layers;
  const before = await Reading.of(world);
  const admin = await world.db.primary.admin();
  // A table lock: the sequencer waits, and what is told stays in the outbox.
  const blocker = await world.db.primary.admin();
  await blocker.query("START TRANSACTION");
  await blocker.query("SELECT * FROM strata_sales.lease WHERE name = 'sequencer' FOR UPDATE");
  await admin.query(
    `INSERT INTO strata_sales.outbox (id, at, type, aggregates, client, merchant, body)
     VALUES ('0', NOW(6) - INTERVAL 90 SECOND, 'ItemSaved', '{}', '', '', '{}')`,
  );
  await admin.query(
    "INSERT INTO strata_sales.parked_event (source, position, event, reason, parked_at) VALUES ('dispatch', 999999, '{}', 'test', NOW(6))",
  );
  let attempts = 0;
  await inTransaction(sales!.db, async () => {
    if (++attempts < 3) throw Object.assign(new Error("deadlock"), { errno: 1213 });
  });
  const stuck = await Reading.of(world);
  await admin.query("DELETE FROM strata_sales.outbox WHERE id = '0'");
  await admin.query("DELETE FROM strata_sales.parked_event WHERE position = 999999");
  await blocker.query("ROLLBACK");
  await blocker.end();
  await admin.end();
  expect(stuck.sum("strata_outbox_events", { layer: "sales" })).toBe(1);
  expect(stuck.sum("strata_outbox_age_seconds", { layer: "sales" })).toBeGreaterThanOrEqual(90);
  expect(stuck.sum("strata_parked_events", { layer: "sales", from: "dispatch" })).toBe(1);
  const deadlocks = { layer: "sales", reason: "deadlock" };
  expect(stuck.sum("strata_transaction_retries_total", deadlocks) - before.sum("strata_transaction_retries_total", deadlocks)).toBe(2);
});

test("a reader that stands still is behind, and one whose events are gone is told so", async () => {
  const order = async (orderRef: string) => {
    const { data } = await ask(RESERVE, hold(orderRef, 1));
    const input = { idempotencyKey: orderRef, reservationId: data.reserveStock.reservation.id, shipTo: { countryCode: "DE" } };
    await world.gql("mutation ($input: ConfirmReservationInput!) { confirmReservation(input: $input) { userErrors { code } } }", { input });
  };
  const dispatch = { layer: "dispatch", from: "sales" };
  const until = async (holds: (reading: Reading) => boolean) => {
    for (const end = Date.now() + 10_000; Date.now() < end;) if (holds(await Reading.of(world))) return true;
    return false;
  };
  const blocker = await world.db.primary.admin();
  await blocker.query("START TRANSACTION");
  await blocker.query("SELECT * FROM strata_dispatch.lease WHERE name = 'consume-sales' FOR UPDATE");
  await order("behind-1");
  expect(await until((reading) => reading.sum("strata_feed_lag_events", dispatch) === 1)).toBe(true);
  expect((await Reading.of(world)).sum("strata_feed_lag_seconds", dispatch)).toBeGreaterThan(0);
  const [[{ head }]] = (await blocker.query("SELECT MAX(position) AS head FROM strata_sales.feed")) as unknown as [[{ head: number }]];
  await order("behind-2");
  expect(await until((reading) => reading.sum("strata_feed_lag_events", dispatch) === 2)).toBe(true);
  const pruner = await world.db.primary.admin();
  await pruner.query("DELETE FROM strata_sales.feed WHERE position <= ?", [head]);
  expect(await until((reading) => reading.sum("strata_feed_pruned", dispatch) === 1)).toBe(true);
  expect((await Reading.of(world)).sum("strata_feed_pruned")).toBe(1);
  for (const connection of [blocker, pruner]) await connection.end();
});

const documented = () => {
  const table = readFileSync(join(projectRoot, "docs/metrics.md"), "utf8");
  return [...table.matchAll(/^\| (`strata_.*?) \| \w+ \| (.*?) \|/gm)].flatMap(([, cell, labels]) =>
    [...cell.matchAll(/`(strata_\w+)`/g)].map(([, name]) => ({ name, labels: labels.split(", ") })),
  );
};

test("docs/metrics.md names every metric there is, and no other", async () => {
  const { names } = await Reading.of(world);
  expect(
    documented()
      .map(({ name }) => name)
      .sort(),
  ).toEqual(names.filter((name) => name.startsWith("strata_")).sort());
});

/** What a dashboard's query needs: each metric with the labels that it is chosen and summed by. Prometheus itself adds `instance`. */
function needs(query: string): [string, string][] {
  const summedBy = [...query.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels]) => labels.split(", "));
  return [...query.matchAll(/\b((?:strata|nodejs|process)_\w+)(?:\{([^}]*)\})?/g)].flatMap(([, name, chosen = ""]) => {
    const labels = [...[...chosen.matchAll(/(\w+)=/g)].map(([, label]) => label), ...summedBy].filter((label) => label !== "instance");
    return [...new Set(["", ...labels])].map((label): [string, string] => [name, label]);
  });
}

/** No sample of these is here before something breaks, or at all. */
const NOT_HERE: Record<string, string> = {
  strata_subgraph_failures_total: "no layer failed to answer",
  strata_layer_breaker: "only a gateway in a process of its own has it",
};

test("the dashboard asks for metrics and labels that there are, and shows every metric", async () => {
  const admin = await world.db.primary.admin();
  await admin.query(
    `INSERT INTO strata_dispatch.alert (id, kind, severity, status, subject, message, raised_at, open_key)
     VALUES ('a', 'OVERSOLD', 'CRITICAL', 'OPEN', 'M1', 'of the test', NOW(6), 'OVERSOLD:M1'), ('b', 'OVERSOLD', 'CRITICAL', 'RESOLVED', 'M2', '', NOW(6), NULL)`,
  );
  await admin.end();
  type Panel = { title: string; description?: string; targets?: { expr: string; legendFormat: string }[] };
  const { panels } = JSON.parse(readFileSync(join(projectRoot, "docs/grafana/strata.json"), "utf8")) as { panels: Panel[] };
  const targets = panels.flatMap(({ targets: queries = [] }) => queries);
  const reading = await Reading.of(world);
  expect(reading.of("strata_open_alerts")).toEqual([
    { name: "strata_open_alerts", labels: { kind: "OVERSOLD", severity: "CRITICAL" }, value: 1 },
  ]);
  const wanted = targets.flatMap(({ expr }) => needs(expr));
  const missing = wanted.filter(([name, label]) => !reading.of(name).some(({ labels }) => label === "" || label in labels));
  const known = new Map(documented().map(({ name, labels }) => [name, labels]));
  expect(missing.filter(([name, label]) => !(name in NOT_HERE) || (label !== "" && !known.get(name)?.includes(label)))).toEqual([]);
  expect(new Set(missing.map(([name]) => name))).toEqual(new Set(Object.keys(NOT_HERE)));
  const shown = targets.map(({ expr }) => expr).join("\n");
  expect([...known.keys()].filter((name) => !shown.includes(name))).toEqual([]);
  for (const { expr, legendFormat } of targets)
    for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) expect([expr, expr.includes(label)]).toEqual([expr, true]);
  for (const { title, description, targets: queries } of panels) if (queries) expect([title, !description]).toEqual([title, false]);
});

test("with the database gone the metrics still answer, and say so", async () => {
  await Promise.all([world.db.primary, ...world.db.replicas].map((server) => server.killServer("SIGKILL")));
  const reading = await Reading.of(world);
  expect(reading.of("strata_database_up").map(({ value }) => value)).toEqual([0, 0, 0]);
  expect(reading.of("strata_outbox_events")).toEqual([]);
  expect(reading.sum("strata_requests_total")).toBeGreaterThan(1_000);
});
