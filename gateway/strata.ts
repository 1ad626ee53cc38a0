import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { join } from "node:path";
import type { ApolloServer } from "@apollo/server";
import { isLayer, READS, type Config, type StrataRole } from "../shared/config";
import { LAYERS, type LayerName } from "../shared/db/database";
import type { FeedSource } from "../shared/flow/feed";
import { Peer } from "../shared/flow/peer";
import { RemoteFeed } from "../shared/flow/remote-feed";
import { POSITION_HEADER, readPositionToken, SETTLE_HEADER } from "../shared/identity/position";
import { secretFor } from "../shared/identity/signed";
import type { Layer } from "../shared/layer";
import type { Log } from "../shared/log";
import { Clients, keysPath } from "./clients";
import { findDatabase, openDatabases } from "./databases";
import { Documents, documentsPath } from "./documents";
import { graphqlEndpoint, type Admit } from "./endpoint";
import { createGateway, supergraphPath } from "./gateway";
import { graphiqlAssets, withGraphiql } from "./graphiql";
import { layerModule } from "./layers";
import { onDemand } from "./on-demand";
import { notForPartners, partnerPages, partnerSupergraphPath } from "./partner";
import { writePrivately } from "./private-file";
import { readinessOf, readinessOfGateway, type Readiness } from "./readiness";
import { HttpServer, type Handler } from "./server";
import { DEADLINE_MS, LocalSource, RemoteSource, type Deadline, type GatewayContext, type LayerSource } from "./sources";
import { Tokens } from "./tokens";
import { COST_HEADER, openSpending, refuseOverdrawn, whoIsUnknown, type Spending } from "./spending";
import { createSubgraph, feedRoutes } from "./subgraph-server";
import { watchedSupergraph } from "./watched-supergraph";

export type GatewayServer = ApolloServer<GatewayContext & Record<string, unknown>>;

/** A running Strata process, whatever its role. */
export interface Strata {
  url: string;
  /** The layers in this process; none in a gateway. */
  layers: Partial<Record<LayerName, Layer>>;
  /** The gateway's engine; none in a layer's process. */
  gateway?: GatewayServer;
  /** Not ready any more; answers under way are finished, background work ends at a safe point, then the databases. */
  stop(): Promise<void>;
}

/** What has to be ended, in the reverse order of its start. */
class Teardown {
  private readonly steps: (() => Promise<unknown> | void)[] = [];
  add = (step: () => Promise<unknown> | void): void => void this.steps.unshift(step);
  async run(): Promise<void> {
    for (const step of this.steps.splice(0)) await step();
  }
}

interface Start {
  config: Config;
  log: Log;
  teardown: Teardown;
}

/** The composition root: the same parts, put together in one process or in four. */
export async function startStrata(config: Config, log: Log, say: (line: string) => void = () => undefined): Promise<Strata> {
  const teardown = new Teardown();
  const start = { config, log, teardown };
  try {
    mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
    if (config.tracesUrl) teardown.add(traced(config.tracesUrl, config.role));
    if (config.role === "gateway") return await startGateway(start);
    const names: readonly LayerName[] = isLayer(config.role) ? [config.role] : LAYERS;
    const layers = await openLayers(start, names, say);
    return isLayer(config.role) ? await startSubgraph(start, layers[config.role]) : await startEmbedded(start, layers);
  } catch (error) {
    await teardown.run();
    throw error;
  }
}

/** Without an endpoint OpenTelemetry is not even loaded. */
function traced(url: string, role: StrataRole): () => Promise<void> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { startTracing } = require("./tracing") as typeof import("./tracing");
  return startTracing(url, role === "embedded" ? "strata" : `strata-${role}`).stop;
}

async function openLayers(
  { config, log, teardown }: Start,
  names: readonly LayerName[],
  say: (line: string) => void,
): Promise<Record<LayerName, Layer>> {
  const database = await findDatabase(config, say);
  teardown.add(() => database.stop());
  const databases = await openDatabases(database, names, database.own, log);
  teardown.add(() => Promise.all(names.map((name) => databases[name].close())));
  return Object.fromEntries(names.map((name) => [name, layerModule(name).create({ db: databases[name], log, ...config })])) as Record<
    LayerName,
    Layer
  >;
}

async function startEmbedded(start: Start, layers: Record<LayerName, Layer>): Promise<Strata> {
  const all = LAYERS.map((name) => layers[name]);
  for (const layer of all) startLayer(start, layer, Object.fromEntries(READS[layer.name].map((from) => [from, layers[from].feed])));
  const sources = bySource((name) => new LocalSource(layers[name], start.log));
  const secret = start.config.identitySecret ?? ownSecret(start.config.dataDir);
  return {
    ...(await serveGateway(start, sources, secret, readinessOf(all), all)),
    layers,
  };
}

async function startGateway(start: Start): Promise<Strata> {
  const { config, log, teardown } = start;
  const secret = config.identitySecret!;
  // Longer than a source waits, so that it is always the source that gives up, and says TIMEOUT.
  const peerOf = (name: LayerName) => new Peer(config.urls[name]!, 2 * DEADLINE_MS);
  const peers = Object.fromEntries(LAYERS.map((name) => [name, peerOf(name)])) as Record<LayerName, Peer>;
  teardown.add(() => Promise.all(LAYERS.map((name) => peers[name].close())));
  const sources = bySource((name) => new RemoteSource(name, peers[name], secretFor("identity", secret), log));
  return { ...(await serveGateway(start, sources, secret, readinessOfGateway(peers), [])), layers: {} };
}

