import type { EntityManager, QueryRunner } from "typeorm";
import { transactionRetries } from "../metrics";
import { Fault } from "../refusal";
import type { LayerDatabase, Reader } from "./database";
import { backoffMs, isConnectionError, isReadOnly, isRetryable, retryReason, wait } from "./retry";
import { positionAfterCommit, positionInAnswer } from "./server.sql";

const MOST_ATTEMPTS = 8;
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

/** An open transaction on the primary. There is no nesting: a function that needs one takes it as its first argument. */
export class Tx implements Reader {
  private readonly committed: (() => void)[] = [];
  private rank = 0;
  /** The answer to what was stored last, while writing ahead. */
  private stored?: Promise<unknown>;

  constructor(
    readonly db: LayerDatabase,
    private readonly runner: QueryRunner,
    private readonly watchdog: Watchdog,
  ) {}

  /** By-key reads and inserts of entities; everything else is SQL. */
  get manager(): EntityManager {
    return this.runner.manager;
  }

  async query<Row = Record<string, unknown>>(sql: string, params?: unknown[]): Promise<Row[]> {
    return this.send(sql, params) as Promise<Row[]>;
  }

  /** For INSERT, UPDATE and DELETE. */
  async execute(sql: string, params?: unknown[]): Promise<{ affectedRows: number }> {
    return this.send(sql, params) as Promise<{ affectedRows: number }>;
  }

  /**
   * Rows that are stored in `work` are not waited for: each statement is sent when the one before is answered, and meanwhile
   * the next rows are made, so that locks are held for a shorter time. Ends, or fails, when all are answered.
   */
  async ahead(work: () => Promise<void>): Promise<void> {
    this.stored = Promise.resolve();
    try {
      await work();
      await this.stored;
    } finally {
      this.stored = undefined;
    }
  }

  /** A write of which nobody reads the answer. */
  async store(sql: string, params?: unknown[]): Promise<void> {
    if (!this.stored) return void (await this.execute(sql, params));
    await this.stored;
    this.stored = this.send(sql, params);
    this.stored.catch(() => undefined); // Told to whoever stores next, or at the end.
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

  private async send(sql: string, params?: unknown[]): Promise<unknown> {
    // Never two at a time: after a deadlock the second would stand outside the transaction.
    if (this.stored) await this.stored;
    this.db.statements++;
    return this.watchdog.during(this.runner.query(sql, params));
  }
}

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
      return await once(db, work, options);
    } catch (error) {
      if (!isRetryable(error)) throw error;
      if (attempt >= attempts) throw exhausted(error);
      transactionRetries.inc({ layer: db.layer, reason: retryReason(error) });
      db.log.debug({ attempt, error: (error as Error).message }, "transaction runs again");
      await wait(backoffMs(attempt));
    }
  }
}

async function once<T>(db: LayerDatabase, work: (tx: Tx) => Promise<T>, options: TransactionOptions): Promise<T> {
  const runner = db.primary.createQueryRunner();
  const connection = (await runner.connect()) as { destroy(): void };
  const watchdog = new Watchdog(() => connection.destroy());
  let healthy = true;
  try {
    await watchdog.during(runner.query("START TRANSACTION"));
    const tx = new Tx(db, runner, watchdog);
    const result = await work(tx);
    const committed: unknown = await watchdog.during(runner.query("COMMIT"));
    tx.runCommitted();
    if (options.onPosition) options.onPosition(positionInAnswer(committed) ?? (await positionOf(runner, db)));
    return result;
  } catch (error) {
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
