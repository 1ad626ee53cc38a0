import { setTimeout as pause } from "node:timers/promises";
import { startCollector, type Collected, type Collector } from "../support/collector";
import { makeShop, stock } from "../support/killable";
import { IDENTITY_SECRET, startWorld, type World } from "../support/world";

/** What four processes say of a request, in traces and in their logs: where it went, and nothing of what it carried. */
let world: World;
let collector: Collector;
/** Of the set-up: until the layers, which have just started, have heard of each other. */
const ask = (query: string, variables: object = {}) =>
  until(async () => {
    const { body } = await world.gql(query, variables as Record<string, unknown>, { headers: { "x-strata-settle": "true" } });
    return !/"message":"no \w+ \w+ is known/.test(JSON.stringify(body)) && body;
  }, query);

beforeAll(async () => {
  collector = await startCollector();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: "100", STRATA_LOG_LEVEL: "trace" };
  world = await startWorld({ topology: "distributed", env });
  await makeShop(ask);
  await stock(ask, ["S1"], 100);
}, 120_000); // Four processes and a shop, on a machine with other work.
afterAll(async () => {
  await world.close();
  collector.close();
});

async function until<T>(found: () => T | undefined | false | Promise<T | undefined | false>, what: string): Promise<T> {
  for (const end = Date.now() + 10_000; ; await pause(20)) {
    const one = await found();
    if (one) return one;
    if (Date.now() > end) throw new Error(`there is no ${what}`);
  }
}

const RESERVE =
  "mutation Reserve($input: ReserveStockInput!) { reserveStock(input: $input) { reservation { id } userErrors { code message } } }";
const traceparent = (n: number) => `00-${String(n).repeat(32)}-${String(n).repeat(16)}-01`;
const inTrace = (traceId: string) => collector.spans.filter((span) => span.traceId === traceId);
const under = (parent: Collected) => collector.spans.filter((span) => span.parentSpanId === parent.spanId);

describe("traces", () => {
  test("one trace goes from the caller through gateway and layers to the statements", async () => {
    await world.gql("query Look { channels { code } warehouses { code } }", {}, { headers: { traceparent: traceparent(1) } });
    const gateway = await until(() => inTrace("1".repeat(32)).find(({ name }) => name === "query Look"), "request");
    expect(gateway).toMatchObject({
      service: "strata-gateway",
      kind: 2,
      parentSpanId: "1".repeat(16),
      attributes: { "strata.client": "admin" },
    });
    for (const layer of ["sales", "warehouse"]) {
      const call = await until(() => under(gateway).find(({ name }) => name === `layer ${layer}`), `call of ${layer}`);
      const served = await until(() => under(call)[0], `request in ${layer}`);
      expect(served).toMatchObject({ service: `strata-${layer}`, kind: 2, traceId: "1".repeat(32) });
      const sql = await until(() => under(served)[0], `statement in ${layer}`);
      expect(sql).toMatchObject({ name: "sql primary", attributes: { "db.namespace": `strata_${layer}` } });
      expect(sql.attributes["db.query.text"]).toMatch(/^SELECT /);
    }
  });

  test("a batch of the combiner is a trace of its own, and names the requests that it served", async () => {
    const reserve = (n: number) => {
      const input = { idempotencyKey: `traced-${n}`, orderRef: `ORDER-${n}-SECRET`, channel: "web", lines: [{ sku: "S1", quantity: 1 }] };
      return world.gql(RESERVE, { input }, { headers: { traceparent: traceparent(n) } });
    };
    for (const { body } of await Promise.all([2, 3, 4].map(reserve))) expect(body.data.reserveStock.userErrors).toEqual([]);
    const batches = await until(() => {
      const found = collector.spans.filter(({ name }) => name === "batch");
      return [2, 3, 4].every((n) => found.some(({ links }) => links.some(({ traceId }) => traceId === String(n).repeat(32)))) && found;
    }, "batch for each request");
    const batch = batches.find(({ links }) => links.some(({ traceId }) => traceId === "2".repeat(32)))!;
    expect(batch.parentSpanId).toBeUndefined();
    expect(batch.attributes["strata.commands"]).toBe(batch.links.length);
    const served = collector.spans.find(({ spanId }) => batch.links.some((link) => link.spanId === spanId))!;
    expect(served).toMatchObject({ service: "strata-sales", name: expect.stringMatching(/^mutation/) });
    const transaction = under(batch).find(({ name }) => name === "transaction")!;
    const texts = under(transaction).map(({ attributes }) => String(attributes["db.query.text"]));
    expect(texts[0]).toMatch(/^START TRANSACTION;/);
    expect(texts.some((text) => text.includes("INSERT INTO reservation"))).toBe(true);
    expect(texts.at(-1)).toBe("COMMIT");
    expect(collector.texts.join("")).not.toMatch(/SECRET|traced-/);
  });

  test("what goes on in the background is in no trace", async () => {
    const beginners = collector.spans.filter(({ parentSpanId }) => !parentSpanId);
    expect(new Set(beginners.map(({ name }) => name.split(" ")[0]))).toEqual(new Set(["batch", "mutation", "query"]));
  });
});

