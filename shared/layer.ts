import type { GraphQLSchema } from "graphql";
import type { LayerDatabase, LayerName } from "./db/database";
import type { FeedSource } from "./flow/feed";
import type { FeedLag } from "./flow/lag";
import type { ParkedEvents } from "./flow/replay";
import type { RequestContext, RequestFacts } from "./graphql/context";
import type { Log } from "./log";

/** A figure, or one for each set of labels. */
export type Measures = Record<string, number | { labels: Record<string, string>; value: number }[]>;

/** What a running layer offers to whatever serves it: the gateway in one process, or a subgraph server. */
export interface Layer {
  name: LayerName;
  db: LayerDatabase;
  schema: GraphQLSchema;
  /** The subgraph's SDL, for composition. */
  sdl: string;
  /** This layer's events, for those who read it. */
  feed: FeedSource;
  /** What was set aside of the feeds that this layer reads, and the way to apply it after all. */
  parked: ParkedEvents;
  /** How far this layer is behind with what it reads. */
  lags(): Promise<FeedLag[]>;
  /** Figures for /metrics of what is this layer's own, by name. */
  measures?(): Promise<Measures>;
  /** A context for one request. */
  context(facts: RequestFacts): RequestContext;
  /** Starts background work: sequencer, consumers, sweepers. `sources` are the feeds of the layers it reads. */
  start(sources: Partial<Record<LayerName, FeedSource>>): void;
  /** Ends background work at a safe point; the database stays open. */
  stop(): Promise<void>;
}

export interface LayerOptions {
  db: LayerDatabase;
  log: Log;
  /** Whether webhooks may be sent to this machine itself. */
  webhookLoopback?: boolean;
  /** How often figures are told for the other layers to compare, in seconds; 0 or absent: never. */
  checkSeconds?: number;
  /** How long the rows of an import are kept after anything happened to their batch; absent: for good. */
  importDays?: number;
  /** How long what was told is kept at least, in days; absent: for ever. */
  keepDays?: number;
}
