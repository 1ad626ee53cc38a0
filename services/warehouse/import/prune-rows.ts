import type { LayerDatabase } from "../../../shared/db/database";
import { Lease } from "../../../shared/db/lease";
import { inTransaction, type Tx } from "../../../shared/db/transaction";
import { deleteSomeRows, deleteTrial, isPrunable, lockBatch, markPruned, prunableBatches } from "./import.sql";

const LOOK_EVERY_MS = 60_000;
const BATCHES_AT_ONCE = 100;
/** Of one transaction, so that its locks are short. */
const ROWS_AT_ONCE = 1_000;

/**
 * Removes the rows of batches that nothing has happened to for so many days: what is posted stands in the ledger. The batch
 * stays with its counts and the hash of its rows, so that it is not posted again when it is handed in again, whenever that is.
 * One that was only tried goes whole.
 */
export class ImportPruning {
  private readonly lease: Lease;

  constructor(
    private readonly db: LayerDatabase,
    private readonly days: number,
  ) {
    this.lease = new Lease(db, "import-pruning");
  }

  start(): void {
    this.lease.rounds(LOOK_EVERY_MS, async (alive) => {
      const ids = await prunableBatches(this.db, this.days, BATCHES_AT_ONCE);
      for (const id of ids) while (alive() && (await inTransaction(this.db, (tx) => this.step(tx, id))));
      return ids.length === BATCHES_AT_ONCE;
    });
  }

  stop = (): Promise<void> => this.lease.stop();

  private async step(tx: Tx, id: string): Promise<boolean> {
    await this.lease.fence(tx);
    return pruneRows(tx, id, this.days);
  }
}

/** Removes some rows of a batch; true when there may be more. Nothing of one to which something has happened meanwhile. */
export async function pruneRows(tx: Tx, id: string, days: number, most = ROWS_AT_ONCE): Promise<boolean> {
  const batch = await lockBatch(tx, id);
  if (!batch || !(await isPrunable(tx, id, days))) return false;
  if ((await deleteSomeRows(tx, id, most)) === most) return true;
  await (batch.batchRef === null ? deleteTrial(tx, id) : markPruned(tx, id));
  return false;
}
