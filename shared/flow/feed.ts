import type { LayerDatabase } from "../db/database";
import type { FeedEvent } from "./messages";
import { feedHead, readFeed } from "./outbox.sql";
import { OUTBOX, untilPlaced } from "./sequencer";
import { listen } from "./signal";

/** Where a consumer reads another layer's events from: in this process, or over the internal endpoint. */
export interface FeedSource {
  /** Events after a position; waits up to `waitMs` when there are none. */
  read(after: number, limit: number, waitMs: number): Promise<FeedEvent[]>;
  /**
   * The feed's last position once everything committed before the call has one; with `settle`, once that layer has itself
   * consumed what its sources had told (`visited` are not asked again).
   */
  head(settle: { visited: string[]; deadlineMs: number }): Promise<number>;
}

const POLL_MS = 200;

/** A layer's own feed, read from its primary. */
export class LocalFeed implements FeedSource {
  constructor(
    private readonly db: LayerDatabase,
    private readonly settle: (visited: string[], deadlineMs: number) => Promise<void>,
  ) {}

  async read(after: number, limit: number, waitMs: number): Promise<FeedEvent[]> {
    const until = Date.now() + waitMs;
    for (;;) {
      const next = listen(this.db, "feed", Math.max(0, Math.min(POLL_MS, until - Date.now())));
      try {
        const events = await readFeed(this.db, after, limit);
        if (events.length > 0 || Date.now() >= until) return events;
        await next.came;
      } finally {
        next.stop();
      }
    }
  }

  async head({ visited, deadlineMs }: { visited: string[]; deadlineMs: number }): Promise<number> {
    await this.settle(visited, deadlineMs);
    await untilPlaced(this.db, OUTBOX, deadlineMs);
    return feedHead(this.db);
  }
}
