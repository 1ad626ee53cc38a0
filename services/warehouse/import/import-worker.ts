import type { LayerDatabase } from "../../../shared/db/database";
import { Lease } from "../../../shared/db/lease";
import { inTransaction } from "../../../shared/db/transaction";
import { abandonedBatches } from "./import.sql";
import { runBatch } from "./run-batch";
import { described } from "../../../shared/log";

/** A batch on which nothing has happened for so long has lost its caller. */
const ABANDONED_AFTER_SECONDS = 5;
const LOOK_EVERY_MS = 1_000;
const BATCHES_AT_ONCE = 10;

/** Finishes batches whose caller has gone. The lease saves double work only: each transaction locks its batch. */
export class ImportWorker {
  private readonly lease: Lease;

  constructor(private readonly db: LayerDatabase) {
    this.lease = new Lease(db, "import");
  }

  start(): void {
    this.lease.rounds(LOOK_EVERY_MS, () => finishAbandoned(this.db));
  }

  stop = (): Promise<void> => this.lease.stop();
}

/** One batch that cannot go on now does not hold up the others. */
export async function finishAbandoned(db: LayerDatabase, seconds = ABANDONED_AFTER_SECONDS): Promise<void> {
  for (const id of await abandonedBatches(db, seconds, BATCHES_AT_ONCE)) {
    await runBatch((work) => inTransaction(db, work), id).catch((error: Error) =>
      db.log.warn({ batch: id, error: described(error) }, "import batch stands still"),
    );
  }
}
