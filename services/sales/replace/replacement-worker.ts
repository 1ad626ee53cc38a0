import type { LayerDatabase } from "../../../shared/db/database";
import { Lease } from "../../../shared/db/lease";
import { wait } from "../../../shared/db/retry";
import { inTransaction } from "../../../shared/db/transaction";
import { commitReplacement } from "./commit-replacement";
import { fillableReplacements, wantedReplacements, type ReplacementRow } from "./replacement.sql";

const AT_ONCE = 100;
const PAUSE_MS = 100;
/** Those that wait are looked at every so many pauses: there may be many, and a look reads all of them. */
const PAUSES_A_LOOK = 5;

/** Commits replacements as soon as there is stock for them, the oldest first: each in its own transaction, by one process at a time. */
export class ReplacementWorker {
  private readonly lease: Lease;

  constructor(private readonly db: LayerDatabase) {
    this.lease = new Lease(db, "replacements");
  }

  start(): void {
    this.lease.start(async (alive) => {
      for (let turn = 0; alive(); turn++) {
        const found = await wantedReplacements(this.db, AT_ONCE);
        if (turn % PAUSES_A_LOOK === 0) found.push(...(await fillableReplacements(this.db, AT_ONCE)));
        await this.commit(found, alive);
        if (found.length < AT_ONCE) await wait(PAUSE_MS);
      }
    });
  }

  stop = (): Promise<void> => this.lease.stop();

  private async commit(found: ReplacementRow[], alive: () => boolean): Promise<void> {
    for (const row of found) {
      if (!alive()) break;
      await inTransaction(this.db, async (tx) => {
        await this.lease.fence(tx);
        await commitReplacement(tx, row);
      });
    }
  }
}
