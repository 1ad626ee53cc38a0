import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { faultOf, publicLookup } from "../../services/dispatch/webhook/address";
import { BERLIN, DispatchWorld } from "./support";

let world: DispatchWorld;
beforeAll(async () => {
  world = await DispatchWorld.open();
  world.pool("EU", { BER: BERLIN });
});
afterAll(async () => {
  await Promise.all(receivers.map((receiver) => receiver.close()));
  await world?.close();
});

interface Message {
  id: string;
  headers: Record<string, string>;
  body: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  json: any;
}

/** Somebody who takes messages, or does not. */
class Receiver {
  readonly taken: Message[] = [];
  readonly refused: string[] = [];
  /** What it answers; "hang": nothing. */
  answer: number | "hang" = 204;
  private server?: Server;
  port = 0;

  async open(): Promise<this> {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request
        .on("data", (chunk: Buffer) => chunks.push(chunk))
        .on("end", () => {
          const body = Buffer.concat(chunks).toString();
          const headers = request.headers as Record<string, string>;
          if (this.answer === "hang") return void this.refused.push(headers["webhook-id"]);
          if (this.answer === 204) this.taken.push({ id: headers["webhook-id"], headers, body, json: JSON.parse(body) });
          else this.refused.push(headers["webhook-id"]);
          response.writeHead(this.answer, { location: `http://127.0.0.1:${this.port}/elsewhere` }).end("an answer of many words");
        });
    });
    this.server.listen(this.port, "127.0.0.1");
    await once(this.server, "listening");
    this.port = (this.server.address() as AddressInfo).port;
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`;
  }

  async close(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }
}

const receivers: Receiver[] = [];
const receiver = async (): Promise<Receiver> => {
  const one = await new Receiver().open();
  receivers.push(one);
  return one;
};
const until = async (holds: () => boolean | Promise<boolean>) => {
  for (const end = Date.now() + 15_000; !(await holds()); await new Promise((resolve) => setTimeout(resolve, 10)))
    if (Date.now() > end) throw new Error("it does not come about");
};

let n = 0;
const keyed = (input: object) => ({ idempotencyKey: `hook-${++n}`, ...input });
const FIELDS =
  "webhook { id client url orderEvents alerts enabled failures lastError deadLetters } secret userErrors { code field message }";
const mutate = async (name: string, input: object, as: object = {}) => {
  const type = name === "saveWebhook" ? "SaveWebhookInput" : "WebhookActionInput";
  const { data, errors } = await world.ask(`mutation ($i: ${type}!) { ${name}(input: $i) { ${FIELDS} } }`, { i: input }, as);
  if (errors) throw errors[0];
  return data[name];
};
/** An endpoint of a client of its own, so that nobody else's orders come there. */
const endpoint = async (client: string, url: string, more: object = {}) => {
  const { webhook, secret, userErrors } = await mutate("saveWebhook", keyed({ url, ...more }), { client, role: "order-system" });
  expect(userErrors).toEqual([]);
  return { id: webhook.id as string, secret: secret as string, as: { client, role: "order-system" as const } };
};
const see = async (id: string) => {
  const { data } = await world.ask(`{ webhooks(first: 200) { nodes { id failures lastError deadLetters enabled } } }`);
  return data.webhooks.nodes.find((one: { id: string }) => one.id === id);
};
const order = (client: string, ref: string) => world.confirm("EU", ref, { NONE: 1 }, { client });
const told = ({ taken }: Receiver) => taken.map(({ json }) => `${json.data.orderRef} ${json.type}`);
const WAY = (ref: string) => [`${ref} order.confirmed`, `${ref} order.backordered`];

test("messages come signed, in order, of the client's own orders, with the ids of orderEvents", async () => {
  const hook = await receiver();
  order("signs", "S-0");
  await world.settle();
  const { secret } = await endpoint("signs", hook.url);
  expect(secret).toMatch(/^whsec_/);
  order("somebody", "S-1");
  order("signs", "S-2");
  await world.settle();
  order("signs", "S-3");
  await until(() => hook.taken.length === 4);
  expect(told(hook)).toEqual([...WAY("S-2"), ...WAY("S-3")]);
  const { data } = await world.ask(
    "{ orderEvents(first: 200) { nodes { id order { orderRef } } } }",
    {},
    { client: "signs", role: "order-system", settle: true },
  );
  expect(data.orderEvents.nodes.slice(2).map((event: { id: string }) => event.id)).toEqual(hook.taken.map(({ id }) => id));
  for (const { id, headers, body, json } of hook.taken) {
    const seconds = Number(headers["webhook-timestamp"]);
    const key = Buffer.from(secret.slice("whsec_".length), "base64");
    const signature = createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64");
    expect(headers["webhook-signature"]).toBe(`v1,${signature}`);
    expect(Math.abs(seconds - Date.now() / 1_000)).toBeLessThan(60);
    expect(json.id).toBe(id);
  }
  expect(hook.taken[0].json).toMatchObject({
    type: "order.confirmed",
    data: {
      kind: "CONFIRMED",
      orderRef: "S-2",
      channel: "EU",
      lines: [{ sku: "NONE", quantity: 1, lineRef: null }],
      shipmentId: null,
      detail: null,
    },
  });
});

test("a receiver that is down for a while gets everything once and in order", async () => {
  const hook = await receiver();
  const { id, as } = await endpoint("down", hook.url);
  await hook.close();
  order("down", "D-1");
  await until(async () => (await see(id)).failures > 0);
  expect((await see(id)).lastError).toMatch(/ECONNREFUSED|connect/i);
  order("down", "D-2");
  hook.answer = 503;
  await hook.open();
  await mutate("replayWebhook", keyed({ id }), as);
  await until(async () => (await see(id)).lastError === "answered 503");
  hook.answer = 204;
  await mutate("replayWebhook", keyed({ id }), as);
  await until(() => hook.taken.length === 4);
  expect(told(hook)).toEqual([...WAY("D-1"), ...WAY("D-2")]);
  expect(await see(id)).toMatchObject({ failures: 0, lastError: null, deadLetters: 0 });
});

test("what fails too often is set aside with an alert, and the next goes on; replayed, it comes and the alert ends", async () => {
  const hook = await receiver();
  const { id, as } = await endpoint("dead", hook.url);
  const alertOf = async () => {
    const { data } = await world.ask("{ alerts(kind: EVENT_FAILED) { nodes { status subject message } } }");
    return data.alerts.nodes.find((alert: { subject: string }) => alert.subject === `webhook:${id}`);
  };
  hook.answer = 500;
  order("dead", "X-1");
  await until(async () => (await see(id)).failures > 0);
  // The next try is the last.
  await world.db.query("UPDATE webhook SET failures = 11, due_at = NOW(6) WHERE id = ?", [id]);
  await until(async () => (await see(id)).deadLetters === 1);
  expect(await alertOf()).toMatchObject({ status: "OPEN" });
  hook.answer = 204;
  await world.db.query("UPDATE webhook SET due_at = NOW(6) WHERE id = ?", [id]);
  await until(() => hook.taken.length === 1);
  expect(told(hook)).toEqual(["X-1 order.backordered"]);
  await mutate("replayWebhook", keyed({ id }), as);
  await until(() => hook.taken.length === 2);
  expect(told(hook)[1]).toBe("X-1 order.confirmed");
  await until(async () => (await see(id)).deadLetters === 0);
  expect(await alertOf()).toMatchObject({ status: "RESOLVED" });
});

test("a redirect is not followed, and one who does not answer holds up nobody else", async () => {
  const [away, hangs, well] = [await receiver(), await receiver(), await receiver()];
  away.answer = 302;
  hangs.answer = "hang";
  const { id } = await endpoint("mixed", away.url);
  await endpoint("mixed", hangs.url);
  await endpoint("mixed", well.url);
  order("mixed", "M-1");
  await until(() => hangs.refused.length === 1);
  await until(() => well.taken.length === 2);
  await until(async () => (await see(id)).lastError === "answered 302");
  expect(new Set(away.refused).size).toBe(1);
  order("mixed", "M-2");
  await until(() => well.taken.length === 4);
  expect(hangs.refused).toHaveLength(1);
});

test("an endpoint that is switched off is sent nothing, and all of it afterwards; a deleted one never again", async () => {
  const hook = await receiver();
  const { id, as } = await endpoint("off", hook.url);
  await mutate("saveWebhook", keyed({ id, url: hook.url, enabled: false }), as);
  order("off", "F-1");
  await world.ask("{ orderEvents { nodes { id } } }", {}, { settle: true });
  expect((await mutate("replayWebhook", keyed({ id }), as)).userErrors).toMatchObject([{ code: "INVALID_STATE", field: ["input", "id"] }]);
  expect(hook.taken).toEqual([]);
  expect((await mutate("saveWebhook", keyed({ id, url: hook.url, enabled: true }), as)).secret).toBeNull();
  await until(() => hook.taken.length === 2);
  const gone = keyed({ id });
  for (let twice = 0; twice < 2; twice++)
    expect(await mutate("deleteWebhook", gone, as)).toEqual({ webhook: null, secret: null, userErrors: [] });
  expect((await mutate("deleteWebhook", keyed({ id }), as)).userErrors).toMatchObject([{ code: "NOT_FOUND" }]);
  order("off", "F-2");
  const witness = await receiver();
  await endpoint("off", witness.url);
  order("off", "F-3");
  await until(() => told(witness).includes("F-3 order.backordered"));
  expect(hook.taken).toHaveLength(2);
});

test("alerts go to those who may read them", async () => {
  const hook = await receiver();
  const { webhook } = await mutate("saveWebhook", keyed({ url: hook.url, orderEvents: false, alerts: true }), {
    client: "house",
    role: "dispatcher",
  });
  expect(webhook).toMatchObject({ client: "house", orderEvents: false, alerts: true });
  const level = (to: "OUT" | "OK") =>
    world.sales.tell({ type: "StockLevelChanged", channel: "EU", sku: "HOOK", level: to, available: 0, threshold: 0 });
  level("OUT");
  await world.settle();
  level("OK");
  await until(() => hook.taken.length === 2);
  expect(hook.taken.map(({ json }) => [json.type, json.data.kind, json.data.subject])).toEqual([
    ["alert.open", "STOCKOUT", "EU HOOK"],
    ["alert.resolved", "STOCKOUT", "EU HOOK"],
  ]);
});

test("the same key makes one endpoint and answers its secret again; an endpoint of another client is absent", async () => {
  const hook = await receiver();
  const input = keyed({ url: hook.url, secret: `whsec_${Buffer.alloc(32, 7).toString("base64")}` });
  const as = { client: "twice", role: "order-system" };
  const first = await mutate("saveWebhook", input, as);
  expect(await mutate("saveWebhook", input, as)).toEqual(first);
  expect(first.secret).toBe((input as unknown as { secret: string }).secret);
  expect((await mutate("saveWebhook", { ...input, alerts: false }, as)).userErrors).toMatchObject([{ code: "IDEMPOTENCY_KEY_REUSED" }]);
  const other = { client: "stranger", role: "order-system" };
  const { id } = first.webhook;
  for (const [name, fields] of [
    ["saveWebhook", { url: hook.url }],
    ["deleteWebhook", {}],
    ["replayWebhook", {}],
  ] as const)
    expect((await mutate(name, keyed({ id, ...fields }), other)).userErrors).toMatchObject([{ code: "NOT_FOUND", field: ["input", "id"] }]);
  const { data } = await world.ask("{ webhooks { nodes { id } } }", {}, { client: "stranger", role: "order-system" });
  expect(data.webhooks.nodes).toEqual([]);
});

test.each([
  ["no https", { url: "http://example.com/hook" }, "url"],
  ["no URL", { url: "hook" }, "url"],
  ["a user in it", { url: "https://me:secret@example.com" }, "url"],
  ["a private address", { url: "https://10.1.2.3/hook" }, "url"],
  ["the metadata address", { url: "https://169.254.169.254/latest" }, "url"],
  ["a private IPv6 address", { url: "https://[fd00::1]/hook" }, "url"],
  ["a mapped address", { url: "https://[::ffff:10.0.0.1]/hook" }, "url"],
  ["too long a URL", { url: `https://example.com/${"x".repeat(500)}` }, "url"],
  ["a short secret", { url: "https://example.com", secret: "whsec_c2hvcnQ=" }, "secret"],
  ["nothing wanted", { url: "https://example.com", orderEvents: false }, "orderEvents"],
  ["alerts that one may not read", { url: "https://example.com", alerts: true }, "alerts"],
])("an endpoint with %s is refused, and nothing is made", async (_, input, field) => {
  const as = { client: "refused", role: "order-system" };
  const { webhook, secret, userErrors } = await mutate("saveWebhook", keyed(input), as);
  expect({ webhook, secret, userErrors }).toMatchObject({
    webhook: null,
    secret: null,
    userErrors: [{ code: "INVALID_INPUT", field: ["input", field] }],
  });
  expect(await world.db.query("SELECT id FROM webhook WHERE client = 'refused'")).toEqual([]);
});

test("loopback is refused unless it is allowed, also behind a name that leads there", async () => {
  expect(faultOf("http://127.0.0.1:1/x", false)).toBe("must begin with https://");
  expect(faultOf("https://localhost/x", false)).toBe("must not lead into a private network");
  expect(faultOf("https://127.0.0.1/x", false)).toBe("must not lead into a private network");
  expect(faultOf("http://127.0.0.1:1/x", true)).toBeUndefined();
  expect(faultOf("https://example.com/x", false)).toBeUndefined();
  const found = (loopback: boolean) =>
    new Promise((resolve) =>
      publicLookup(loopback)("localhost", { all: false }, (error, address) => resolve(error ? error.message : address)),
    );
  expect(await found(false)).toBe("localhost leads into a private network");
  expect(await found(true)).toMatch(/^(127\.0\.0\.1|::1)$/);
});

test("a storefront has no endpoints", async () => {
  await expect(mutate("saveWebhook", keyed({ url: "https://example.com" }), { role: "storefront" })).rejects.toMatchObject({
    extensions: { code: "FORBIDDEN" },
  });
});
