import type { LayerDatabase, LayerName } from "../db/database";
import type { FeedEvent } from "./messages";
import { feedHead, readFeed } from "./outbox.sql";
import { feedFloor, noteReader } from "./prune.sql";
import { OUTBOX, untilPlaced } from "./sequencer";
import { listen } from "./signal";

/** Where a consumer reads another layer's events from: in this process, or over the internal endpoint. */
export interface FeedSource {
  /**
   * Events after a position; waits up to `waitMs` when there are none. What a named reader has not read is kept for it; a position
   * of which the events after it are kept no longer is a FeedPruned.
   */
  read(after: number, limit: number, waitMs: number, reader?: LayerName): Promise<FeedEvent[]>;
  /**
   * The feed's last position once everything committed before the call has one; with `settle`, once that layer has itself
   * consumed what its sources had told (`visited` are not asked again).
   */
  head(settle: { visited: string[]; deadlineMs: number }): Promise<number>;
}

const POLL_MS = 200;
/** How far a reader has come is noted so often at most: a position that is behind keeps a little more. */
const NOTED_MS = 10_000;

/** A reader that was away for too long, or was restored from too old a copy: what it wants to read next is gone. */
export class FeedPruned extends Error {
  constructor(layer: string, after: number, floor: number) {
    super(
      `FEED_PRUNED: the feed of ${layer} is kept from position ${floor + 1} on, position ${after} was asked for: this layer's data are older than what is kept`,
    );
    this.name = "FeedPruned";
  }
}

/** Also when another process has said so. */
export const isPruned = (error: unknown): boolean => /^FEED_PRUNED/.test((error as Error)?.message ?? "");

/** A layer's own feed, read from its primary. */
export class LocalFeed implements FeedSource {
  private readonly noted = new Map<LayerName, { position: number; at: number }>();

  constructor(
    private readonly db: LayerDatabase,
    private readonly settle: (visited: string[], deadlineMs: number) => Promise<void>,
  ) {}

  async read(after: number, limit: number, waitMs: number, reader?: LayerName): Promise<FeedEvent[]> {
    if (reader) await this.note(reader, after);
    const until = Date.now() + waitMs;
    for (;;) {
      const next = listen(this.db, "feed", Math.max(0, Math.min(POLL_MS, until - Date.now())));
      try {
        const events = await readFeed(this.db, after, limit);
        if (events.length > 0 && events[0].position > after + 1) await this.checkKept(after);
        if (events.length > 0 || Date.now() >= until) return events;
        await next.came;
      } finally {
        next.stop();
      }
    }
  }

  /** Asked behind the read: what was there then may be gone now, and not the other way round. */
  private async checkKept(after: number): Promise<void> {
    const floor = await feedFloor(this.db);
    if (after < floor) throw new FeedPruned(this.db.layer, after, floor);
  }

  private async note(reader: LayerName, position: number): Promise<void> {
    const last = this.noted.get(reader);
    const now = performance.now();
    if (last && (last.position === position || now < last.at + NOTED_MS)) return;
    this.noted.set(reader, { position, at: now });
    await noteReader(this.db, reader, position);
  }

  async head({ visited, deadlineMs }: { visited: string[]; deadlineMs: number }): Promise<number> {
    await this.settle(visited, deadlineMs);
    await untilPlaced(this.db, OUTBOX, deadlineMs);
    return feedHead(this.db);
  }
}
