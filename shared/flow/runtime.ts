import type { LayerDatabase, LayerName } from "../db/database";
import { Consumer } from "./consumer";
import { LocalFeed, type FeedSource } from "./feed";
import type { FeedLag } from "./lag";
import { ParkedEvents, type FeedReader } from "./replay";
import { OUTBOX, Sequencer } from "./sequencer";

export const SETTLE_MS = 2_000;

/** The background work that every layer has: its sequencer, and a consumer for each layer it reads. */
export class FlowRuntime {
  readonly feed: FeedSource;
  private readonly sequencer: Sequencer;
  readonly parked: ParkedEvents;
  private consumers = new Map<LayerName, Consumer>();

  constructor(
    private readonly db: LayerDatabase,
    private readonly reads: FeedReader[],
  ) {
    this.sequencer = new Sequencer(db, OUTBOX);
    this.parked = new ParkedEvents(db, reads);
    this.feed = new LocalFeed(db, (visited, deadlineMs) => this.settle(visited, deadlineMs));
  }

  start(sources: Partial<Record<LayerName, FeedSource>>): void {
    this.sequencer.start();
    for (const read of this.reads) {
      const source = sources[read.from as LayerName];
      if (!source) continue;
      const consumer = new Consumer({ ...read, db: this.db, source });
      this.consumers.set(read.from as LayerName, consumer);
      consumer.start();
    }
  }

  /** Waits, at most 2 s, until this layer has consumed what the others had told before the call; a layer that is down is not waited for. */
  async settle(visited: string[] = [], deadlineMs = Date.now() + SETTLE_MS): Promise<void> {
    const seen = [...visited, this.db.layer];
    const open = [...this.consumers].filter(([from]) => !seen.includes(from));
    await Promise.allSettled(open.map(([, consumer]) => consumer.settle(seen, deadlineMs)));
  }

  lags = (): Promise<FeedLag[]> => Promise.all([...this.consumers.values()].map((consumer) => consumer.lag()));

  async stop(): Promise<void> {
    await Promise.all([...this.consumers.values()].map((consumer) => consumer.stop()));
    await this.sequencer.stop();
  }
}
