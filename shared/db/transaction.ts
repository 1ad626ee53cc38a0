import type { QueryRunner } from "typeorm";
import { transactionRetries } from "../metrics";
import { Fault } from "../refusal";
import { spanned, spannedSql } from "../trace";
import type { LayerDatabase, Reader } from "./database";
import { backoffMs, isConnectionError, isReadOnly, isRetryable, retryReason, wait } from "./retry";
import { positionAfterCommit, positionInAnswer } from "./server.sql";
import { described } from "../log";

const MOST_ATTEMPTS = 8;
/** While rows are written ahead, about so many go in one question. */
const ROWS_A_QUESTION = 2_000;
/** A transaction that sends nothing for this long has lost its way; its connection is ended so that its locks go. */
const IDLE_MS = 2_000;
/** A statement without an answer for this long (a frozen server, a cut network): the connection is ended. */
const SILENCE_MS = 12_000;

/** Ends a connection that is idle inside a transaction, or whose server went silent. */
class Watchdog {
  private timer?: NodeJS.Timeout;
  constructor(private readonly end: () => void) {}

  async during<T>(statement: Promise<T>): Promise<T> {
    this.arm(SILENCE_MS);
    try {
      return await statement;
    } finally {
      this.arm(IDLE_MS);
    }
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private arm(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.end, ms);
    this.timer.unref();
  }
}

/** One statement of a question, and who waits for its answer. */
interface Asked {
  sql: string;
  params: unknown[];
  resolve: (answer: unknown) => void;
  reject: (error: unknown) => void;
}

/**
 * An open transaction on the primary. There is no nesting: a function that needs one takes it as its first argument.
 *
 * Statements that are asked for in the same turn of the event loop go to the server as one question, in their order, and it
 * ends at the first that fails (decision 24): so independent reads are put with Promise.all. The first question begins the transaction.
 */
export class Tx implements Reader {
  begun = false;
  private readonly committed: (() => void)[] = [];
  private rank = 0;
  private asked: Asked[] = [];
  private underWay = false;
  private ended = false;
  /** While writing ahead: the answers to what was stored since the last flush, and to what was stored before it. */
  private writing?: { answers: Promise<unknown>[]; rows: number; before: Promise<unknown> };

  constructor(
    readonly db: LayerDatabase,
    private readonly runner: QueryRunner,
    private readonly watchdog: Watchdog,
  ) {}

  query<Row = Record<string, unknown>>(sql: string, params?: unknown[]): Promise<Row[]> {
    return this.ask(sql, params) as Promise<Row[]>;
  }

  /** For INSERT, UPDATE and DELETE. */
  execute(sql: string, params?: unknown[]): Promise<{ affectedRows: number }> {
    return this.ask(sql, params) as Promise<{ affectedRows: number }>;
  }

  /**
   * Rows that are stored in `work` are not waited for: they are sent by the thousand, and meanwhile the next are made, so that
   * locks are held for a shorter time. Ends, or fails, when all are answered.
   */
  async ahead(work: () => Promise<void>): Promise<void> {
    this.writing = { answers: [], rows: 0, before: Promise.resolve() };
    try {
      await work();
      await this.flush();
      await this.writing.before;
    } finally {
      this.writing = undefined;
    }
  }

  /** A write of which nobody reads the answer; `rows`: how many it carries. */
  async store(sql: string, params: unknown[], rows: number): Promise<void> {
    const answer = this.execute(sql, params);
    if (!this.writing) return void (await answer);
    answer.catch(() => undefined); // Told by the flush, which may come after the fault.
    this.writing.answers.push(answer);
    this.writing.rows += rows;
    if (this.writing.rows >= ROWS_A_QUESTION) await this.flush();
  }

  /** While writing ahead: sends what was stored up to here, as soon as what was sent before is answered. */
  async flush(): Promise<void> {
    const { writing } = this;
    if (!writing) return;
    const answers = Promise.all(writing.answers.splice(0));
    answers.catch(() => undefined); // Told to whoever flushes next.
    writing.rows = 0;
    await writing.before;
    writing.before = answers;
    void this.send();
  }

  /** Runs after the COMMIT was answered; never for a transaction that was rolled back. */
  afterCommit(action: () => void): void {
    this.committed.push(action);
  }

  /** Called by lock-order.ts: locks are taken in ascending rank, once per rank. */
  enter(rank: number, what: string): void {
    if (rank < this.rank) throw new Error(`lock order: ${what} after a lock of a later rank`);
    this.rank = rank;
  }

  runCommitted(): void {
    for (const action of this.committed) action();
  }

  /** What was asked and not sent is never sent: after the ROLLBACK it would stand outside the transaction. */
  end(): void {
    this.ended = true;
    for (const { reject } of this.asked.splice(0)) reject(afterTheEnd());
  }

