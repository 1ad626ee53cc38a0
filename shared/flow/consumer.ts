import { LAYERS, type LayerDatabase, type LayerName } from "../db/database";
import { Lease, LeaseLost } from "../db/lease";
import { isRetryable, wait } from "../db/retry";
import { inTransaction, type Tx } from "../db/transaction";
import { Fault } from "../refusal";
import { isParked, park, positionOf, parkedKeys, savePosition } from "./consumer.sql";
import { isPruned, type FeedSource } from "./feed";
import type { FeedLag } from "./lag";
import { parkedCount } from "./lag.sql";
import type { FeedEvent } from "./messages";
import { signalled } from "./signal";
import { described, reasonOf } from "../log";

const MOST_EVENTS = 500;
/** Things that the events of one transaction name, unless one event names more: what it locks, and for how long. */
const MOST_NAMED = 2_000;
const LONG_POLL_MS = 5_000;
const MOST_TRIES = 5;
const SETTLE_POLL_MS = 50;
const GAP_MS = 20;

/** An event that could not be applied: what became of it. */
export interface Parked {
  event: FeedEvent;
  /** Rises with whatever becomes of it. */
  version: number;
  /** Null: it has been applied after all. */
  error: string | null;
}

/** The lease under which a feed is consumed: whoever changes what is parked of it locks its row first. */
export const consumerLease = (from: string): string => `consume-${from}`;

export interface ConsumerOptions {
  db: LayerDatabase;
  /** The layer that is read; its position in this layer's schema goes by this name. */
  from: string;
  source: FeedSource;
  /** Applies events in order, all in this transaction. Event types that do not concern this layer are to be ignored. */
  apply: (tx: Tx, events: FeedEvent[]) => Promise<void>;
  /** Told of an event that failed and is set aside, or that is no more, in the same transaction. */
  onParked: (tx: Tx, parked: Parked) => Promise<void>;
}

/**
 * Reads another layer's feed from its own stored position. Effect and position commit together, so each event takes effect
 * once, in the feed's order, however the source carries it. A batch that fails is halved until the poison event stands alone; after bounded tries that one is parked, and so are
 * its followers on the same aggregates, while everything else goes on. `replay.ts` applies them later.
 */
export class Consumer {
  private readonly lease: Lease;
  /** The last position applied, as far as this process knows. */
  private applied = 0;
  /** Whether this process applies the feed, so that nobody knows better than `applied` how far it is. */
  private isOwner: () => boolean = () => false;
  private looking?: Promise<void>;
  private end: () => void = () => undefined;
  /** Wakes a long poll when this process stops. */
  private readonly ended = new Promise<FeedEvent[]>((resolve) => (this.end = () => resolve([])));

  constructor(private readonly options: ConsumerOptions) {
    this.lease = new Lease(options.db, consumerLease(options.from));
  }

  start(): void {
    this.lease.start((alive) => this.follow(alive).finally(() => (this.isOwner = () => false)));
  }

  /** The table is asked once: from then on this process alone moves the position, or its transaction fails. */
  private async follow(alive: () => boolean): Promise<void> {
    const { db, from, source } = this.options;
    this.applied = await positionOf(db, from);
    this.isOwner = alive;
    while (alive()) {
      const after = this.applied;
      const read = source.read(after, MOST_EVENTS, LONG_POLL_MS, db.layer);
      read.catch(() => undefined);
      const given = await Promise.race([read, this.ended]);
      const events = nextInOrder(given, after);
      for (const some of inPortions(events)) if (alive()) await this.apply(some, alive);
      if (events.length === 0 && given.length > 0) await wait(GAP_MS);
    }
  }

  stop(): Promise<void> {
    this.end();
    return this.lease.stop();
  }

  /** Waits until everything the source had told before this call has been applied here, or the deadline has passed. */
  async settle(visited: string[], deadlineMs: number): Promise<void> {
    const { db, from, source } = this.options;
    const head = await source.head({ visited, deadlineMs });
    while (this.applied < head && Date.now() < deadlineMs) {
      const moved = await signalled(db, "applied", SETTLE_POLL_MS);
      // Another process may own the lease: then only the table tells, and one look does for all who wait here.
      if (!moved && !this.isOwner()) await (this.looking ??= this.look(db, from).finally(() => (this.looking = undefined)));
    }
  }

