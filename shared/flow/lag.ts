import type { LayerName } from "../db/database";

/** How far the reader of one feed is behind, at one moment. */
export interface FeedLag {
  from: LayerName;
  /** Events set aside. */
  parked: number;
  /** Absent: the layer that is read does not answer. */
  behind?: { events: number; seconds: number };
  /** What it would read next is kept no longer. */
  pruned: boolean;
}
