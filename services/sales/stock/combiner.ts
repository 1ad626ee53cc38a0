import { setImmediate as turn } from "node:timers/promises";
import type { LayerDatabase } from "../../../shared/db/database";
import { inTransaction, type Tx } from "../../../shared/db/transaction";
import { batchCommands, batchDuration, oversold } from "../../../shared/metrics";
import { Fault, Refusal } from "../../../shared/refusal";
import { spanned } from "../../../shared/trace";
import { Batch } from "./batch";
import type { BatchNeeds } from "./needs";
import { Lane, Waiting } from "./lane";
import { isOversold, keyText } from "./virtual-stock";

/** One decision on virtual stock. `decide` runs in memory, may run again after a retry, and refuses before its first change. */
export interface Command<Result> {
  /** How many rows it reads or writes, roughly: what bounds a batch. */
  rows: number;
  needs: BatchNeeds;
  decide(batch: Batch): Result;
}

export interface Answer<Result> {
  result: Result;
  /** Where the primary stood after the commit. */
  position: string;
  /** The clock it was decided by: the database's. */
  at: Date;
}

export interface CombinerOptions {
  /** So long a caller waits for its command to be begun: less than the gateway waits, so that what it gave up takes no stock. */
  patienceMs?: number;
  /** While the first in the queue waits longer than this, further callers are turned away at once. */
  mostWaitMs?: number;
}

const PATIENCE_MS = 8_000;
const LEAST_ANSWERS = 16;
const MOST_TURNS = 8;
const MOST_WAIT_MS = 3_000;

type Outcome = { result: unknown } | { error: Refusal } | "locked" | "late";

/**
 * The write combiner. Commands that arrive while a batch is being written wait and go together in the next one: a lone
 * request waits for nobody, and under load one commit serves hundreds. Callers are answered only after their commit.
 *
 * There are two lanes. The free one never waits for a stock header: commands on one that another transaction holds go to
 * the slow lane, whose batch waits for its locks. So locks across both cannot close a circle, and one locked item holds up
 * nobody who does not want it.
 */
export class WriteCombiner {
  /** Since the start, for /metrics. */
  readonly counts = { batches: 0, commands: 0, shed: 0, dropped: 0, slowed: 0 };
  private readonly free: Lane;
  private readonly slow: Lane;
  /** Headers that commands in the slow lane want, and how many do: who comes later goes behind them. */
  private readonly contended = new Map<string, number>();
  private readonly patienceMs: number;

  constructor(
    private readonly db: LayerDatabase,
    { patienceMs = PATIENCE_MS, mostWaitMs = MOST_WAIT_MS }: CombinerOptions = {},
  ) {
    this.patienceMs = patienceMs;
    this.free = new Lane((batch) => this.commit(batch, true), mostWaitMs);
    this.slow = new Lane((batch) => this.commit(batch, false), mostWaitMs);
  }

  /**
   * Whether commands of so many rows together are turned away now. What many wait for is asked once, before the work of
   * making commands is done: under overload it is the refusals that have to be cheap.
   */
  refusal(rows: number): Fault | undefined {
    const refusal = this.db.writes.refusal() ?? this.free.refusal(rows);
    if (refusal) this.counts.shed++;
    return refusal;
  }

  /**
   * `admitted`: `refusal` was asked for this command and others together, and they were let in. `isGone`: asked when its turn
   * has come; what nobody waits for any more takes no stock.
   */
  submit<Result>(
    command: Command<Result>,
    { admitted = false, isGone }: { admitted?: boolean; isGone?: () => boolean } = {},
  ): Promise<Answer<Result>> {
    const closed = this.db.writes.refusal();
    if (closed) return Promise.reject(closed);
    return new Promise<Answer<unknown>>((resolve, reject) => {
      const slow = this.contended.size > 0 && keysOf(command).some((key) => this.contended.has(key));
      const refusal = slow ? this.slow.refusal(command.rows) : admitted ? undefined : this.free.refusal(command.rows);
      if (refusal) {
        this.counts.shed++;
        return reject(refusal);
      }
      const waiting = new Waiting(command, { resolve, reject, isGone }, this.patienceMs, (late) => this.drop(late));
      if (slow) this.addSlow(waiting);
      else this.free.add(waiting);
    }) as Promise<Answer<Result>>;
  }

