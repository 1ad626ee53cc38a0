import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { Budgets, openRedis } from "../../gateway/budget";
import { readKeys, keysPath } from "../../gateway/clients";
import { writePrivately } from "../../gateway/private-file";
import { wait } from "../../shared/db/retry";
import { makeLog, quietLog } from "../../shared/log";
import { freePort, startWorld, type Answer, type World } from "../support/world";
import { redisProgram, TestRedis } from "../support/redis";

/** A client's budget is its own: who has spent it is turned away with the time to come back, and nobody else notices. */
const BUDGET = 2_000;
const RESERVE = "mutation ($input: ReserveStockInput!) { reserveStock(input: $input) { reservation { id } userErrors { code } } }";
const NOWHERE = { idempotencyKey: "k", orderRef: "o", channel: "nowhere", lines: [{ sku: "TEA", quantity: 1 }] };

const codeOf = ({ body }: Answer) => body.errors?.[0].extensions.code;
const leftOf = ({ headers }: Answer) => Number(/r=(\d+)/.exec(String(headers.ratelimit))?.[1]);

describe("through the gateway", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ env: { STRATA_BUDGET: String(BUDGET), STRATA_FAILED_LOGINS: "20" } });
  });
  afterAll(() => world.close());

  const as =
    (key: string) =>
    (query: string, variables: Record<string, unknown> = {}) =>
      world.gql(query, variables, { key });

  test("each answer says the policy and what is left", async () => {
    const ask = as(world.keyOf("merchandiser"));
    const first = await ask("{ channels { code } }");
    expect(first.headers["ratelimit-policy"]).toBe(`"client";q=${BUDGET};w=60`);
    expect(first.headers.ratelimit).toMatch(/^"client";r=\d+;t=(60|[1-5]\d)$/);
    expect(leftOf(first) - leftOf(await ask("{ channels { code } }"))).toBe(21);
    // What is no operation costs as well: it was parsed.
    expect(leftOf(first) - leftOf(await ask("{ nothing }"))).toBe(21 + 20);
    expect(leftOf(first) - leftOf(await ask("{ no"))).toBe(21 + 40);
  });

  test("over it: 429, RATE_LIMITED, Retry-After, nothing carried out; whoever else calls is not touched", async () => {
    const flood = as(world.keyOf("order-system"));
    const other = as(world.keyOf("order-system", "other-order-system"));
    let answer = await flood(RESERVE, { input: NOWHERE });
    expect(answer.body.data.reserveStock.userErrors).toEqual([{ code: "NOT_FOUND" }]);
    const reserve = jest.spyOn(world.layers.sales!, "context");
    try {
      for (let i = 0; i < 500 && answer.status === 200; i++) answer = await flood(RESERVE, { input: NOWHERE });
      const carriedOut = reserve.mock.calls.length;
      for (let i = 0; i < 3; i++, answer = await flood(RESERVE, { input: NOWHERE })) {
        expect([answer.status, codeOf(answer), answer.body.data]).toEqual([429, "RATE_LIMITED", undefined]);
        const seconds = Number(answer.headers["retry-after"]);
        expect(seconds).toBeGreaterThan(0);
        expect(seconds).toBeLessThanOrEqual(60);
        expect(Math.ceil(answer.body.errors![0].extensions.retryAfterMs / 1_000) - seconds).toBeLessThanOrEqual(1);
        expect(answer.headers.ratelimit).toMatch(/^"client";r=0;t=\d+$/);
      }
      expect(reserve.mock.calls).toHaveLength(carriedOut);
      expect((await other(RESERVE, { input: NOWHERE })).body.data.reserveStock.userErrors).toEqual([{ code: "NOT_FOUND" }]);
      expect((await world.send("/health/live")).status).toBe(200);
    } finally {
      reserve.mockRestore();
    }
  });

  test("an operation dearer than all of the budget is never carried out", async () => {
    const answer = await as(world.keyOf("warehouse-operator"))(
      "{ inventoryItems(first: 200) { nodes { stock(first: 20) { nodes { quantity } } } } }",
    );
    expect([answer.status, codeOf(answer)]).toEqual([429, "RATE_LIMITED"]);
  });

  test("keys that are none have a budget by address; a good key is let in all the same", async () => {
    const bad = () => world.gql("{ __typename }", {}, { key: "strata_none" });
    const statuses: number[] = [];
    for (let i = 0; i < 25; i++) statuses.push((await bad()).status);
    expect(statuses).toEqual([...Array(20).fill(401), ...Array(5).fill(429)]);
    const answer = await bad();
    expect([codeOf(answer), answer.headers["retry-after"]]).toEqual(["RATE_LIMITED", expect.stringMatching(/^\d+$/)]);
    expect((await as(world.keyOf("finance"))("{ __typename }")).status).toBe(200);
  });
});

