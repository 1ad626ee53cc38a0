import type { LayerDatabase } from "../db/database";
import { lockLease } from "../db/lease.sql";
import { inTransaction, type Tx } from "../db/transaction";
import { consumerLease, isOutage, type ConsumerOptions } from "./consumer";
import { countWaiting, noteFailure, parkedKeysByPosition, readFailed, readParked, unpark, type ParkedRow } from "./replay.sql";
import { reasonOf } from "../log";

/** How a layer reads one feed. */
export type FeedReader = Pick<ConsumerOptions, "from" | "apply" | "onParked">;

const MOST_EVENTS = 500;
const MOST_LISTED = 1_000;

export interface Replayed {
  applied: number;
  /** Those that failed, each with what waits behind it. */
  failed: { position: number; error: string }[];
}

/**
 * What a layer has set aside of the feeds that it reads. A replay applies an event and all that waits behind it, in the feed's
 * order, up to 500 in one transaction. Each of these transactions locks the lease row of the feed's consumer, as the consumer's
 * do: so nothing is set aside behind an event that has just gone, nothing overtakes, and of two replays one finds nothing to do.
 */
export class ParkedEvents {
  constructor(
    private readonly db: LayerDatabase,
    private readonly reads: readonly FeedReader[],
  ) {}

  /** The events that failed, oldest first, at most 1,000; what only waits behind them is counted. */
  async list(): Promise<{ failed: ParkedRow[]; waiting: number }> {
    return { failed: await readFailed(this.db, MOST_LISTED), waiting: await countWaiting(this.db) };
  }

  /** Applies an event and what waits behind it. One that fails again stays, with what waits behind that; nothing is done of what is not parked. */
  async replay(from: string, position: number): Promise<Replayed> {
    const reader = this.reads.find((read) => read.from === from);
    const [first] = await readParked(this.db, from, [position]);
    if (!reader || !first) return { applied: 0, failed: [] };
    const chain = new Chain(position, Object.keys(first.event.aggregates));
    const failed: Replayed["failed"] = [];
    let applied = 0;
    for (let most = MOST_EVENTS; ;) {
      let tried: ParkedRow[] = [];
      try {
        const done = await this.step(reader, async (tx) => (tried = await chain.next(tx, from, most)));
        if (done === 0) return { applied, failed };
        applied += done;
      } catch (error) {
        if (tried.length === 0 || isOutage(error)) throw error;
        if (tried.length > 1) {
          most = tried.length >> 1;
          continue;
        }
        most = MOST_EVENTS;
        const [{ event }] = tried;
        failed.push({ position: event.position, error: reasonOf(error) });
        await this.noteFailed(reader, event.position, reasonOf(error));
        chain.block(Object.keys(event.aggregates), event.position);
      }
    }
  }

  private step({ from, apply, onParked }: FeedReader, next: (tx: Tx) => Promise<ParkedRow[]>): Promise<number> {
    return inTransaction(this.db, async (tx) => {
      await lockLease(tx, consumerLease(from));
      const rows = await next(tx);
      if (rows.length === 0) return 0;
      await unpark(
        tx,
        from,
        rows.map(({ position }) => position),
      );
      await apply(
        tx,
        rows.map(({ event }) => event),
      );
      for (const { event, tries } of rows) if (tries > 0) await onParked(tx, { event, version: tries + 1, error: null });
      return rows.length;
    });
  }

  private noteFailed({ from, onParked }: FeedReader, position: number, error: string): Promise<void> {
    return inTransaction(this.db, async (tx) => {
      await lockLease(tx, consumerLease(from));
      const [row] = await readParked(tx, from, [position]);
      if (!row) return;
      await noteFailure(tx, from, position, error);
      await onParked(tx, { event: row.event, version: row.tries + 1, error });
    });
  }
}

/** An event and what waits behind it, by the keys that they share; what failed again blocks its own. */
class Chain {
  private readonly keys: Set<string>;
  private readonly blocked = new Set<string>();
  private readonly failed = new Set<number>();

  constructor(
    private readonly root: number,
    keys: string[],
  ) {
    this.keys = new Set(keys);
  }

  block(keys: string[], position: number): void {
    for (const key of keys) this.blocked.add(key);
    this.failed.add(position);
  }

  /** The next that nothing blocks, in the feed's order. */
  async next(tx: Tx, from: string, limit: number): Promise<ParkedRow[]> {
    const parked = await parkedKeysByPosition(tx, from);
    this.grow([...parked.values()]);
    const blocked = new Set(this.blocked);
    // What has no key has nothing behind it.
    const next: number[] = this.keys.size === 0 && !this.failed.has(this.root) ? [this.root] : [];
    for (const [position, keys] of parked) {
      if (!keys.some((key) => this.keys.has(key))) continue;
      if (this.failed.has(position) || keys.some((key) => blocked.has(key))) for (const key of keys) blocked.add(key);
      else next.push(position);
    }
    return readParked(tx, from, next.slice(0, limit));
  }

  /** Until no further event shares a key with those that are known. */
  private grow(parked: string[][]): void {
    for (let size = -1; size !== this.keys.size;) {
      size = this.keys.size;
      for (const keys of parked) if (keys.some((key) => this.keys.has(key))) for (const key of keys) this.keys.add(key);
    }
  }
}