  /** Resolves when nothing is waiting or being written. */
  async drain(): Promise<void> {
    await this.free.drain();
    await this.slow.drain();
  }

  /** For /metrics. */
  measures(): Record<string, number> {
    const { free, slow, counts } = this;
    return {
      ...counts,
      waiting: free.waiting + slow.waiting,
      waitingRows: free.waitingRows + slow.waitingRows,
      waitingForLocks: slow.waiting,
    };
  }

  private drop(late: Waiting): void {
    this.free.remove(late);
    this.slow.remove(late);
    this.counts.dropped++;
    late.reject(new Fault("TIMEOUT", "The turn of this request did not come in time; nothing was changed. Ask again with the same key."));
  }

  private slowDown(waiting: Waiting): void {
    const refusal = this.slow.refusal(waiting.command.rows);
    if (!refusal) return this.addSlow(waiting);
    this.counts.shed++;
    waiting.reject(refusal);
  }

  private addSlow(waiting: Waiting): void {
    this.counts.slowed++;
    const keys = keysOf(waiting.command);
    for (const key of keys) this.contended.set(key, (this.contended.get(key) ?? 0) + 1);
    waiting.onEnd = () => {
      for (const key of keys) {
        const left = this.contended.get(key)! - 1;
        if (left > 0) this.contended.set(key, left);
        else this.contended.delete(key);
      }
    };
    this.slow.add(waiting);
  }

  /** Answers its callers after the commit. */
  private async commit(batch: Waiting[], skipLocked: boolean): Promise<void> {
    let position = "";
    const write = () => inTransaction(this.db, (tx) => decideAll(tx, batch, skipLocked), { onPosition: (after) => (position = after) });
    const since = performance.now();
    const { at, outcomes } = await spanned(
      () => ({
        name: "batch",
        attributes: { "strata.commands": batch.length },
        links: batch.flatMap(({ traceparent }) => traceparent ?? []),
      }),
      () => this.db.writes.run(write),
    );
    batchDuration.observe((performance.now() - since) / 1_000);
    batchCommands.observe(outcomes.length);
    this.counts.batches++;
    const decided: [Waiting, { result: unknown } | { error: Refusal }][] = [];
    for (const [waiting, outcome] of outcomes) {
      if (outcome === "locked") this.slowDown(waiting);
      else if (outcome !== "late") decided.push([waiting, outcome]);
    }
    this.counts.commands += decided.length;
    void this.answer(decided, position, at);
  }

  /**
   * Some callers in each turn of the event loop: making hundreds of answers at once kept the next batch's first statements,
   * and the server, waiting.
   */
  private async answer(decided: [Waiting, { result: unknown } | { error: Refusal }][], position: string, at: Date): Promise<void> {
    const slice = Math.max(LEAST_ANSWERS, Math.ceil(decided.length / MOST_TURNS));
    for (let from = 0; from < decided.length; from += slice) {
      if (from > 0) await turn();
      for (const [waiting, outcome] of decided.slice(from, from + slice))
        if ("error" in outcome) waiting.reject(outcome.error);
        else waiting.resolve({ result: outcome.result, position, at });
    }
  }
}

const keysOf = ({ needs }: Command<unknown>): string[] => (needs.headers ?? []).map(keyText);

/** Commands are decided in the order of their arrival. Who gave up while the locks were waited for takes nothing. */
async function decideAll(tx: Tx, waiting: Waiting[], skipLocked: boolean): Promise<{ at: Date; outcomes: [Waiting, Outcome][] }> {
  const present = waiting.filter((one) => one.isWanted());
  const needs = present.map(({ command }) => command.needs);
  const batch = await Batch.open(tx, needs, { skipLocked });
  const outcomes = present.map((one): [Waiting, Outcome] => {
    if (batch.skipped.has(one.command.needs)) return [one, "locked"];
    return [one, one.begin() ? decide(one.command, batch) : "late"];
  });
  await batch.write();
  tx.afterCommit(() => oversold.inc(batch.entries.filter(isOversold).length));
  return { at: batch.now, outcomes };
}

/** A refused command has changed nothing in the batch; the others go on. */
function decide(command: Command<unknown>, batch: Batch): Outcome {
  try {
    return { result: command.decide(batch) };
  } catch (error) {
    if (error instanceof Refusal) return { error };
    throw error;
  }
}
