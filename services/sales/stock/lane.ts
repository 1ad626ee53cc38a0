import { isRetryable } from "../../../shared/db/retry";
import { Fault } from "../../../shared/refusal";
import { tracing } from "../../../shared/trace";
import type { Answer, Command } from "./combiner";

/** A batch is full at this many rows; a larger command runs alone. */
const MOST_ROWS = 2_000;
/** Beyond these a caller is turned away, however fast the lane moves: what waits is held in memory. */
const MOST_WAITING = 20_000;
const MOST_WAITING_ROWS = 200_000;
const LEAST_RETRY_MS = 200;
const MOST_RETRY_MS = 10_000;

/** A command and its caller, who is answered once: after the commit, or when the time is over before anything was decided. */
export class Waiting {
  readonly since = performance.now();
  /** What asked for it, when that is traced. */
  readonly traceparent = tracing?.here();
  over = false;
  onEnd?: () => void;
  private readonly timer: NodeJS.Timeout;

  constructor(
    readonly command: Command<unknown>,
    private readonly caller: { resolve: (answer: Answer<unknown>) => void; reject: (error: unknown) => void; isGone?: () => boolean },
    patienceMs: number,
    private readonly onLate: (late: Waiting) => void,
  ) {
    this.timer = setTimeout(() => onLate(this), patienceMs);
  }

  /** Its decision is due: from here on the deadline does not count. False when nobody waits for it. */
  begin(): boolean {
    clearTimeout(this.timer);
    return this.isWanted();
  }

  /** False when its caller has been answered already, or has hung up: then it ends here. */
  isWanted(): boolean {
    if (!this.over && this.caller.isGone?.()) this.onLate(this);
    return !this.over;
  }

  resolve(answer: Answer<unknown>): void {
    this.end();
    this.caller.resolve(answer);
  }

  reject(error: unknown): void {
    this.end();
    this.caller.reject(error);
  }

  private end(): void {
    clearTimeout(this.timer);
    if (!this.over) this.onEnd?.();
    this.over = true;
  }
}

/** A queue of commands, and the batches that are made of it, one at a time. */
export class Lane {
  /** What waits; the order of a Set is that of arrival, and one that gives up is taken out without a search. */
  private readonly queue = new Set<Waiting>();
  private queuedRows = 0;
  private working = false;
  private readonly idle: (() => void)[] = [];

  /** `commit` answers the callers of a batch. */
  constructor(
    private readonly commit: (batch: Waiting[]) => Promise<void>,
    private readonly mostWaitMs: number,
  ) {}

  get waiting(): number {
    return this.queue.size;
  }

  get waitingRows(): number {
    return this.queuedRows;
  }

  add(one: Waiting): void {
    this.queue.add(one);
    this.queuedRows += one.command.rows;
    if (this.working) return;
    this.working = true;
    // One turn of the event loop: what arrives in the same turn goes together.
    setImmediate(() => void this.work());
  }

  remove(one: Waiting): void {
    if (this.queue.delete(one)) this.queuedRows -= one.command.rows;
  }

  /**
   * Tells a caller that would have to wait too long when to come back; undefined when there is room. How long the first in the
   * queue has waited is the lane's true delay: no estimate that could be wrong, and it is short again once the lane moves.
   */
  refusal(rows: number): Fault | undefined {
    const delayMs = this.delayMs();
    if (delayMs <= this.mostWaitMs && this.queue.size < MOST_WAITING && this.queuedRows + rows <= MOST_WAITING_ROWS) return undefined;
    // Between once and twice the delay, by chance, so that they do not all come back at once.
    const retryAfterMs = Math.ceil(Math.min(MOST_RETRY_MS, Math.max(LEAST_RETRY_MS, delayMs) * (1 + Math.random())));
    return new Fault("OVERLOADED", "Too many reservations are waiting. Ask again with the same key.", { retryAfterMs });
  }

  private delayMs(): number {
    const [first] = this.queue;
    return first ? performance.now() - first.since : 0;
  }

  /** Resolves when nothing is waiting or being written. */
  async drain(): Promise<void> {
    if (this.working) await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  private async work(): Promise<void> {
    while (this.queue.size > 0) await this.run(this.take());
    this.working = false;
    for (const done of this.idle.splice(0)) done();
  }

  private take(): Waiting[] {
    const batch: Waiting[] = [];
    let rows = 0;
    for (const one of this.queue) {
      rows += one.command.rows;
      if (batch.length > 0 && rows > MOST_ROWS) break;
      batch.push(one);
      this.remove(one);
    }
    return batch;
  }

  /** A fault that the data of one command causes halves the batch until that command stands alone. */
  private async run(batch: Waiting[]): Promise<void> {
    try {
      await this.commit(batch);
    } catch (error) {
      const passing = error instanceof Fault || isRetryable(error);
      if (batch.length === 1 || passing) {
        for (const one of batch) one.reject(error);
        return;
      }
      const middle = batch.length >> 1;
      await this.run(batch.slice(0, middle));
      await this.run(batch.slice(middle));
    }
  }
}
