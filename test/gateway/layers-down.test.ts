import { wait } from "../../shared/db/retry";
import { ended, startWorld, type World } from "../support/world";

/** Each layer by itself, and what others add to it: a layer's trouble blanks its own fields alone. */
const ALL = "{ channels { code } fulfillmentOrders { nodes { id } } warehouses { code } }";
let world: World;
beforeAll(async () => {
  world = await startWorld({ topology: "distributed" });
});
afterAll(() => world.close());

test("four processes answer as one", async () => {
  const { body } = await world.gql(ALL);
  expect(body).toEqual({ data: { channels: [], fulfillmentOrders: { nodes: [] }, warehouses: [] } });
  expect((await world.send("/health/ready")).status).toBe(200);
});

test("a mutation over HTTP gives its position, and a query honours it", async () => {
  const saved = await world.gql(
    'mutation { saveWarehouse(input: { code: "RTM", name: "Rotterdam", currency: "EUR", address: { countryCode: "NL" } }) { warehouse { code } userErrors { code message } } }',
  );
  expect(saved.body).toEqual({ data: { saveWarehouse: { warehouse: { code: "RTM" }, userErrors: [] } } });
  const position = saved.headers["x-strata-position"] as string;
  const { body } = await world.gql(
    "{ warehouses { code } }",
    {},
    { headers: { "x-strata-position": position, "x-strata-settle": "true" } },
  );
  expect(body.data.warehouses).toEqual([{ code: "RTM" }]);
});

test("a layer that hangs is given up, and the others' fields answer", async () => {
  const { child } = world.processes.warehouse!;
  child.kill("SIGSTOP");
  try {
    const { status, body } = await world.gql(ALL);
    expect(status).toBe(200);
    expect(body.data).toMatchObject({ channels: [], fulfillmentOrders: { nodes: [] }, warehouses: null });
    expect(body.errors).toEqual([
      {
        message: expect.stringContaining("warehouse"),
        path: ["warehouses"],
        extensions: { code: "TIMEOUT", requestId: expect.any(String) },
      },
    ]);
  } finally {
    child.kill("SIGCONT");
  }
});

test.each(["sales", "dispatch", "warehouse"] as const)(
  "%s down: its fields are null and say so, the others answer, and it comes back",
  async (layer) => {
    const own = { sales: "channels", dispatch: "fulfillmentOrders", warehouse: "warehouses" }[layer];
    await ended(world.processes[layer]!.child, "SIGKILL");
    const { body } = await world.gql(ALL);
    for (const [field, value] of Object.entries(body.data)) expect([field, value === null]).toEqual([field, field === own]);
    expect(body.errors).toEqual([
      {
        message: `The ${layer} layer cannot be reached. Ask again, a mutation with the same key.`,
        path: [own],
        extensions: { code: "UNAVAILABLE", requestId: expect.any(String), retryAfterMs: 1000 },
      },
    ]);
    // The gateway goes on for the others; no other gateway would answer better.
    const { status, body: found } = await world.send("/health/ready");
    expect([status, found]).toMatchObject([200, { status: "degraded", checks: { [layer]: "not reachable" } }]);
    await world.restart(layer);
    expect((await world.gql(ALL)).body.errors).toBeUndefined();
  },
);

test.each(["gateway", "warehouse"] as const)("a write that waits when its %s is told to end is carried out and answered", async (name) => {
  const blocker = await world.db.primary.admin();
  const waiting = async () => (await blocker.query("SELECT trx_id FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"))[0];
  await blocker.query("START TRANSACTION");
  await blocker.query("SELECT code FROM strata_warehouse.warehouse WHERE code = 'RTM' FOR UPDATE");
  const saving = world.gql(
    `mutation { saveWarehouse(input: { code: "RTM", name: "By ${name}", currency: "EUR", address: { countryCode: "NL" } }) { warehouse { name } userErrors { code } } }`,
  );
  // The server answers from a copy that it makes anew only when nobody asked for a tenth of a second.
  while (((await waiting()) as unknown[]).length === 0) await wait(200);
  const { child } = world.processes[name]!;
  const code = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  // Longer than a drain waits where nothing is under way.
  await wait(1_500);
  expect(child.exitCode).toBeNull();
  await blocker.query("ROLLBACK");
  await blocker.end();
  expect((await saving).body).toEqual({ data: { saveWarehouse: { warehouse: { name: `By ${name}` }, userErrors: [] } } });
  expect(await code).toBe(0);
  await world.restart(name);
  const { body } = await world.gql("{ warehouses { name } }", {}, { headers: { "x-strata-settle": "true" } });
  expect(body.data.warehouses).toEqual([{ name: `By ${name}` }]);
});

test("SIGTERM ends each process with 0, with no answer cut", async () => {
  const asked = Array.from({ length: 40 }, () => world.gql(ALL));
  const child = world.processes.gateway!.child;
  await Promise.race(asked);
  const code = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const ready = () => fetch(`${world.processes.gateway!.url}/health/ready`).then((answer) => answer.json());
  while (((await ready()) as { status: string }).status !== "draining");
  expect(await code).toBe(0);
  for (const answer of await Promise.all(asked)) expect(answer.body.errors).toBeUndefined();
});
