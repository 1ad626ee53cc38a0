import DataLoader from "dataloader";
import type { LayerDatabase, LayerName, Reader } from "../db/database";
import { isConnectionError } from "../db/retry";
import { inTransaction, type Tx } from "../db/transaction";
import type { Caller } from "../identity/caller";
import { Fault } from "../refusal";
import { spannedSql } from "../trace";

/** Where each layer's database stood after a write; what a later read must at least have seen. */
export type Positions = Partial<Record<LayerName, string>>;

/** What the gateway says of a request; signed when it travels. */
export interface RequestFacts {
  caller: Caller;
  requestId: string;
  /** The request is a mutation, or a fetch that a mutation's answer needs: it reads the primary. */
  primary: boolean;
  /** From `x-strata-position`. */
  after: Positions;
  /** From `x-strata-settle`: wait until this layer has consumed what the others had told. */
  settle: boolean;
}

/** One request in one layer. `db` is that layer's. */
export class RequestContext {
  readonly caller: Caller;
  readonly requestId: string;
  /** Positions written by this request, for its answer's `x-strata-position`. */
  readonly wrote: Positions = {};
  /** Whether nobody is there any more to be answered. Set by whoever serves the request, where it can be known. */
  isGone: () => boolean = () => false;
  private readonly loaders = new Map<string, DataLoader<unknown, unknown>>();
  private reader?: Promise<Reader>;

  constructor(
    readonly db: LayerDatabase,
    private readonly facts: RequestFacts,
    private readonly settled: () => Promise<void>,
  ) {
    this.caller = facts.caller;
    this.requestId = facts.requestId;
  }

  /** A batching loader that lives as long as the request: `ctx.loader("listing", keys => ...).load(key)`. */
  loader<Key, Value>(
    name: string,
    batch: (keys: readonly Key[], ctx: this) => Promise<(Value | Error)[]>,
    cacheKeyFn?: (key: Key) => string,
  ): DataLoader<Key, Value> {
    let loader = this.loaders.get(name);
    if (!loader) {
      const options = cacheKeyFn ? { cacheKeyFn: (key: unknown) => cacheKeyFn(key as Key) } : {};
      loader = new DataLoader<unknown, unknown>((keys) => batch(keys as readonly Key[], this) as never, options as never);
      this.loaders.set(name, loader);
    }
    return loader as unknown as DataLoader<Key, Value>;
  }

  /** What this request reads from: a replica that has seen what the caller has written, else the primary. Chosen once. */
  onReplica(): Promise<Reader> {
    this.reader ??= this.choose();
    return this.reader;
  }

  /** Nothing remembered from before will do: the request must see a write that it knows of, its own or another layer's. */
  get wantsNewest(): boolean {
    const { primary, settle, after } = this.facts;
    return primary || settle || after[this.db.layer] !== undefined || this.wrote[this.db.layer] !== undefined;
  }

  /** Runs a write in a transaction and notes the position for the answer. */
  async write<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    this.reader = Promise.resolve(this.db);
    return this.db.writes.run(() => inTransaction(this.db, work, { onPosition: (position) => this.noteWrite(position) }));
  }

  noteWrite(position: string): void {
    // What was loaded before this write is old now: the next step of the same request reads again.
    this.loaders.clear();
    this.wrote[this.db.layer] = position;
    this.reader = Promise.resolve(this.db);
  }

  private async choose(): Promise<Reader> {
    if (this.facts.settle) await this.settled();
    // What was just consumed is on the primary; a replica may not have it yet.
    if (this.facts.primary || this.facts.settle || this.facts.after[this.db.layer] === "") return guarded(this.db);
    return replicaOrPrimary(this.db, this.facts.after[this.db.layer]);
  }
}

/** A replica that has reached `position`, else the primary. */
export async function replicaOrPrimary(db: LayerDatabase, position?: string): Promise<Reader> {
  const replica = await db.replicas.choose(position);
  return replica ? withFallback(replica, db) : guarded(db);
}

/** A replica that dies while it is read gives way to the primary. */
const withFallback = (replica: Reader, primary: LayerDatabase): Reader => ({
  query: async <Row>(sql: string, params?: unknown[]) => {
    primary.statements++;
    try {
      return await spannedSql(primary.layer, "replica", sql, () => replica.query<Row>(sql, params));
    } catch (error) {
      if (!isConnectionError(error)) throw error;
      return guarded(primary).query<Row>(sql, params);
    }
  },
});

/** The primary; that it cannot be reached is said as UNAVAILABLE. */
export const guarded = (db: LayerDatabase): Reader => ({
  query: async <Row>(sql: string, params?: unknown[]) => {
    try {
      return await db.query<Row>(sql, params);
    } catch (error) {
      if (!isConnectionError(error)) throw error;
      throw new Fault("UNAVAILABLE", "The database cannot be reached. Ask again.", { retryAfterMs: 1_000, cause: error });
    }
  },
});