async function startSubgraph(start: Start, layer: Layer): Promise<Strata> {
  const { config, log, teardown } = start;
  const key = secretFor("identity", config.identitySecret!);
  const peers = READS[layer.name].map((name) => [name, new Peer(config.urls[name]!, DEADLINE_MS)] as const);
  teardown.add(() => Promise.all(peers.map(([, peer]) => peer.close())));
  startLayer(start, layer, Object.fromEntries(peers.map(([name, peer]) => [name, new RemoteFeed(name, peer, key)])));
  let drained: (value?: unknown) => void = () => undefined;
  const draining = new Promise((resolve) => (drained = resolve));
  const server = new HttpServer({
    ...address(config),
    readiness: readinessOf([layer]),
    layers: [layer],
    mayMeasure: mayMeasure(new Clients(undefined, config.adminKey, log)),
  });
  const { apollo, handler } = await createSubgraph(layer, key, log, server.drainPlugin());
  server.serve({ "/graphql": handler }, feedRoutes(layer, key, draining));
  teardown.add(() => apollo.stop());
  teardown.add(() => server.startDraining());
  teardown.add(() => drained());
  return { url: await server.listen(), layers: { [layer.name]: layer }, stop: () => teardown.run() };
}

function startLayer({ teardown }: Start, layer: Layer, sources: Partial<Record<LayerName, FeedSource>>): void {
  layer.start(sources);
  teardown.add(() => layer.stop());
}

async function serveGateway(start: Start, sources: Record<LayerName, LayerSource>, secret: string, readiness: Readiness, layers: Layer[]) {
  const { config, log, teardown } = start;
  const tokens = config.tokens && new Tokens(config.tokens, log);
  const clients = new Clients(keysPath(config.dataDir), config.adminKey, log, tokens);
  teardown.add(() => clients.close());
  const positionKey = secretFor("position", secret);
  const server = new HttpServer({ ...address(config), readiness, layers, mayMeasure: mayMeasure(clients) });
  const spending = await openSpending(config.limits, log);
  teardown.add(() => spending.close());
  const documents = new Documents(documentsPath(config.dataDir), config.limits.registeredRoles, log);
  teardown.add(() => documents.close());
  // In one process with the layers it cannot change: they are of one build.
  const supergraphSdl = config.role === "gateway" ? watchedSupergraph(config.supergraph ?? supergraphPath, log) : undefined;
  const gateway = await createGateway({ sources, positionKey, log, supergraphSdl, plugins: [server.drainPlugin()], spending });
  const partners = onDemand(() => {
    return createGateway({ sources, positionKey, log, supergraphSdl: readFileSync(partnerSupergraphPath, "utf8"), spending });
  });
  const admit = admitClient(clients, positionKey, spending, layers.length === 0);
  const shown = config.graphiql ? withGraphiql : (_: string, endpoint: Handler) => endpoint;
  server.serve({
    "/graphql": shown("/graphql", graphqlEndpoint(gateway, log, notForPartners(admit), documents.find)),
    "/partner/graphql": shown("/partner/graphql", graphqlEndpoint(partners, log, admit, documents.find)),
    ...partnerPages(clients),
    ...(config.graphiql && graphiqlAssets()),
  });
  teardown.add(() => partners.stop());
  teardown.add(() => gateway.stop());
  teardown.add(() => server.startDraining());
  return { url: await server.listen(), gateway, stop: () => teardown.run() };
}

/** Who calls is known by an API key or a token alone; whatever else a client sends about identity is not even looked at. */
const admitClient =
  (clients: Clients, positionKey: Buffer, spending: Spending, remote: boolean): Admit<GatewayContext & Record<string, unknown>> =>
  async ({ headers, socket }, requestId) => {
    const startedAt = performance.now();
    const caller = await clients.identify(headers);
    if (!caller) throw await whoIsUnknown(spending, socket.remoteAddress ?? "");
    refuseOverdrawn(caller, spending);
    const after = readPositionToken(positionKey, headers[POSITION_HEADER] as string | undefined);
    const settle = headers[SETTLE_HEADER] === "true";
    const showCost = headers[COST_HEADER] === "true";
    if (!remote) return () => ({ caller, requestId, after, settle, showCost, wrote: {}, startedAt });
    // What a layer in another process does for a caller who hangs up ends there when its own connection does.
    const underWay = new Set<Deadline>();
    const onGone = () => underWay.forEach((asked) => asked.abort?.());
    return () => ({ caller, requestId, after, settle, showCost, wrote: {}, startedAt, underWay, onGone });
  };

/** Metrics name operations and layers: they are for who may read the schema. In a layer's process only STRATA_ADMIN_KEY opens them. */
const mayMeasure = (clients: Clients) => async (headers: IncomingHttpHeaders) =>
  (await clients.identify(headers))?.scopes.has("schema:read") ?? false;

const bySource = <T>(source: (name: LayerName) => T) =>
  Object.fromEntries(LAYERS.map((name) => [name, source(name)])) as Record<LayerName, T>;

const address = ({ host, port }: Config) => ({ host, port });

/** Embedded, nothing is signed between processes; position tokens outlive a restart by a secret kept beside the data. */
function ownSecret(dataDir: string): string {
  const path = join(dataDir, "secret.json");
  if (!existsSync(path)) writePrivately(path, randomBytes(32).toString("base64url"));
  return JSON.parse(readFileSync(path, "utf8")) as string;
}