  /** Asked by whoever measures: the feed's head, without waiting for anything, and what comes next. */
  async lag(): Promise<FeedLag> {
    const { db, source } = this.options;
    const from = this.options.from as LayerName;
    const [position, parked] = [await positionOf(db, from), await parkedCount(db, from)];
    try {
      const head = await source.head({ visited: [...LAYERS], deadlineMs: Date.now() });
      if (head <= position) return { from, parked, behind: { events: 0, seconds: 0 }, pruned: false };
      const [next] = await source.read(position, 1, 0);
      const seconds = next ? Math.max(0, (Date.now() - Date.parse(next.at)) / 1_000) : 0;
      return { from, parked, behind: { events: head - position, seconds }, pruned: false };
    } catch (error) {
      return { from, parked, pruned: isPruned(error) };
    }
  }

  private async look(db: LayerDatabase, from: string): Promise<void> {
    this.applied = Math.max(this.applied, await positionOf(db, from));
  }

  private async apply(events: FeedEvent[], alive: () => boolean): Promise<void> {
    for (let tries = 1; alive(); tries++) {
      try {
        return await this.applyOnce(events);
      } catch (error) {
        if (error instanceof LeaseLost || isOutage(error)) throw error;
        if (events.length > 1) {
          const middle = events.length >> 1;
          await this.apply(events.slice(0, middle), alive);
          return this.apply(events.slice(middle), alive);
        }
        if (tries >= MOST_TRIES) return this.setAside(events[0], error as Error);
        await wait(20 * tries);
      }
    }
  }

  private async applyOnce(events: FeedEvent[]): Promise<void> {
    const { db, from, apply } = this.options;
    await inTransaction(db, async (tx) => {
      await this.lease.fence(tx);
      const blocked = await parkedKeys(tx, from);
      const stopped = events.filter((event) => isParked(event, blocked));
      await park(tx, from, stopped, "behind a parked event of the same aggregate", 0);
      const free = stopped.length === 0 ? events : events.filter((event) => !stopped.includes(event));
      await savePosition(tx, from, events[events.length - 1].position);
      if (free.length > 0) await apply(tx, free);
    });
    this.movedTo(events[events.length - 1].position);
  }

  private movedTo(position: number): void {
    this.applied = position;
    this.options.db.signals.emit("applied");
  }

  private async setAside(event: FeedEvent, error: Error): Promise<void> {
    const { db, from, onParked } = this.options;
    db.log.error({ event: event.id, type: event.type, error: described(error) }, "event parked");
    await inTransaction(db, async (tx) => {
      await this.lease.fence(tx);
      await park(tx, from, [event], reasonOf(error), 1);
      await savePosition(tx, from, event.position);
      await onParked(tx, { event, version: 1, error: reasonOf(error) });
    });
    this.movedTo(event.position);
  }
}

/**
 * What comes next of what a source gave: positions are dense, so what came before, twice or too early shows by its position.
 * Nothing is passed over: what lies behind a gap is read again until the gap is filled.
 */
export function nextInOrder(given: FeedEvent[], after: number): FeedEvent[] {
  const next: FeedEvent[] = [];
  for (const event of [...given].sort((a, b) => a.position - b.position)) if (event.position === after + next.length + 1) next.push(event);
  return next;
}

/** Events of one transaction each, in order. */
export function inPortions(events: FeedEvent[]): FeedEvent[][] {
  const portions: FeedEvent[][] = [];
  let named = Infinity;
  for (const event of events) {
    const names = Object.keys(event.aggregates).length;
    if (named + names > MOST_NAMED) {
      portions.push([]);
      named = 0;
    }
    portions[portions.length - 1].push(event);
    named += names;
  }
  return portions;
}

export const isOutage = (error: unknown): boolean =>
  isRetryable(error) || (error instanceof Fault && ["UNAVAILABLE", "OVERLOADED"].includes(error.faultCode));