const LOOSE = "jane.doe@example.org";
const PERSONAL = ["Jane Q. Doe", LOOSE, "Elm Street 12", "+49 171 5550199", "CUSTOMER-4711"];
const linesOf = (name: "gateway" | "sales" | "dispatch" | "warehouse") =>
  world.processes[name]!.output.join("")
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const lineIn = (name: Parameters<typeof linesOf>[0], requestId: string) =>
  until(() => linesOf(name).find((line) => line.requestId === requestId && line.msg === "request"), `line in ${name}`);

describe("logs", () => {
  test("a request is a line in the gateway and in each layer that it asked, by one id", async () => {
    const [id, key] = ["request-of-a-test-1", world.keyOf("dispatcher")];
    await world.gql("query Both { warehouses { code } fulfillmentOrders { nodes { id } } }", {}, { key, headers: { "x-request-id": id } });
    const line = { client: "dispatcher", type: "query", status: 200, ms: expect.any(Number) };
    expect(await lineIn("gateway", id)).toMatchObject({ ...line, operation: "Both" });
    for (const layer of ["dispatch", "warehouse"] as const)
      expect(await lineIn(layer, id)).toMatchObject({ ...line, operation: expect.stringMatching(/^Both__/) });
    expect(linesOf("sales").some(({ requestId }) => requestId === id)).toBe(false);
  });

  test("refused ones too, with their code: what GraphQL refused, and what it never saw", async () => {
    const said = async (id: string, key: string | null, query: string) => {
      await world.gql(query, {}, { key, headers: { "x-request-id": id } });
      return lineIn("gateway", id);
    };
    expect(await said("refused-of-a-test-1", null, "{ channels { code } }")).toMatchObject({ code: "UNAUTHENTICATED", status: 401 });
    const forbidden = await said("refused-of-a-test-2", world.keyOf("storefront"), "query No { alerts { nodes { id } } }");
    expect(forbidden).toMatchObject({ code: "FORBIDDEN", operation: "No", client: "storefront" });
    const invalid = await said("refused-of-a-test-3", world.keyOf("storefront"), "query No { nothingLikeIt }");
    expect(invalid).toMatchObject({ code: "GRAPHQL_VALIDATION_FAILED", status: 400 });
  });

  test("no key, token or personal datum is in any process's output, whatever is sent where and whatever fails", async () => {
    const TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJqYW5lIn0.c2lnbmF0dXJl";
    const WRONG = "strata_wrong-key-of-somebody-who-tries";
    const key = world.keyOf("order-system");
    const secrets = [key, WRONG, TOKEN, world.adminKey, IDENTITY_SECRET, ...PERSONAL];
    const everywhere = { "x-api-key": key, "x-strata-identity": TOKEN, cookie: `session=${TOKEN}`, referer: `https://shop/?mail=${LOOSE}` };
    const shipTo = { name: PERSONAL[0], email: LOOSE, line1: PERSONAL[2], phone: PERSONAL[3], countryCode: "DE" };
    const hold = (n: number, more: object = {}) => ({
      input: {
        idempotencyKey: `log-${n}`,
        orderRef: `log-${n}`,
        channel: "web",
        customerRef: PERSONAL[4],
        lines: [{ sku: "S1", quantity: 1 }],
        ...more,
      },
    });
    const confirm = (reservationId: string) => ({ input: { idempotencyKey: `c-${reservationId}`, reservationId, shipTo } });
    const CONFIRM = "mutation Confirm($input: ConfirmReservationInput!) { confirmReservation(input: $input) { userErrors { code } } }";
    const asked = (query: string, variables: object = {}, headers: Record<string, string> = {}) =>
      world.gql(query, variables as Record<string, unknown>, { key, headers: { ...everywhere, ...headers } });

    const held = await asked(RESERVE, hold(1));
    expect((await asked(CONFIRM, confirm(held.body.data.reserveStock.reservation.id))).body.data.confirmReservation.userErrors).toEqual([]);
    // Inline, misspelt, of the wrong kind, as names of operations and in documents that cannot be read.
    await asked(
      `mutation { reserveStock(input: { idempotencyKey: "i", orderRef: "i", channel: "nowhere", customerRef: "${PERSONAL[4]}", lines: [] }) { userErrors { message } } }`,
    );
    await asked(`{ channels(name: "${PERSONAL[0]}") { code } }`);
    await asked(RESERVE, { input: { customerRef: { of: LOOSE }, apiKey: key } });
    await asked(`query { channels { code } } # ${LOOSE} ${key}`);
    await asked(`{ "${PERSONAL[0]}" ${LOOSE}`);
    await world.send("/graphql", {
      method: "POST",
      headers: { "content-type": "application/json", ...everywhere },
      body: `{"query": "${LOOSE}`,
    });
    await world.send(`/graphql?query=%7B__typename%7D&operationName=${encodeURIComponent(LOOSE)}&key=${key}`, { headers: everywhere });
    await world.send(`/nothing/${encodeURIComponent(PERSONAL[0])}?token=${TOKEN}`, { headers: everywhere });
    // Keys that are none, and keys where an id belongs.
    const none: Record<string, string>[] = [
      { authorization: `Bearer ${WRONG}` },
      { authorization: `Bearer ${TOKEN}` },
      { "x-api-key": WRONG },
    ];
    for (const headers of none) await world.gql("{ channels { code } }", {}, { key: null, headers });
    for (const id of [key, TOKEN, LOOSE]) await asked("{ __typename }", {}, { "x-request-id": id });
    await asked("{ channels { code } }", {}, { "x-strata-position": TOKEN });
    // The database fails, and quotes what it was given.
    const admin = await world.db.primary.admin();
    await admin.query("CREATE UNIQUE INDEX once ON strata_sales.reservation (customer_ref)");
    const failed = await asked(RESERVE, hold(2), { "x-request-id": "failing-of-a-test-1" });
    await admin.query("DROP INDEX once ON strata_sales.reservation");
    await admin.end();
    expect(failed.body.errors![0].extensions.code).toBe("INTERNAL");
    const fault = await until(
      () => linesOf("sales").find((line) => line.requestId === "failing-of-a-test-1" && line.error),
      "fault's line",
    );
    expect(fault.error).toMatchObject({ code: "ER_DUP_ENTRY", errno: 1062, stack: expect.stringContaining("at ") });
    await lineIn("gateway", "failing-of-a-test-1");

    const output = Object.values(world.processes)
      .flatMap(({ output: lines }) => lines)
      .join("");
    expect(output.match(/"msg":"request"/g)!.length).toBeGreaterThan(30);
    const told = collector.texts.join("");
    for (const secret of secrets) expect([secret, output.includes(secret), told.includes(secret)]).toEqual([secret, false, false]);
  });
});
