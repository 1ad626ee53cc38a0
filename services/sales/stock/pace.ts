/** A lane's callers wait for about two batches, and other processes wait for its locks: so long may a batch take. */
const TARGET_MS = 100;
const MOST_ROWS = 2_000;
/** Commits cost the same however few rows they carry: smaller batches would make a slow disk slower still. */
const LEAST_ROWS = 500;
/** What each further batch leaves of the weight of those before it. */
const KEPT = 0.8;

/**
 * How fast a lane writes and how large its next batch may be. Only batches that left others waiting are measured: those
 * that were not full say nothing of what the lane can do.
 */
export class Pace {
  /** A batch is full at this many rows; a larger command runs alone. */
  mostRows = MOST_ROWS;
  private rows = 0;
  private ms = 0;

  measure(rows: number, ms: number): void {
    const factor = ms > TARGET_MS ? Math.max(0.5, TARGET_MS / ms) : 1.25;
    this.mostRows = Math.round(Math.min(MOST_ROWS, Math.max(LEAST_ROWS, this.mostRows * factor)));
    this.rows = this.rows * KEPT + rows;
    this.ms = this.ms * KEPT + ms;
  }

  /** 0 as long as nothing is known. */
  msFor(rows: number): number {
    return this.rows > 0 ? (rows * this.ms) / this.rows : 0;
  }
}
