import type { LayerDatabase, Reader } from "../db/database";
import { Lease } from "../db/lease";
import { byteOrder } from "../db/lock-order";
import { inTransaction, type Tx } from "../db/transaction";
import { feedHead, lastInOutbox, moveToFeed, outboxHolds, outboxIsEmpty, readOutbox, type OutboxRow } from "./outbox.sql";
import { listen, signalled, type Signal } from "./signal";

const MOST_EVENTS = 1_000;
/** How long a commit of another process may wait to be noticed. */
const POLL_MS = 50;

/** What is written in the transaction that caused it, and wants a place in one order. */
export interface Unplaced {
  id: string;
  /** The key of each thing that it is about, and that thing's version, raised under its lock. */
  aggregates: Record<string, number>;
}

/** Rows that are committed and have no position yet, and where they go. */
export interface Shelf<Row extends Unplaced> {
  lease: string;
  /** Emitted after a commit that wrote some, and after they got positions. */
  written: Signal;
  placed: Signal;
  isEmpty(reader: Reader): Promise<boolean>;
  /** The last id that is committed now, and whether any up to an id is still here. */
  last(reader: Reader): Promise<string | null>;
  holds(reader: Reader, upTo: string): Promise<boolean>;
  read(tx: Tx, limit: number): Promise<Row[]>;
  head(reader: Reader): Promise<number>;
  /** Moves rows to their order, at the given first position. */
  move(tx: Tx, rows: Row[], first: number): Promise<void>;
}

export const OUTBOX: Shelf<OutboxRow> = {
  lease: "sequencer",
  written: "outbox",
  placed: "feed",
  isEmpty: outboxIsEmpty,
  last: lastInOutbox,
  holds: outboxHolds,
  read: readOutbox,
  head: feedHead,
  move: moveToFeed,
};

/** Gives committed rows their dense position; one process at a time does it, under a lease. */
export class Sequencer<Row extends Unplaced = OutboxRow> {
  private readonly lease: Lease;

  constructor(
    private readonly db: LayerDatabase,
    private readonly shelf: Shelf<Row>,
  ) {
    this.lease = new Lease(db, shelf.lease);
  }

  start(): void {
    const { db, shelf } = this;
    this.lease.start(async (alive) => {
      while (alive()) {
        // Listening begins before looking: what commits in between wakes it at once.
        const next = listen(db, shelf.written, POLL_MS);
        try {
          // Asked 20 times a second, mostly for nothing: one statement then, no transaction.
          if ((await shelf.isEmpty(db)) || (await this.step()) === 0) await next.came;
        } finally {
          next.stop();
        }
      }
    });
  }

  stop = (): Promise<void> => this.lease.stop();

  private async step(): Promise<number> {
    const { db, shelf } = this;
    const moved = await inTransaction(db, async (tx) => {
      await this.lease.fence(tx);
      const rows = inCommitOrder(await shelf.read(tx, MOST_EVENTS));
      if (rows.length > 0) await shelf.move(tx, rows, (await shelf.head(tx)) + 1);
      return rows.length;
    });
    if (moved > 0) db.signals.emit(shelf.placed);
    return moved;
  }
}

/** Waits until what was committed before the call has its position; what comes in meanwhile does not keep the caller waiting. */
export async function untilPlaced<Row extends Unplaced>(db: LayerDatabase, shelf: Shelf<Row>, deadlineMs: number): Promise<void> {
  const last = await shelf.last(db);
  while (last && Date.now() < deadlineMs && (await shelf.holds(db, last))) await signalled(db, shelf.placed, 20);
}

/**
 * Ids follow the clock of the process that made them; versions follow the locks. Rows keep the order of their ids except
 * where a version of the same aggregate says otherwise. A reader that sees version 2 committed sees version 1 too.
 */
export function inCommitOrder<Row extends Unplaced>(rows: Row[]): Row[] {
  const byAggregate = new Map<string, Row[]>();
  for (const row of rows) for (const key of Object.keys(row.aggregates)) byAggregate.set(key, [...(byAggregate.get(key) ?? []), row]);
  const before = new Map<Row, Set<Row>>();
  for (const [key, group] of byAggregate) {
    group.sort((a, b) => a.aggregates[key] - b.aggregates[key] || byteOrder(a.id, b.id));
    for (let i = 1; i < group.length; i++) before.set(group[i], (before.get(group[i]) ?? new Set()).add(group[i - 1]));
  }
  const ordered: Row[] = [];
  const placed = new Set<Row>();
  const place = (row: Row) => {
    const stack = [row];
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      const missing = [...(before.get(top) ?? [])].filter((earlier) => !placed.has(earlier));
      if (missing.length > 0) stack.push(...missing);
      else if (placed.has(stack.pop()!)) continue;
      else {
        placed.add(top);
        ordered.push(top);
      }
    }
  };
  rows.forEach(place);
  return ordered;
}
