import { describedWithStack, reasonOf } from "../../shared/log";
import { startWorld, type World } from "../support/world";

/** Trouble inside is a code, a sentence and an id; its details are in the log alone. */
let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const DETAILS = /SELECT|INSERT|strata_|127\.0\.0\.1|ECONN|ER_|node_modules|\.ts:|stack|serviceName|sql/i;

test("an error of the database says nothing of it", async () => {
  const { primary } = world.layers.sales!.db;
  const query = jest
    .spyOn(primary, "query")
    .mockImplementation(() =>
      Promise.reject(new Error("ER_NO_SUCH_TABLE: Table 'strata_sales.channel' at 127.0.0.1: SELECT code FROM channel")),
    );
  try {
    const { status, body } = await world.gql("{ channels { code } warehouses { code } }");
    expect(status).toBe(200);
    expect(body.data).toEqual({ channels: null, warehouses: [] });
    const [error] = body.errors!;
    expect(error).toEqual({
      message: `Something went wrong here; request id ${error.extensions.requestId}`,
      path: ["channels"],
      extensions: { code: "INTERNAL", requestId: expect.any(String) },
    });
  } finally {
    query.mockRestore();
  }
});

test("a database that cannot be reached is UNAVAILABLE", async () => {
  const { primary } = world.layers.sales!.db;
  const gone = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:3306"), { code: "ECONNREFUSED", fatal: true });
  const query = jest.spyOn(primary, "query").mockImplementation(() => Promise.reject(gone));
  try {
    const { body } = await world.gql("{ channels { code } }");
    expect(body.errors![0].extensions.code).toBe("UNAVAILABLE");
    expect(JSON.stringify(body)).not.toMatch(DETAILS);
    expect((await world.send("/health/ready")).status).toBe(503);
    expect((await world.send("/health/live")).status).toBe(200);
  } finally {
    query.mockRestore();
  }
});

test("what is told of an error of the database has its number, and nothing of the values that it quotes", async () => {
  const { db } = world.layers.sales!;
  const insert = () => db.query("INSERT INTO lease (name, owner, epoch, expires_at) VALUES (?, '', 0, NOW(6))", ["Jane Doe"]);
  await insert();
  const error = (await insert().catch((thrown: unknown) => thrown)) as Error;
  await db.query("DELETE FROM lease WHERE name = 'Jane Doe'");
  expect(error.message).toContain("Jane Doe");
  expect([reasonOf(error), JSON.stringify(describedWithStack(error))]).toEqual([
    "database error 1062",
    expect.not.stringContaining("Jane"),
  ]);
  expect(describedWithStack(error)).toMatchObject({ code: "ER_DUP_ENTRY", errno: 1062, stack: expect.stringMatching(/^ +at /) });
  const unread = (() => {
    try {
      return JSON.parse("Jane Doe") as unknown;
    } catch (thrown) {
      return thrown;
    }
  })();
  expect([String(unread), reasonOf(unread), reasonOf(new Error("gone"))]).toEqual([expect.stringContaining("Jane"), "SyntaxError", "gone"]);
});

test("a value of the wrong kind, seen only by the layer, is BAD_USER_INPUT", async () => {
  const query = "query($at: DateTime) { inventoryValuation(asOf: $at) { currency: __typename } }";
  const { body } = await world.gql(query, { at: "yesterday" });
  expect(body.errors![0].extensions.code).toBe("BAD_USER_INPUT");
});

test("every write gives its position, and a query that sends it sees the write", async () => {
  const saved = await world.gql(
    'mutation { saveWarehouse(input: { code: "LEJ", name: "Leipzig", currency: "EUR", address: { countryCode: "DE" } }) { warehouse { code } userErrors { code } } }',
  );
  expect(saved.body.data.saveWarehouse.userErrors).toEqual([]);
  const position = saved.headers["x-strata-position"] as string;
  expect(position).toMatch(/^[\w-]+\.[\w-]+$/);
  // Settled, the sales layer has heard of the warehouse.
  const settled = await world.gql(
    '{ warehouse(code: "LEJ") { name pool { code } } }',
    {},
    { headers: { "x-strata-position": position, "x-strata-settle": "true" } },
  );
  expect(settled.body.data).toEqual({ warehouse: { name: "Leipzig", pool: null } });
  const pool =
    'mutation { saveStockPool(input: { code: "EU", name: "EU", warehouses: ["LEJ"] }) { pool { code } userErrors { code message } } }';
  const seen = await world.gql(pool, {}, { headers: { "x-strata-position": position } });
  expect(seen.body.data.saveStockPool.pool).toEqual({ code: "EU" });
  // The second write's token also carries what the first had written.
  const told = JSON.parse(Buffer.from(String(seen.headers["x-strata-position"]).split(".")[0], "base64url").toString());
  expect(Object.keys(told).sort()).toEqual(["sales", "warehouse"]);
});