  private ask(sql: string, params: unknown[] = []): Promise<unknown> {
    if (this.ended) return Promise.reject(afterTheEnd());
    this.db.statements++;
    // After everything that this turn still asks.
    if (this.asked.length === 0) process.nextTick(() => void this.send());
    return new Promise((resolve, reject) => this.asked.push({ sql, params, resolve, reject }));
  }

  /** Never two questions at a time: after a deadlock the second would stand outside the transaction. */
  private async send(): Promise<void> {
    if (this.underWay) return;
    this.underWay = true;
    while (this.asked.length > 0) {
      const question = this.asked.splice(0);
      const texts = question.map(({ sql }) => sql);
      if (!this.begun) texts.unshift("START TRANSACTION");
      this.begun = true;
      try {
        const params = question.flatMap((one) => one.params);
        const sql = texts.join(";\n");
        const answer: unknown = await spannedSql(this.db.layer, "primary", sql, () => this.watchdog.during(this.runner.query(sql, params)));
        const answers = texts.length > 1 ? (answer as unknown[]).slice(-question.length) : [answer];
        question.forEach(({ resolve }, i) => resolve(answers[i]));
      } catch (error) {
        for (const { reject } of [...question, ...this.asked.splice(0)]) reject(error);
      }
    }
    this.underWay = false;
  }
}

const afterTheEnd = () => new Error("a statement of a transaction that has ended");

export interface TransactionOptions {
  attempts?: number;
  /** Called after the commit with the primary's position, for read-your-writes. */
  onPosition?: (position: string) => void;
}

/**
 * The one way to write. The work runs in a transaction on the primary; after an error of the one list (`retry.ts`), COMMIT
 * included, the whole work runs again on a fresh connection. So the work does nothing outside the database, and is safe to
 * run twice: what must happen once carries its idempotency row in the same transaction.
 */
export async function inTransaction<T>(db: LayerDatabase, work: (tx: Tx) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
  const attempts = options.attempts ?? MOST_ATTEMPTS;
  for (let attempt = 1; ; attempt++) {
    try {
      return await spanned(
        () => ({ name: "transaction", attributes: { "strata.layer": db.layer, "strata.attempt": attempt } }),
        () => once(db, work, options),
      );
    } catch (error) {
      if (!isRetryable(error)) throw error;
      if (attempt >= attempts) throw exhausted(error);
      transactionRetries.inc({ layer: db.layer, reason: retryReason(error) });
      db.log.debug({ attempt, error: described(error) }, "transaction runs again");
      await wait(backoffMs(attempt));
    }
  }
}

async function once<T>(db: LayerDatabase, work: (tx: Tx) => Promise<T>, options: TransactionOptions): Promise<T> {
  const runner = db.primary.createQueryRunner();
  const connection = (await runner.connect()) as { destroy(): void };
  const watchdog = new Watchdog(() => connection.destroy());
  const tx = new Tx(db, runner, watchdog);
  let healthy = true;
  try {
    const result = await work(tx);
    tx.end();
    const commit = () => spannedSql(db.layer, "primary", "COMMIT", () => watchdog.during(runner.query("COMMIT")));
    const committed: unknown = tx.begun ? await commit() : undefined;
    tx.runCommitted();
    if (options.onPosition) options.onPosition(positionInAnswer(committed) ?? (await positionOf(runner, db)));
    return result;
  } catch (error) {
    tx.end();
    healthy = !isRetryable(error) && (await rollBack(runner));
    throw error;
  } finally {
    watchdog.stop();
    // After a deadlock, a timeout or a lost connection nothing is known of the session: it is thrown away, which rolls back.
    if (!healthy) connection.destroy();
    await runner.release().catch(() => undefined);
  }
}

/** After the commit nothing may fail any more: an unknown position is the empty one, which every reader takes to the primary. */
const positionOf = (runner: QueryRunner, db: LayerDatabase): Promise<string> => positionAfterCommit(runner, db.engine).catch(() => "");

async function rollBack(runner: QueryRunner): Promise<boolean> {
  try {
    await runner.query("ROLLBACK");
    return true;
  } catch {
    return false;
  }
}

function exhausted(error: unknown): Fault {
  const unavailable = (message: string) => new Fault("UNAVAILABLE", message, { retryAfterMs: 1_000, cause: error });
  if (isConnectionError(error))
    return unavailable("The database cannot be reached; nothing is known to have changed. Ask again with the same key.");
  if (isReadOnly(error)) return unavailable("The database takes no writes now; nothing has changed. Ask again with the same key.");
  return new Fault("OVERLOADED", "Too many writers want the same rows. Ask again with the same key.", { retryAfterMs: 200, cause: error });
}
