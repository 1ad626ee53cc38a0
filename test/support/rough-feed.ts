import { setTimeout as pause } from "node:timers/promises";
import type { FeedSource } from "../../shared/flow/feed";
import type { FeedEvent } from "../../shared/flow/messages";
import type { Random } from "../model/random";

const OLDER = 20;
const LATE_MS = 2_000;

/** A feed as a careless broker would carry it: events come late, again, twice, too early, and in any order. */
export class RoughFeed implements FeedSource {
  /** What happened, so that a test can see that something did. */
  readonly told = { again: 0, twice: 0, moved: 0, late: 0, heldBack: 0 };

  constructor(
    private readonly feed: FeedSource,
    private readonly random: Random,
  ) {}

  async read(after: number, limit: number, waitMs: number): Promise<FeedEvent[]> {
    const events = await this.feed.read(after, limit, waitMs);
    if (events.length === 0) return events;
    const late = this.random.chance(0.05);
    if (late) this.told.late++;
    await pause(late ? LATE_MS : this.random.below(30));
    const again = this.random.chance(0.5) ? await this.feed.read(Math.max(0, after - OLDER), OLDER, 0) : [];
    const older = again.filter(({ position }) => position <= after);
    this.told.again += older.length;
    return this.shuffled([...older, ...events]);
  }

  head = (settle: { visited: string[]; deadlineMs: number }): Promise<number> => this.feed.head(settle);

  private shuffled(events: FeedEvent[]): FeedEvent[] {
    const order = events.flatMap((event) => {
      const copies = this.random.chance(0.05) ? 0 : this.random.chance(0.3) ? 2 : 1;
      if (copies === 0) this.told.heldBack++;
      if (copies === 2) this.told.twice++;
      return Array.from({ length: copies }, () => ({ ...event }));
    });
    for (let i = order.length - 1; i > 0; i--) {
      const j = this.random.below(i + 1);
      [order[i], order[j]] = [order[j], order[i]];
      if (i !== j) this.told.moved++;
    }
    return order;
  }
}