test("a key may name a budget of its own", async () => {
  const world = await startWorld({
    env: (db) => Promise.resolve({ STRATA_BUDGET: "2000", STRATA_TEST_DB: db.primaryUrl }),
  });
  try {
    const path = keysPath(world.dataDir);
    const keys = readKeys(path).map((key) => (key.client === "storefront" ? { ...key, budget: 7 } : key));
    writePrivately(path, keys);
    expect(readFileSync(path, "utf8")).toContain('"budget": 7');
    const policy = async () => (await world.gql("{ __typename }", {}, { key: world.keyOf("storefront") })).headers["ratelimit-policy"];
    for (const end = Date.now() + 10_000; (await policy()) !== '"client";q=7;w=60'; await wait(50))
      if (Date.now() > end) throw new Error("the key's budget was not taken up");
  } finally {
    await world.close();
  }
});

const program = redisProgram();
const withRedis = program ? describe : describe.skip;
withRedis("in Redis (left out where no redis-server can be had)", () => {
  let redis: TestRedis;
  const opened: { disconnect(): void }[] = [];
  beforeAll(async () => {
    redis = new TestRedis(program!, await freePort());
    await redis.start();
  });
  afterAll(async () => {
    opened.forEach((one) => one.disconnect());
    await redis.stop();
  });
  const gateway = async (use: string) => {
    const client = await openRedis(redis.url, quietLog);
    opened.push(client);
    return new Budgets(use, client);
  };

  test("two gateways count together", async () => {
    const [one, two] = [await gateway("shared"), await gateway("shared")];
    expect((await one.spend("shop", 30, 100)).left).toBe(70);
    expect((await two.spend("shop", 30, 100)).left).toBe(40);
    expect((await one.spend("shop", 50, 100)).left).toBe(-10);
    expect((await two.spend("else", 1, 100)).left).toBe(99);
  });

  test("Redis frozen or gone: requests go on, counted here, and Redis is used again when it is back", async () => {
    const [one, two] = [await gateway("away"), await gateway("away")];
    await one.spend("shop", 10, 100);
    redis.pause(true);
    const from = performance.now();
    expect((await one.spend("shop", 1, 100)).left).toBe(99);
    expect(performance.now() - from).toBeLessThan(1_500);
    redis.pause(false);
    await redis.stop();
    expect((await one.spend("shop", 1, 100)).left).toBeGreaterThanOrEqual(97);
    await redis.start();
    // Back: what one spends the other sees.
    for (const end = Date.now() + 20_000; ; await wait(100)) {
      const [a, b] = [await one.spend("back", 1, 1_000), await two.spend("back", 1, 1_000)];
      if (b.left === a.left - 1 && a.left < 998) break;
      if (Date.now() > end) throw new Error("Redis is not used again");
    }
  });

  test("no Redis at the start is no reason not to start", async () => {
    const none = await openRedis(`redis://127.0.0.1:${await freePort()}`, makeLog("silent"));
    opened.push(none);
    expect((await new Budgets("none", none).spend("shop", 1, 10)).left).toBe(9);
  });
});

test("who is over his budget is refused before his body is read", async () => {
  const world = await startWorld({ env: { STRATA_BUDGET: "10" } });
  try {
    const key = world.keyOf("storefront");
    await world.gql("{ warehouses { code } }", {}, { key });
    const { hostname, port } = new URL(world.url);
    const said = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), hostname);
      socket.once("data", (data) => resolve(String(data)) ?? socket.destroy());
      socket.write(
        `POST /graphql HTTP/1.1\r\nhost: x\r\nx-api-key: ${key}\r\ncontent-type: application/json\r\ncontent-length: 3000000\r\n\r\n{`,
      );
    });
    expect(said).toMatch(/^HTTP\/1\.1 429 /);
  } finally {
    await world.close();
  }
});
