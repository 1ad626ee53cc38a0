import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isLayer, READS, type Config } from "../shared/config";
import { LAYERS, type LayerDatabase, type LayerName } from "../shared/db/database";
import type { FeedSource } from "../shared/flow/feed";
import { RemoteFeed } from "../shared/flow/remote-feed";
import type { Layer } from "../shared/layer";
import type { Log } from "../shared/log";
import { projectRoot } from "../shared/root";
import { Clients, KeyFile } from "./clients";
import { findDatabase, openDatabases } from "./databases";
import { makeGatewayServer } from "./gateway-server";
import { listen, type Web } from "./http";
import { LAYER_MODULES } from "./layers";
import { HttpSource, InProcessSource } from "./sources";
import { makeSubgraphServer } from "./subgraph-server";

/** A running Strata process, whatever its role. */
export interface Strata {
  url: string;
  /** The layers in this process; none in a gateway. */
  layers: Partial<Record<LayerName, Layer>>;
  keys: KeyFile;
  /** Whether this start made the private database. */
  firstStart: boolean;
  /** Drains: no new requests, those in flight are answered, background work ends at a safe point, then the database. */
  stop(): Promise<void>;
}

/** What has to be ended, in the reverse order of its start. */
class Teardown {
  private readonly steps: (() => Promise<unknown>)[] = [];
  add = (step: () => Promise<unknown>): void => void this.steps.unshift(step);
  async run(): Promise<void> {
    for (const step of this.steps.splice(0)) await step();
  }
}

/** The composition root: the same parts, put together in one process or in four. */
export async function startStrata(config: Config, log: Log, say: (line: string) => void = () => undefined): Promise<Strata> {
  const teardown = new Teardown();
  try {
    mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
    if (config.role === "gateway") return await startGateway(config, log, teardown);
    const firstStart = !config.database && !existsSync(join(config.dataDir, "primary"));
    const database = await findDatabase(config, say);
    teardown.add(() => database.stop());
    const names: readonly LayerName[] = isLayer(config.role) ? [config.role] : LAYERS;
    const databases = await openDatabases(database, names, database.own, log);
    teardown.add(() => Promise.all(names.map((name) => databases[name].close())));
    const layers: Partial<Record<LayerName, Layer>> = {};
    for (const name of names) layers[name] = LAYER_MODULES[name].create({ db: databases[name], log });
    const strata = isLayer(config.role)
      ? await startSubgraph(config, layers[config.role]!, log, teardown)
      : await startEmbedded(config, layers as Record<LayerName, Layer>, log, teardown);
    return { ...strata, firstStart };
  } catch (error) {
    await teardown.run();
    throw error;
  }
}

const answers = async (db: LayerDatabase): Promise<boolean> => (await db.query("SELECT 1")).length === 1;

async function startEmbedded(config: Config, layers: Record<LayerName, Layer>, log: Log, teardown: Teardown): Promise<Strata> {
  const all = LAYERS.map((name) => layers[name]);
  const keys = new KeyFile(config.dataDir);
  const source = (name: LayerName) => new InProcessSource(layers[name], log);
  const { web, apollo } = await makeGatewayServer({
    supergraphSdl: supergraph(),
    sources: { sales: source("sales"), dispatch: source("dispatch"), warehouse: source("warehouse") },
    clients: new Clients(keys, config.adminKey),
    secret: config.identitySecret ?? ownSecret(config.dataDir),
    databases: all.map(({ db }) => db),
    isReady: async () => (await Promise.all(all.map(({ db }) => answers(db)))).every(Boolean),
    log,
  });
  for (const layer of all) startLayer(layer, Object.fromEntries(READS[layer.name].map((from) => [from, layers[from].feed])), teardown);
  return serve(config, { web, apollo, layers, keys }, teardown);
}

async function startSubgraph(config: Config, layer: Layer, log: Log, teardown: Teardown): Promise<Strata> {
  const secret = config.identitySecret!;
  const feeds = READS[layer.name].map((from) => [from, new RemoteFeed(layer.name, from, config.urls[from]!, secret)] as const);
  teardown.add(() => Promise.all(feeds.map(([, feed]) => feed.close())));
  const { web, apollo } = await makeSubgraphServer({ layer, secret, isReady: () => answers(layer.db), log });
  startLayer(layer, Object.fromEntries(feeds), teardown);
  return serve(config, { web, apollo, layers: { [layer.name]: layer }, keys: new KeyFile(config.dataDir) }, teardown);
}

async function startGateway(config: Config, log: Log, teardown: Teardown): Promise<Strata> {
  const keys = new KeyFile(config.dataDir);
  const secret = config.identitySecret!;
  const source = (name: LayerName) => new HttpSource(name, config.urls[name]!, secret);
  const sources = { sales: source("sales"), dispatch: source("dispatch"), warehouse: source("warehouse") };
  teardown.add(() => Promise.all(LAYERS.map((name) => sources[name].close())));
  const isReady = async () => (await Promise.all(LAYERS.map((name) => fetch(`${config.urls[name]}/health/ready`, { signal: AbortSignal.timeout(2_000) })))).every(({ ok }) => ok);
  const { web, apollo } = await makeGatewayServer({ supergraphSdl: supergraph(), sources, clients: new Clients(keys, config.adminKey), secret, databases: [], isReady, log });
  return { ...(await serve(config, { web, apollo, layers: {}, keys }, teardown)), firstStart: false };
}

function startLayer(layer: Layer, sources: Partial<Record<LayerName, FeedSource>>, teardown: Teardown): void {
  layer.start(sources);
  teardown.add(() => layer.stop());
}

interface Served {
  web: Web;
  apollo: { stop(): Promise<void> };
  layers: Partial<Record<LayerName, Layer>>;
  keys: KeyFile;
}

async function serve(config: Config, { web, apollo, layers, keys }: Served, teardown: Teardown): Promise<Strata> {
  const port = await listen(web.server, config.host, config.port);
  // Stopping Apollo stops the server: what is in flight is answered, and its connections close.
  teardown.add(() => apollo.stop());
  const stop = async () => {
    web.draining = true;
    await teardown.run();
  };
  return { url: `http://${config.host}:${port}`, layers, keys, firstStart: false, stop };
}

const supergraph = (): string => readFileSync(join(projectRoot, "gateway/supergraph.graphql"), "utf8");

/** Embedded, nothing is signed between processes; position tokens outlive a restart by a secret kept beside the data. */
function ownSecret(dataDir: string): string {
  const path = join(dataDir, "secret");
  if (!existsSync(path)) writeFileSync(path, randomBytes(32).toString("base64url"), { mode: 0o600 });
  return readFileSync(path, "utf8");
}
