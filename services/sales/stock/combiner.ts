import type { LayerDatabase } from "../../../shared/db/database";
import { isRetryable } from "../../../shared/db/retry";
import { inTransaction } from "../../../shared/db/transaction";
import { Fault, Refusal } from "../../../shared/refusal";
import { Batch, type BatchNeeds } from "./batch";

/** One decision on virtual stock. `decide` runs in memory, may run again after a retry, and refuses before its first change. */
export interface Command<Result> {
  /** How many rows it reads or writes, roughly: what bounds a batch. */
  rows: number;
  needs: BatchNeeds;
  decide(batch: Batch): Result;
}

interface Waiting {
  command: Command<unknown>;
  resolve: (answer: Answer<unknown>) => void;
  reject: (error: unknown) => void;
}

export interface Answer<Result> {
  result: Result;
  /** Where the primary stood after the commit. */
  position: string;
}

/** A batch is full at this many rows; a larger command runs alone. */
const MOST_ROWS = 2_000;
/** Beyond this many waiting commands a caller is turned away at once. */
const MOST_WAITING = 20_000;

/**
 * The write combiner. Commands that arrive while a batch is being written wait and go together in the next one: a lone
 * request waits for nobody, and under load one commit serves hundreds. Callers are answered only after their commit.
 */
export class WriteCombiner {
  private waiting: Waiting[] = [];
  private working = false;
  private idle: (() => void)[] = [];
  /** Batches written and commands in them, for /metrics. */
  readonly counts = { batches: 0, commands: 0, shed: 0 };

  constructor(private readonly db: LayerDatabase) {}

  submit<Result>(command: Command<Result>): Promise<Answer<Result>> {
    if (this.waiting.length >= MOST_WAITING) {
      this.counts.shed++;
      return Promise.reject(
        new Fault("OVERLOADED", "Too many reservations are waiting. Ask again with the same key.", { retryAfterMs: 500 }),
      );
    }
    return new Promise<Answer<Result>>((resolve, reject) => {
      this.waiting.push({ command, resolve: resolve as Waiting["resolve"], reject });
      if (!this.working) {
        this.working = true;
        // One turn of the event loop: what arrived in the same turn goes together.
        setImmediate(() => void this.work());
      }
    });
  }

  /** Resolves when nothing is waiting or being written. */
  async drain(): Promise<void> {
    if (this.working) await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  private async work(): Promise<void> {
    while (this.waiting.length > 0) await this.run(this.take());
    this.working = false;
    for (const done of this.idle.splice(0)) done();
  }

  private take(): Waiting[] {
    let rows = 0;
    let count = 0;
    while (count < this.waiting.length) {
      rows += this.waiting[count].command.rows;
      if (count > 0 && rows > MOST_ROWS) break;
      count++;
    }
    return this.waiting.splice(0, count);
  }

  /** A fault that the data of one command causes halves the batch until that command stands alone. */
  private async run(batch: Waiting[]): Promise<void> {
    try {
      await this.commit(batch);
    } catch (error) {
      const passing = error instanceof Fault || isRetryable(error);
      if (batch.length === 1 || passing) {
        for (const { reject } of batch) reject(error);
        return;
      }
      const middle = batch.length >> 1;
      await this.run(batch.slice(0, middle));
      await this.run(batch.slice(middle));
    }
  }

  private async commit(waiting: Waiting[]): Promise<void> {
    let position = "";
    const outcomes = await inTransaction(
      this.db,
      async (tx) => {
        const batch = await Batch.open(
          tx,
          waiting.map(({ command }) => command.needs),
        );
        const decided = waiting.map(({ command }) => decide(command, batch));
        await batch.write();
        return decided;
      },
      { onPosition: (after) => (position = after) },
    );
    this.counts.batches++;
    this.counts.commands += waiting.length;
    outcomes.forEach((outcome, i) => {
      if ("error" in outcome) waiting[i].reject(outcome.error);
      else waiting[i].resolve({ result: outcome.result, position });
    });
  }
}

type Outcome = { result: unknown } | { error: Refusal };

/** A refused command has changed nothing in the batch; the others go on. */
function decide(command: Command<unknown>, batch: Batch): Outcome {
  try {
    return { result: command.decide(batch) };
  } catch (error) {
    if (error instanceof Refusal) return { error };
    throw error;
  }
}
