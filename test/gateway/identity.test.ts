import type { Caller } from "../../shared/identity/caller";
import { SCOPES } from "../../shared/identity/scopes";
import { IDENTITY_HEADER, secretFor, signFacts, verifyFacts } from "../../shared/identity/signed";
import { positionToken, readPositionToken } from "../../shared/identity/position";
import type { RequestFacts } from "../../shared/graphql/context";
import { Pool } from "undici";
import { IDENTITY_SECRET, startWorld, type World } from "../support/world";

const key = secretFor("identity", IDENTITY_SECRET);
const caller: Caller = { client: "shop", scopes: new Set(SCOPES) };
const facts: RequestFacts = { caller, requestId: "request-1", primary: false, after: { sales: "" }, settle: false };
const BODY = JSON.stringify({ query: "{ channels { code } }" });
const WRITE = JSON.stringify({
  query: 'mutation { saveStockPool(input: {code: "EU", name: "EU", warehouses: []}) { userErrors { code } } }',
});

test("what was signed comes out again", () => {
  expect(verifyFacts(key, "sales", signFacts(key, "sales", facts, BODY), BODY)).toEqual(facts);
});

test("a position token is read with its key alone", () => {
  const positions = { sales: "0-1-7", warehouse: "" };
  const token = positionToken(key, positions);
  expect(readPositionToken(key, token)).toEqual(positions);
  expect(() => readPositionToken(secretFor("position", "another secret"), token)).toThrow(/no position/);
  for (const bad of ["x", "x.y", `${token}A`, `A${token}`, `${token}.${token}`])
    expect(() => readPositionToken(key, bad)).toThrow(/no position/);
});

describe("a subgraph asked directly", () => {
  let world: World;
  let pool: Pool;
  beforeAll(async () => {
    world = await startWorld({ topology: "distributed" });
    pool = new Pool(world.processes.sales!.url);
  });
  afterAll(async () => {
    await pool.destroy();
    await world.close();
  });

  async function ask(identity: string | undefined, body: string, path = "/graphql") {
    const method = path === "/graphql" ? "POST" : "GET";
    const headers = { "content-type": "application/json", ...(identity !== undefined && { [IDENTITY_HEADER]: identity }) };
    const answer = await pool.request({ method, path, headers, ...(method === "POST" && { body }) });
    return { status: answer.statusCode, text: await answer.body.text() };
  }

  const at = (ms: number, sign: () => string): string => {
    jest.useFakeTimers({ now: Date.now() + ms, doNotFake: ["nextTick", "setImmediate", "setTimeout", "performance"] });
    try {
      return sign();
    } finally {
      jest.useRealTimers();
    }
  };
  const altered = (header: string): string => {
    const [text, signature] = header.split(".");
    const claims = { ...JSON.parse(Buffer.from(text, "base64url").toString()), requestId: "another" };
    return `${Buffer.from(JSON.stringify(claims)).toString("base64url")}.${signature}`;
  };

  test("answers what the gateway has signed", async () => {
    expect(await ask(signFacts(key, "sales", facts, BODY), BODY)).toMatchObject({
      status: 200,
      text: expect.stringContaining('"channels":[]'),
    });
  });

  test.each<[string, () => string | undefined]>([
    ["nothing", () => undefined],
    ["an empty header", () => ""],
    ["letters that take two bytes", () => `e30.${"é".repeat(43)}`],
    ["no signature", () => "e30"],
    ["no JSON under the right form", () => "AAAA.AAAA"],
    ["another secret", () => signFacts(secretFor("identity", "another secret of 32 characters!!"), "sales", facts, BODY)],
    ["the key of another use", () => signFacts(secretFor("position", IDENTITY_SECRET), "sales", facts, BODY)],
    ["what was signed for another layer", () => signFacts(key, "warehouse", facts, BODY)],
    ["altered claims", () => altered(signFacts(key, "sales", facts, BODY))],
    ["what was signed for another body", () => signFacts(key, "sales", facts, WRITE)],
    ["what was signed 31 s ago", () => at(-31_000, () => signFacts(key, "sales", facts, BODY))],
    ["what will be signed in 31 s", () => at(31_000, () => signFacts(key, "sales", facts, BODY))],
  ])("%s is 401", async (_, identity) => {
    const answer = await ask(identity(), BODY);
    expect([answer.status, answer.text]).toEqual([401, expect.stringContaining("UNAUTHENTICATED")]);
  });

  test("is refused before its body is parsed", async () => {
    expect((await ask("e30.AAAA", "{nope")).status).toBe(401);
    expect((await ask(undefined, JSON.stringify({ query: "{ _service { sdl } }" }))).status).toBe(401);
  });

  test("an API key opens nothing there", async () => {
    const answer = await pool.request({
      method: "POST",
      path: "/graphql",
      headers: { "content-type": "application/json", "x-api-key": world.adminKey },
      body: BODY,
    });
    expect(answer.statusCode).toBe(401);
    await answer.body.dump();
  });

  test("the feed is for the layers, by the same signature over its path", async () => {
    const path = "/internal/feed?after=0&limit=10&wait=0";
    expect((await ask(undefined, "", path)).status).toBe(401);
    expect((await ask(signFacts(key, "sales", facts, "/internal/feed?after=9&limit=10&wait=0"), "", path)).status).toBe(401);
    expect(await ask(signFacts(key, "sales", facts, path), "", path)).toEqual({ status: 200, text: expect.stringContaining('"events":[') });
    const head = "/internal/head?visited=&left=100";
    expect(await ask(signFacts(key, "sales", facts, head), "", head)).toEqual({
      status: 200,
      text: expect.stringMatching(/^\{"head":\d+\}$/),
    });
  });
});
