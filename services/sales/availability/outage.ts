import type { LayerDatabase } from "../../../shared/db/database";
import { isConnectionError } from "../../../shared/db/retry";
import { replicaOrPrimary } from "../../../shared/graphql/context";
import { Fault } from "../../../shared/refusal";
import { databaseNow } from "../stock/stock.sql";
import { described } from "../../../shared/log";

/** How long a database that did not answer is left alone. */
const PAUSE_MS = 1_000;

export const unavailable = (cause?: unknown): Fault =>
  new Fault("UNAVAILABLE", "The database cannot be reached. Ask again.", { retryAfterMs: PAUSE_MS, cause });

/** Whether the databases answer. After a failure nobody waits for them: one probe a second, of which no caller knows, finds out. */
export class Outage {
  private down = false;
  private probing = false;
  private probeAt = 0;

  constructor(private readonly db: LayerDatabase) {}

  lasts(): boolean {
    if (this.down && !this.probing && performance.now() >= this.probeAt) void this.probe();
    return this.down;
  }

  /** Runs a read; when no database answers, or none within `mostMs`, it fails with UNAVAILABLE and the outage begins. */
  async during<T>(read: () => Promise<T>, mostMs?: number): Promise<T> {
    try {
      const answer = await (mostMs === undefined ? read() : inTime(read(), mostMs));
      this.down = false;
      return answer;
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      this.begin();
      throw error instanceof Fault ? error : unavailable(error);
    }
  }

  private begin(): void {
    this.down = true;
    this.probeAt = performance.now() + PAUSE_MS;
  }

  private async probe(): Promise<void> {
    this.probing = true;
    try {
      await this.during(async () => databaseNow(await replicaOrPrimary(this.db)), PAUSE_MS);
    } catch (error) {
      this.begin();
      this.db.log.debug({ error: described(error) }, "availability is shown from memory");
    } finally {
      this.probing = false;
    }
  }
}

export const isUnavailable = (error: unknown): boolean =>
  isConnectionError(error) || (error instanceof Fault && error.faultCode === "UNAVAILABLE");

async function inTime<T>(work: Promise<T>, mostMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(unavailable()), mostMs)));
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
