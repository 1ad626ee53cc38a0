import { readersOf } from "../config";
import type { LayerDatabase } from "../db/database";
import { Lease } from "../db/lease";
import { inTransaction, type Tx } from "../db/transaction";
import { deleteOldKeys, deleteUpTo, oldUpTo, takenByAll } from "./prune.sql";

const ROUND_MS = 60_000;
/** Rows of one transaction: locks and the replicas' lag stay small. */
export const MOST_PRUNED = 1_000;

/** Removes what is older than some days, at most 1,000 rows, and answers how many. */
export type Prune = (tx: Tx, days: number) => Promise<number>;

/** Never what a reader has not taken, however old it is: a layer that was away for months goes on where it stood. */
const pruneFeed: Prune = async (tx, days) => {
  const upTo = await oldUpTo(tx, "feed", { days, upTo: await takenByAll(tx, readersOf(tx.db.layer)), limit: MOST_PRUNED });
  return upTo === 0 ? 0 : deleteUpTo(tx, "feed", upTo);
};

const pruneKeys: Prune = (tx, days) => deleteOldKeys(tx, days, MOST_PRUNED);

/** Removes what has been told and taken long ago, and old idempotency keys; one process of a layer at a time, under a lease. */
export class Pruner {
  private readonly lease: Lease;

  constructor(
    private readonly db: LayerDatabase,
    /** Undefined: everything is kept. */
    private readonly days: number | undefined,
    /** What a layer keeps besides. */
    private readonly more: Prune[] = [],
  ) {
    this.lease = new Lease(db, "prune");
  }

  start(): void {
    const { days } = this;
    if (days !== undefined) this.lease.rounds(ROUND_MS, () => prune(this.db, days, this.more, (tx) => this.lease.fence(tx)));
  }

  stop = (): Promise<void> => this.lease.stop();
}

/** One batch of each; answers whether there is more. */
export async function prune(db: LayerDatabase, days: number, more: Prune[], fence: (tx: Tx) => Promise<void>): Promise<boolean> {
  let full = false;
  for (const one of [pruneFeed, pruneKeys, ...more]) {
    const removed = await inTransaction(db, async (tx) => {
      await fence(tx);
      return one(tx, days);
    });
    full ||= removed >= MOST_PRUNED;
  }
  return full;
}
