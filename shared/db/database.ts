import { EventEmitter } from "node:events";
import { DataSource, type EntitySchema } from "typeorm";
import type { Log } from "../log";
import { spannedSql } from "../trace";
import { WriteBreaker } from "./breaker";
import { Replicas } from "./replicas";
import { engineOf, sessionSettings, type Engine } from "./server.sql";

export type LayerName = "sales" | "dispatch" | "warehouse";
export const LAYERS: readonly LayerName[] = ["sales", "dispatch", "warehouse"];
export const schemaOf = (layer: LayerName): string => `strata_${layer}`;

/** Anything that answers SQL: an open transaction, the primary, or a replica. */
export interface Reader {
  query<Row = Record<string, unknown>>(sql: string, params?: unknown[]): Promise<Row[]>;
}

export interface DatabaseOptions {
  layer: LayerName;
  primaryUrl: string;
  replicaUrls: string[];
  log: Log;
  entities?: (new () => object)[];
  poolSize?: number;
}

/**
 * One layer's schema on the primary and its replicas. Two kinds of plain DataSource and our own chooser, because TypeORM's
 * `replication` option does not recover from an outage of the primary.
 */
export class LayerDatabase implements Reader {
  /**
   * Emits "outbox" after a commit that wrote events, and "feed" after events got their positions. As many may listen as requests
   * are admitted, each for milliseconds (`listen`): a count that warns would warn of load.
   */
  readonly signals = new EventEmitter().setMaxListeners(0);
  /** Statements sent so far, for tests that count queries. */
  statements = 0;
  /** What writes that callers wait for pass through. */
  readonly writes = new WriteBreaker();
  readonly layer: LayerName;
  readonly log: Log;
  engine!: Engine;

  private constructor(
    readonly primary: DataSource,
    readonly replicas: Replicas,
    options: DatabaseOptions,
  ) {
    this.layer = options.layer;
    this.log = options.log;
  }

  static async open(options: DatabaseOptions): Promise<LayerDatabase> {
    const primary = dataSource(options, options.primaryUrl);
    await primary.initialize();
    const replicas = new Replicas(
      options.replicaUrls.map((url) => dataSource(options, url)),
      options.log,
    );
    const db = new LayerDatabase(primary, replicas, options);
    db.engine = await engineOf(db);
    await setUpSessions(primary, db.engine);
    replicas.start(db.engine, (source) => setUpSessions(source, db.engine));
    return db;
  }

  async query<Row = Record<string, unknown>>(sql: string, params?: unknown[]): Promise<Row[]> {
    this.statements++;
    return spannedSql(this.layer, "primary", sql, () => this.primary.query(sql, params));
  }

  /** What of each server's connections is open, idle and waited for, for /metrics. */
  pools(): Record<string, PoolUse> {
    const replicas = this.replicas.states().map(({ source }, i) => [`replica ${i + 1}`, source] as const);
    return Object.fromEntries([["primary", this.primary] as const, ...replicas].map(([server, source]) => [server, useOf(source)]));
  }

  async close(): Promise<void> {
    this.signals.removeAllListeners();
    await this.replicas.close();
    if (this.primary.isInitialized) await this.primary.destroy();
  }
}

function dataSource({ layer, entities, poolSize }: DatabaseOptions, url: string): DataSource {
  return new DataSource({
    type: "mysql",
    url,
    // TypeORM leaves the query of a URL out; mysql2 knows this one by itself.
    socketPath: new URL(url).searchParams.get("socketPath") ?? undefined,
    database: schemaOf(layer),
    entities: (entities ?? []) as (new () => object)[] & EntitySchema[],
    synchronize: false,
    logging: false,
    // A stack taken for every statement, in case it fails, cost 3 % of a batch: an error names its statement without.
    trace: false,
    poolSize: poolSize ?? 16,
    connectTimeout: 2_000,
    supportBigNumbers: true,
    timezone: "Z",
    charset: "utf8mb4_bin",
    // Statements of one transaction go together (decision 24); a frozen server is found by keep-alive and by the callers' deadlines.
    extra: { multipleStatements: true, enableKeepAlive: true, keepAliveInitialDelay: 1_000, maxIdle: poolSize ?? 16 },
  });
}

export interface PoolUse {
  open: number;
  idle: number;
  waiting: number;
}

interface PoolOfDriver {
  _allConnections: { length: number };
  _freeConnections: { length: number };
  _connectionQueue: { length: number };
  on(event: "connection", listener: (connection: { query(sql: string): void }) => void): void;
}

/**
 * Every connection states its isolation and its limits itself; a server's defaults are never relied on. The one that the
 * source was opened with came before anybody could tell it, so it goes.
 */
async function setUpSessions(source: DataSource, engine: Engine): Promise<void> {
  const pool = (source.driver as unknown as { pool: PoolOfDriver }).pool;
  pool.on("connection", (connection) => {
    for (const statement of sessionSettings(engine)) connection.query(statement);
  });
  const runner = source.createQueryRunner();
  ((await runner.connect()) as { destroy(): void }).destroy();
  await runner.release();
}

/** mysql2 tells of its pool by these queues alone. */
function useOf(source: DataSource): PoolUse {
  const { pool } = source.driver as unknown as { pool?: PoolOfDriver };
  return {
    open: pool?._allConnections.length ?? 0,
    idle: pool?._freeConnections.length ?? 0,
    waiting: pool?._connectionQueue.length ?? 0,
  };
}
