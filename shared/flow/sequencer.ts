import type { LayerDatabase } from "../db/database";
import { Lease } from "../db/lease";
import { byteOrder } from "../db/lock-order";
import { inTransaction } from "../db/transaction";
import { feedHead, moveToFeed, outboxIsEmpty, readOutbox, type OutboxRow } from "./outbox.sql";
import { listen } from "./signal";

const MOST_EVENTS = 1_000;
/** How long a commit of another process may wait to be noticed. */
const POLL_MS = 50;

/** Gives committed events their dense position in the feed; one process at a time does it, under a lease. */
export class Sequencer {
  private readonly lease: Lease;

  constructor(private readonly db: LayerDatabase) {
    this.lease = new Lease(db, "sequencer");
  }

  start(): void {
    this.lease.start(async (alive) => {
      while (alive()) {
        // Listening begins before looking: what commits in between wakes it at once.
        const next = listen(this.db, "outbox", POLL_MS);
        try {
          if ((await outboxIsEmpty(this.db)) || (await this.step()) === 0) await next.came;
        } finally {
          next.stop();
        }
      }
    });
  }

  stop = (): Promise<void> => this.lease.stop();

  private async step(): Promise<number> {
    // Asked 20 times a second, mostly for nothing: one statement then, no transaction.
    if (await outboxIsEmpty(this.db)) return 0;
    const moved = await inTransaction(this.db, async (tx) => {
      await this.lease.fence(tx);
      const rows = inCommitOrder(await readOutbox(tx, MOST_EVENTS));
      if (rows.length > 0) await moveToFeed(tx, rows, (await feedHead(tx)) + 1);
      return rows.length;
    });
    if (moved > 0) this.db.signals.emit("feed");
    return moved;
  }
}

/**
 * Ids follow the clock of the process that made them; versions follow the locks. Rows keep the order of their ids except
 * where a version of the same aggregate says otherwise. A reader that sees version 2 committed sees version 1 too.
 */
export function inCommitOrder(rows: OutboxRow[]): OutboxRow[] {
  const byAggregate = new Map<string, OutboxRow[]>();
  for (const row of rows) for (const key of Object.keys(row.aggregates)) byAggregate.set(key, [...(byAggregate.get(key) ?? []), row]);
  const before = new Map<OutboxRow, Set<OutboxRow>>();
  for (const [key, group] of byAggregate) {
    group.sort((a, b) => a.aggregates[key] - b.aggregates[key] || byteOrder(a.id, b.id));
    for (let i = 1; i < group.length; i++) before.set(group[i], (before.get(group[i]) ?? new Set()).add(group[i - 1]));
  }
  const ordered: OutboxRow[] = [];
  const placed = new Set<OutboxRow>();
  const place = (row: OutboxRow) => {
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
