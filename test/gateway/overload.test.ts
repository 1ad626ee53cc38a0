import { connect, type Socket } from "node:net";
import { LatenessGauge } from "../../gateway/overload";
import { HttpServer } from "../../gateway/server";
import { sendJson } from "../../gateway/http";
import { wait } from "../../shared/db/retry";

test("late and crowded together are too much; either alone is not", async () => {
  let clock = 0;
  const gauge = new LatenessGauge(() => clock);
  clock = 1_000;
  expect(gauge.isTooHigh(501)).toBe(true);
  expect(gauge.isTooHigh(500)).toBe(false);
  await wait(30);
  expect(gauge.isTooHigh(100_000)).toBe(false);
});

describe("a server that 501 wait at", () => {
  const sockets: Socket[] = [];
  let server: HttpServer;
  let release: () => void = () => undefined;
  let port: number;
  let worked = 0;
  let waits = 0;

  beforeAll(async () => {
    server = new HttpServer({ host: "127.0.0.1", port: 0, readiness: async () => ({}), layers: [], mayMeasure: async () => false });
    const released = new Promise<void>((resolve) => (release = resolve));
    server.serve(
      {
        "/graphql": async (req, res) => {
          if (req.headers["x-long"]) {
            worked++;
            for (const end = Date.now() + 400; Date.now() < end;); // A turn of the event loop that takes too long.
          } else {
            waits++;
            await released;
          }
          sendJson(res, 200, {});
        },
      },
      { "/internal/feed": async (_, res) => sendJson(res, 200, {}) },
    );
    port = Number(new URL(await server.listen()).port);
  });
  afterAll(() => sockets.forEach((socket) => socket.destroy()));

  const open = async () => {
    const socket = connect(port, "127.0.0.1");
    let text = "";
    socket.on("data", (chunk) => (text += String(chunk)));
    sockets.push(socket);
    await new Promise((resolve) => socket.once("connect", resolve));
    return { ask: (path: string, more = "") => socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n${more}\r\n`), text: () => text };
  };
  const all = (count: number) => Promise.all(Array.from({ length: count }, open));
  async function until(so: () => boolean): Promise<void> {
    for (const end = Date.now() + 20_000; !so(); await wait(10)) if (Date.now() > end) throw new Error("no answer");
  }

  test("turns away who comes into a long turn, at once and with a time to come back; health and feeds are answered", async () => {
    const waiting = await all(501);
    waiting.forEach((one) => one.ask("/graphql"));
    await until(() => waits === 501);
    const [late, health, feed] = [await all(6), (await all(1))[0], (await all(1))[0]];
    await wait(50);
    late.forEach((one) => one.ask("/graphql", "x-long: 1\r\n"));
    health.ask("/health/live");
    feed.ask("/internal/feed");
    await until(() => [...late, health, feed].every((one) => one.text().includes("}")));
    const refused = late.filter((one) => one.text().startsWith("HTTP/1.1 503"));
    expect(refused.length).toBeGreaterThan(0);
    expect(worked).toBe(late.length - refused.length);
    for (const one of refused) {
      expect(one.text()).toMatch(/retry-after: [12]\r\n/);
      expect(one.text()).toMatch(/"code":"OVERLOADED","retryAfterMs":\d+/);
    }
    for (const one of [health, feed]) expect(one.text()).toMatch(/^HTTP\/1\.1 200/);
    release();
    await until(() => waiting.every((one) => one.text().startsWith("HTTP/1.1 200")));
  });
});
