import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { readFileSync } from "node:fs";
import { ApolloServer } from "@apollo/server";
import { ApolloGateway } from "@apollo/gateway";
import { createGateway, supergraphPath } from "../../gateway/gateway";
import { RemoteSource } from "../../gateway/sources";
import { LAYERS, type LayerName } from "../../shared/db/database";
import { Peer } from "../../shared/flow/peer";
import { wait } from "../../shared/db/retry";
import { secretFor } from "../../shared/identity/signed";
import { quietLog } from "../../shared/log";

/** What Apollo's gateway does by itself with a layer that is gone (trap 9) or hangs (trap 10), beside what ours does. */
const sockets = new Set<Socket>();
let silent: Server;
let address: string;
beforeAll(async () => {
  silent = createServer((socket) => void sockets.add(socket.on("error", () => undefined).resume()));
  await once(silent.listen(0, "127.0.0.1"), "listening");
  address = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await stopListening();
});
async function stopListening() {
  sockets.forEach((socket) => socket.destroy());
  if (silent.listening) await new Promise((closed) => silent.close(closed));
}

const QUERY = "{ channels { code } }";
const caller = { client: "shop", scopes: new Set(["schema:read" as const]) };
const contextValue = () => ({ caller, requestId: "r-1", after: {}, settle: false, wrote: {}, startedAt: Date.now() });

async function stockAnswer(): Promise<object> {
  const supergraphSdl = readFileSync(supergraphPath, "utf8").replace(/http:\/\/(sales|dispatch|warehouse):\d+/g, address);
  const server = new ApolloServer({
    gateway: new ApolloGateway({ supergraphSdl, logger: nobody }),
    includeStacktraceInErrorResponses: false,
    logger: nobody,
  });
  await server.start();
  const { body } = await server.executeOperation({ query: QUERY });
  return body.kind === "single" ? body.singleResult : {};
}

const DEADLINE_MS = 500;
async function ourAnswer(): Promise<object> {
  const key = secretFor("identity", "a secret of thirty-two characters");
  const peers = LAYERS.map((layer) => [layer, new Peer(address, 10_000)] as const);
  const sources = Object.fromEntries(peers.map(([layer, peer]) => [layer, new RemoteSource(layer, peer, key, quietLog, DEADLINE_MS)]));
  const server = await createGateway({
    sources: sources as Record<LayerName, RemoteSource>,
    positionKey: secretFor("position", "the same"),
    log: quietLog,
  });
  const { body } = await server.executeOperation({ query: QUERY }, { contextValue: contextValue() });
  await server.stop();
  await Promise.all(peers.map(([, peer]) => peer.close()));
  return body.kind === "single" ? body.singleResult : {};
}

const nobody = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

test("10: a layer that hangs holds stock's client for as long as it likes; ours is answered when its time is over", async () => {
  const stock = stockAnswer();
  stock.catch(() => undefined);
  const ours = await ourAnswer();
  expect(ours).toMatchObject({ data: { channels: null }, errors: [{ path: ["channels"], extensions: { code: "TIMEOUT" } }] });
  const first = await Promise.race([stock.then(() => "answered"), wait(DEADLINE_MS * 6).then(() => "still waits")]);
  expect(first).toBe("still waits");
});

test("9: of a layer that is gone stock tells the address; ours tells a code and when to ask again", async () => {
  await stopListening();
  const { port } = new URL(address);
  expect(JSON.stringify(await stockAnswer())).toContain(port);
  const ours = await ourAnswer();
  expect(ours).toMatchObject({ data: { channels: null }, errors: [{ extensions: { code: "UNAVAILABLE", retryAfterMs: 1_000 } }] });
  expect(JSON.stringify(ours)).not.toContain(port);
});
