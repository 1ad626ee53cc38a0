import { setTimeout as wait } from "node:timers/promises";
import { newId } from "../ids";
import type { LayerDatabase } from "./database";
import { acquireLease, ensureLease, lockLease, releaseLease, renewLease } from "./lease.sql";
import type { Tx } from "./transaction";
import { described } from "../log";

const TTL_SECONDS = 5;
const RETRY_MS = 500;
/** How soon rounds notice that their lease is lost. */
const TICK_MS = 500;

/** The lease went to another process while this one worked: its transaction is rolled back. */
export class LeaseLost extends Error {}

/**
 * Work that must have one owner. A lease is a row with an expiry by the database's clock; every transaction of its work
 * fences itself with `fence(tx)`, so an owner that was paused beyond its time can do nothing more.
 */
export class Lease {
  private readonly owner = newId();
  private epoch = 0;
  /** Aborted by stop(), which wakes whatever waits. */
  private readonly stopping = new AbortController();
  private renewal?: NodeJS.Timeout;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly db: LayerDatabase,
    readonly name: string,
  ) {}

  /** Runs `work` whenever this process owns the lease, until stop(). The work returns when `alive()` turns false. */
  start(work: (alive: () => boolean) => Promise<void>): void {
    this.running = this.loop(work);
  }

  /** Runs a round of work at once and then every `ms`; a round that answers true has more to do and is followed by the next at once. */
  rounds(ms: number, round: (alive: () => boolean) => Promise<boolean | void>): void {
    this.start(async (alive) => {
      for (let due = 0; alive(); await this.pause(Math.min(ms, TICK_MS))) {
        if (performance.now() < due) continue;
        while (alive() && (await round(alive)));
        due = performance.now() + ms;
      }
    });
  }

  /** Locks the lease row in this transaction and proves that it is still ours. */
  async fence(tx: Tx): Promise<void> {
    const row = await lockLease(tx, this.name);
    if (row?.owner !== this.owner || row.epoch !== this.epoch) throw new LeaseLost(this.name);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async loop(work: (alive: () => boolean) => Promise<void>): Promise<void> {
    while (!this.stopped) {
      try {
        if (await this.acquire()) {
          let lost = false;
          this.renewal = setInterval(() => void this.renew().then((held) => (lost ||= !held)), (TTL_SECONDS * 1_000) / 3);
          await work(() => !this.stopped && !lost);
        }
      } catch (error) {
        if (!this.stopped) this.db.log.warn({ lease: this.name, error: described(error) }, "leased work interrupted");
      } finally {
        clearInterval(this.renewal);
      }
      await this.pause(RETRY_MS);
    }
    await releaseLease(this.db, this.name, this.owner, this.epoch).catch(() => undefined);
  }

  private get stopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private pause = (ms: number): Promise<void> => wait(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);

  private async acquire(): Promise<boolean> {
    await ensureLease(this.db, this.name);
    const epoch = await acquireLease(this.db, this.name, this.owner, TTL_SECONDS);
    this.epoch = epoch ?? 0;
    return epoch !== undefined;
  }

  /** A database that does not answer is no loss yet: the fence decides. */
  private renew(): Promise<boolean> {
    return renewLease(this.db, this.name, this.owner, this.epoch, TTL_SECONDS).catch(() => true);
  }
}
