import type { DataSource } from "typeorm";
import { described, type Log } from "../log";
import type { Reader } from "./database";
import { reaches, replicaStatus, type Engine } from "./server.sql";

/** A replica that lags more than this is not read from. */
const MOST_LAG_SECONDS = 5;
const CHECK_EVERY_MS = 1_000;
/** A reader with a position waits this long for a replica before it goes to the primary. */
const CATCH_UP_SECONDS = 0.3;

interface Replica {
  source: DataSource;
  healthy: boolean;
  lagSeconds: number;
}

/** The replicas of one schema, checked every second: one that is gone or lags is left out and taken back when it is well. */
export class Replicas {
  private readonly all: Replica[];
  private timer?: NodeJS.Timeout;
  private next = 0;
  private engine: Engine = "mysql";
  private onOpen: (source: DataSource) => Promise<void> = () => Promise.resolve();

  constructor(
    sources: DataSource[],
    private readonly log: Log,
  ) {
    this.all = sources.map((source) => ({ source, healthy: false, lagSeconds: Infinity }));
  }

  start(engine: Engine, onOpen: (source: DataSource) => Promise<void>): void {
    this.engine = engine;
    this.onOpen = onOpen;
    if (this.all.length === 0) return;
    const check = async () => {
      await Promise.all(this.all.map((replica) => this.check(replica)));
      this.timer = setTimeout(check, CHECK_EVERY_MS);
      this.timer.unref();
    };
    void check();
  }

  /** A healthy replica that has seen `position`, or undefined: then the primary is to be read. */
  async choose(position?: string): Promise<Reader | undefined> {
    const healthy = this.all.filter((replica) => replica.healthy);
    if (healthy.length === 0) return undefined;
    const replica = healthy[this.next++ % healthy.length];
    try {
      if (position && !(await reaches(replica.source, this.engine, position, CATCH_UP_SECONDS))) return undefined;
      return replica.source;
    } catch (error) {
      this.leaveOut(replica, error);
      return undefined;
    }
  }

  /** Worst lag of the replicas in use, for /metrics. */
  lagSeconds(): number {
    return Math.max(0, ...this.all.map((replica) => replica.lagSeconds));
  }

  /** Each of them, and whether it may be read from, for /metrics. */
  states(): { source: DataSource; healthy: boolean }[] {
    return this.all.map(({ source, healthy }) => ({ source, healthy }));
  }

  async close(): Promise<void> {
    clearTimeout(this.timer);
    await Promise.all(this.all.map(async ({ source }) => source.isInitialized && source.destroy().catch(() => undefined)));
  }

  private async check(replica: Replica): Promise<void> {
    try {
      if (!replica.source.isInitialized) {
        await replica.source.initialize();
        await this.onOpen(replica.source);
      }
      const status = await replicaStatus(replica.source);
      replica.lagSeconds = status?.lagSeconds ?? 0;
      replica.healthy = !status || (status.running && status.lagSeconds <= MOST_LAG_SECONDS);
    } catch (error) {
      this.leaveOut(replica, error);
    }
  }

  private leaveOut(replica: Replica, error: unknown): void {
    if (replica.healthy) this.log.warn({ error: described(error) }, "replica left out");
    replica.healthy = false;
    replica.lagSeconds = Infinity;
  }
}
