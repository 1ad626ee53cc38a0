import { parse } from "graphql";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ADMIN } from "../../gateway/clients";
import { RemoteSource, type Fetch } from "../../gateway/sources";
import { wait } from "../../shared/db/retry";
import { Peer } from "../../shared/flow/peer";
import { quietLog } from "../../shared/log";

/** From the gateway's side, and from the side of a layer that fails, hangs and comes back. */
let layer: Server;
let peer: Peer;
let asked = 0;
let answer: "well" | "badly" | "never" = "well";

beforeEach(async () => {
  [asked, answer] = [0, "well"];
  layer = createServer((_, res) => {
    asked++;
    if (answer === "never") return;
    res.writeHead(answer === "well" ? 200 : 503, { "content-type": "application/json" });
    res.end(JSON.stringify({ data: { warehouses: [] } }));
  });
  await new Promise<void>((resolve) => layer.listen(0, "127.0.0.1", resolve));
  peer = new Peer(`http://127.0.0.1:${(layer.address() as AddressInfo).port}`, 5_000);
});
afterEach(async () => {
  layer.closeAllConnections();
  layer.close();
  await peer.close();
});

const QUERY = "{ warehouses { code } }";
const document = parse(QUERY);
const ask = (source: RemoteSource, isGone = () => false) =>
  source.process({
    document,
    request: { query: QUERY },
    context: { caller: ADMIN, requestId: "request-1", after: {}, settle: false, wrote: {}, startedAt: 0, isGone },
    incomingRequestContext: {},
  } as unknown as Fetch);
const codeOf = ({ errors }: Awaited<ReturnType<typeof ask>>) => errors?.[0].extensions?.code ?? "well";
const source = (deadlineMs = 1_000) => new RemoteSource("warehouse", peer, Buffer.alloc(32), quietLog, deadlineMs);
async function times(count: number, of: RemoteSource): Promise<unknown[]> {
  const codes: unknown[] = [];
  for (let i = 0; i < count; i++) codes.push(codeOf(await ask(of)));
  return codes;
}

test("ten failures in a row open it; then the layer is left alone, and the missing field is named all the same", async () => {
  const one = source();
  answer = "badly";
  expect(await times(9, one)).toEqual(Array(9).fill("UNAVAILABLE"));
  answer = "well";
  expect(await times(1, one)).toEqual(["well"]); // Nine in a row are not ten.
  answer = "badly";
  expect(await times(10, one)).toEqual(Array(10).fill("UNAVAILABLE"));
  expect(asked).toBe(20);
  expect(await times(5, one)).toEqual(Array(5).fill("UNAVAILABLE"));
  expect(asked).toBe(20);
  expect((await ask(one)).errors).toEqual([
    {
      message: "The warehouse layer cannot be reached. Ask again, a mutation with the same key.",
      path: ["warehouses"],
      extensions: { code: "UNAVAILABLE", requestId: "request-1", retryAfterMs: 1_000 },
    },
  ]);
});

test("half open one question is tried: badly answered it opens again, well answered it closes", async () => {
  const one = source();
  answer = "badly";
  await times(10, one);
  const tried = async () => {
    const before = asked;
    for (const end = Date.now() + 10_000; asked === before; await wait(20)) {
      if (Date.now() > end) throw new Error("it is not tried again");
      await ask(one);
    }
    return asked - before;
  };
  expect(await tried()).toBe(1);
  expect(await times(3, one)).toEqual(Array(3).fill("UNAVAILABLE"));
  expect(asked).toBe(11);
  answer = "well";
  await tried();
  expect(await times(5, one)).toEqual(Array(5).fill("well"));
});

test("a layer that hangs holds ten callers up, not all who come after", async () => {
  const one = source(200);
  answer = "never";
  expect(await times(10, one)).toEqual(Array(10).fill("TIMEOUT"));
  const from = performance.now();
  expect(await times(20, one)).toEqual(Array(20).fill("UNAVAILABLE"));
  expect(performance.now() - from).toBeLessThan(150);
  // While one waits for the trial, nobody else does.
  for (const end = Date.now() + 10_000; asked === 10; await wait(20)) {
    if (Date.now() > end) throw new Error("it is not tried again");
    void ask(one);
  }
  expect(await times(3, one)).toEqual(Array(3).fill("UNAVAILABLE"));
  expect(asked).toBe(11);
});

test("callers who hang up are no fault of the layer", async () => {
  const one = source();
  answer = "badly";
  for (let i = 0; i < 30; i++) await ask(one, () => true);
  answer = "well";
  expect(await times(1, one)).toEqual(["well"]);
});
