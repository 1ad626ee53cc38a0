import type { LayerDatabase } from "../../../shared/db/database";
import { Lease } from "../../../shared/db/lease";
import { inTransaction, type Tx } from "../../../shared/db/transaction";
import type { StockKey } from "../reconcile.sql";
import { addToPlaces, addToWarehouses, itemsBehind, saveMarks, type Share } from "./periods.sql";

const ROUND_MS = 60_000;
const ITEMS_AT_ONCE = 50;
/** Of one transaction, so that it stays below a tenth of a second. */
const LINES_AT_ONCE = 2_000;
const START: StockKey = ["", ""];

/**
 * Keeps the sums of the ledger by spans of time, one process at a time under a lease. An item's sums and the mark that says which lines
 * are in them change in one transaction, so a crash anywhere loses nothing and counts nothing twice. Nothing depends on its
 * being punctual: lines beyond the mark are read from the ledger.
 */
export class PeriodSums {
  private readonly lease: Lease;

  constructor(private readonly db: LayerDatabase) {
    this.lease = new Lease(db, "stock-periods");
  }

  start(): void {
    this.lease.rounds(ROUND_MS, async (alive) => {
      for (let after: StockKey | undefined = START; after && alive();) after = await this.step(after);
    });
  }

  stop = (): Promise<void> => this.lease.stop();

  private step(after: StockKey): Promise<StockKey | undefined> {
    return inTransaction(this.db, async (tx) => {
      await this.lease.fence(tx);
      return sumUp(tx, after);
    });
  }
}

/** Adds the next lines of the next items that are behind; gives back the key to go on after, undefined at the end. */
export async function sumUp(tx: Tx, after: StockKey, most = LINES_AT_ONCE, items = ITEMS_AT_ONCE): Promise<StockKey | undefined> {
  const behind = await itemsBehind(tx, after, items);
  if (behind.length === 0) return undefined;
  const shares = shareOut(behind, most);
  await addToPlaces(tx, shares);
  await addToWarehouses(tx, shares);
  await saveMarks(tx, shares);
  const done = behind.filter(({ to }, i) => shares[i]?.to === to);
  const last = done[done.length - 1];
  return last ? [last.warehouse, last.sku] : after;
}

/** As many lines as may go at once, item by item. */
export function shareOut(behind: Share[], most: number): Share[] {
  let left = most;
  return behind
    .map((share) => {
      const to = Math.min(share.to, share.from + left);
      left -= to - share.from;
      return { ...share, to };
    })
    .filter(({ from, to }) => to > from);
}
