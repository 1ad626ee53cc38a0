import type { LayerDatabase } from "../../../shared/db/database";
import { Lease } from "../../../shared/db/lease";
import { wait } from "../../../shared/db/retry";
import { inTransaction } from "../../../shared/db/transaction";
import { commitReplacement } from "./commit-replacement";
import { decidableReplacements } from "./replacement.sql";

const AT_ONCE = 100;
const PAUSE_MS = 100;

/** Commits replacements as soon as there is stock for them, the oldest first: each in its own transaction, by one process at a time. */
export class ReplacementWorker {
  private readonly lease: Lease;

  constructor(private readonly db: LayerDatabase) {
    this.lease = new Lease(db, "replacements");
  }

  start(): void {
    this.lease.start(async (alive) => {
      while (alive()) if ((await this.turn(alive)) < AT_ONCE) await wait(PAUSE_MS);
    });
  }

  stop = (): Promise<void> => this.lease.stop();

  private async turn(alive: () => boolean): Promise<number> {
    const found = await decidableReplacements(this.db, AT_ONCE);
    for (const row of found) {
      if (!alive()) break;
      await inTransaction(this.db, async (tx) => {
        await this.lease.fence(tx);
        await commitReplacement(tx, row);
      });
    }
    return found.length;
  }
}
