import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWK, type JWTPayload } from "jose";
import { IssuerKeys } from "../../gateway/issuer-keys";
import { Tokens } from "../../gateway/tokens";
import { quietLog } from "../../shared/log";
import { startWorld, type World } from "../support/world";

const ISSUER = "https://issuer.example/";
const AUDIENCE = "strata";

/** An issuer on loopback: its keys, how often it was asked, and whether it answers. */
class Issuer {
  keys: JWK[] = [];
  asked = 0;
  mode: "answers" | "fails" | "hangs" = "answers";
  private server!: Server;
  url = "";

  async start(): Promise<void> {
    this.server = createServer((_, res) => {
      this.asked++;
      if (this.mode === "hangs") return;
      res.writeHead(this.mode === "fails" ? 500 : 200, { "content-type": "application/json" }).end(JSON.stringify({ keys: this.keys }));
    });
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/jwks.json`;
  }

  async newKey(kid: string): Promise<{ privateKey: CryptoKey; publicKey: CryptoKey }> {
    const pair = await generateKeyPair("RS256");
    this.keys.push({ ...(await exportJWK(pair.publicKey)), kid, alg: "RS256", use: "sig" });
    return pair;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

const seconds = (from: number): number => Math.floor(Date.now() / 1000) + from;
const claims = (more: JWTPayload = {}): JWTPayload => ({
  iss: ISSUER,
  aud: AUDIENCE,
  exp: seconds(60),
  client_id: "till",
  strata_roles: ["storefront"],
  ...more,
});
const sign = (key: CryptoKey | Uint8Array, payload: JWTPayload, header: { alg?: string; kid?: string } = {}): Promise<string> =>
  new SignJWT(payload).setProtectedHeader({ alg: "RS256", kid: "one", ...header }).sign(key);

const issuer = new Issuer();
let one: { privateKey: CryptoKey; publicKey: CryptoKey };
let stranger: CryptoKey;
beforeAll(async () => {
  await issuer.start();
  one = await issuer.newKey("one");
  stranger = (await generateKeyPair("RS256")).privateKey;
});
afterAll(() => issuer.stop());

const tokensOf = (sharedClients = false) =>
  new Tokens({ jwksUrl: issuer.url, issuer: ISSUER, audience: AUDIENCE, sharedClients }, quietLog);
const callerBy = async (payload: JWTPayload, shared = false) => tokensOf(shared).callerOf(await sign(one.privateKey, payload));

describe("who a token names", () => {
  test("a client in a namespace of its own, with the scopes of its roles and those Strata knows of its own", async () => {
    expect(await callerBy(claims({ strata_roles: ["storefront", "constructor", "king"], scope: "openid orders:read everything" }))).toEqual(
      {
        client: "jwt:till",
        scopes: new Set(["catalog:read", "availability:read", "orders:read"]),
      },
    );
    expect(await callerBy(claims({ client_id: undefined, azp: "till-2", strata_roles: undefined }))).toEqual({
      client: "jwt:till-2",
      scopes: new Set(),
    });
  });

  test("the API key's client of that name only where the operator says so", async () => {
    expect(await callerBy(claims(), true)).toMatchObject({ client: "till" });
  });

  test("a merchant; one that cannot be read is nobody, not everybody", async () => {
    expect(await callerBy(claims({ strata_merchant: "ACME" }))).toMatchObject({ merchant: "ACME" });
    for (const bad of ["", 7, ["ACME"], null]) expect(await callerBy(claims({ strata_merchant: bad }))).toBeUndefined();
  });

  test.each([undefined, "", 7, "a b", "jwt:till", "x".repeat(61), "a\nb"])("no client: %j", async (name) => {
    expect(await callerBy(claims({ client_id: name }))).toBeUndefined();
  });

  test("clocks may differ by some seconds", async () => {
    expect(await callerBy(claims({ exp: seconds(-5), nbf: seconds(5) }))).toBeDefined();
  });
});

describe("the issuer's keys", () => {
  const find = (keys: IssuerKeys, kid: string) => keys.find({ alg: "RS256", kid }, { payload: "", signature: "" });
  let now = 0;
  const fresh = () => new IssuerKeys(issuer.url, quietLog, () => now);
  beforeEach(() => {
    now = 1_000_000;
    issuer.asked = 0;
    issuer.mode = "answers";
  });

  test("are asked for once, whoever waits", async () => {
    const keys = fresh();
    await Promise.all(Array.from({ length: 50 }, () => find(keys, "one")));
    expect(issuer.asked).toBe(1);
  });

  test("unknown names cost the issuer one question in ten seconds", async () => {
    const keys = fresh();
    await find(keys, "one");
    for (let i = 0; i < 20; i++) await expect(find(keys, `kid-${i}`)).rejects.toThrow(/no applicable key/);
    expect(issuer.asked).toBe(1);
    now += 10_001;
    for (let i = 0; i < 20; i++) await expect(find(keys, `kid-${i}`)).rejects.toThrow(/no applicable key/);
    expect(issuer.asked).toBe(2);
  });

  test("a new one is found when it is used, and a withdrawn one ends", async () => {
    const keys = fresh();
    await find(keys, "one");
    await issuer.newKey("two");
    now += 10_001;
    await find(keys, "two");
    issuer.keys = issuer.keys.filter(({ kid }) => kid !== "two");
    await find(keys, "two");
    now += 300_001;
    await expect(find(keys, "two")).rejects.toThrow(/no applicable key/);
  });

  test("those known go on for a day while the issuer is away; then, and with none known, it is UNAVAILABLE", async () => {
    const keys = fresh();
    await find(keys, "one");
    issuer.mode = "fails";
    now += 23 * 3_600_000;
    await find(keys, "one");
    now += 3_600_001;
    await expect(find(keys, "one")).rejects.toMatchObject({ faultCode: "UNAVAILABLE" });
    const none = fresh();
    for (let i = 0; i < 20; i++) await expect(find(none, "one")).rejects.toMatchObject({ faultCode: "UNAVAILABLE" });
    expect(issuer.asked).toBe(4);
    issuer.mode = "answers";
    now += 10_001;
    await find(none, "one");
  });

  test("an issuer that does not answer is waited for three seconds, once", async () => {
    issuer.mode = "hangs";
    const keys = fresh();
    const from = performance.now();
    await Promise.all(
      Array.from({ length: 9 }, () => expect(find(keys, "one")).rejects.toMatchObject({ status: 503, faultCode: "UNAVAILABLE" })),
    );
    await expect(find(keys, "one")).rejects.toMatchObject({ status: 503 });
    expect(performance.now() - from).toBeLessThan(4_500);
    expect(issuer.asked).toBe(1);
  });
});

describe("a gateway with an issuer (probe 18)", () => {
  let world: World;
  beforeAll(async () => {
    issuer.mode = "answers";
    world = await startWorld({
      env: { STRATA_JWKS_URL: issuer.url, STRATA_JWT_ISSUER: ISSUER, STRATA_JWT_AUDIENCE: AUDIENCE },
    });
  });
  afterAll(() => world.close());

  const ask = (token: string, query = "{ channels { code } }") => world.gql(query, {}, { key: token });

  test("takes its tokens beside API keys", async () => {
    const token = await sign(one.privateKey, claims());
    expect((await ask(token)).body).toEqual({ data: { channels: [] } });
    expect((await ask(world.keyOf("storefront"))).body).toEqual({ data: { channels: [] } });
    expect((await ask(token, "{ accounts { code } }")).body.errors![0].extensions.code).toBe("FORBIDDEN");
    const measures = await sign(one.privateKey, claims({ scope: "schema:read" }));
    expect((await world.send("/metrics", { headers: { authorization: `Bearer ${measures}` } })).status).toBe(200);
    expect((await world.send("/graphql", { method: "POST", headers: { "x-api-key": token } })).status).toBe(401);
  });

  const pem = async () => new TextEncoder().encode(await exportSPKI(one.publicKey));
  test.each<[string, () => string | Promise<string>]>([
    ["alg none", () => new UnsecuredJWT(claims()).encode()],
    ["alg none with a signature", async () => `${new UnsecuredJWT(claims()).encode()}c2ln`],
    ["HS256 signed with the public key", async () => sign(await pem(), claims(), { alg: "HS256" })],
    ["another audience", () => sign(one.privateKey, claims({ aud: "billing" }))],
    ["no audience", () => sign(one.privateKey, claims({ aud: undefined }))],
    ["another issuer", () => sign(one.privateKey, claims({ iss: "https://issuer.example.evil/" }))],
    ["no issuer", () => sign(one.privateKey, claims({ iss: undefined }))],
    ["expired", () => sign(one.privateKey, claims({ exp: seconds(-60) }))],
    ["without an end", () => sign(one.privateKey, claims({ exp: undefined }))],
    ["not valid yet", () => sign(one.privateKey, claims({ nbf: seconds(60) }))],
    ["an unknown kid", () => sign(stranger, claims(), { kid: "nobody" })],
    ["a known kid, another's signature", () => sign(stranger, claims())],
    [
      "altered claims",
      async () => (await sign(one.privateKey, claims())).replace(/\.[\w-]+\./, `.${payloadOf(claims({ client_id: "x" }))}.`),
    ],
    ["10 KB", () => sign(one.privateKey, claims({ filler: "x".repeat(7_500) }))],
    ["no JSON", () => "abc.def.ghi"],
  ])("%s is 401, and the issuer is asked at most once", async (_, token) => {
    const before = issuer.asked;
    for (let i = 0; i < 20; i++) {
      const answer = await ask(await token());
      expect([answer.status, answer.body.errors![0].extensions.code]).toEqual([401, "UNAUTHENTICATED"]);
    }
    expect(issuer.asked - before).toBeLessThanOrEqual(1);
  });

  const payloadOf = (payload: JWTPayload) => Buffer.from(JSON.stringify(payload)).toString("base64url");
});
