import type { LayerDatabase } from "../../../shared/db/database";
import { Lease } from "../../../shared/db/lease";
import { inTransaction } from "../../../shared/db/transaction";
import { groupBy } from "../../../shared/group";
import { lockStock } from "./lock-stock";
import { overdueStock } from "./lot.sql";
import { writePostings } from "./post";
import { tellExpiry } from "./tell-expiry";

const SWEEP_MS = 60_000;
const KEYS_AT_ONCE = 200;

/** Books what the calendar has decided already, and tells of lots that will expire. Who posts, picks or ships an item books its overdue lots first, sweeper or not. */
export class LotSweeper {
  private readonly lease: Lease;

  constructor(private readonly db: LayerDatabase) {
    this.lease = new Lease(db, "lot-sweeper");
  }

  start(): void {
    this.lease.rounds(SWEEP_MS, async () => {
      const more = (await sweepLots(this.db)) === KEYS_AT_ONCE;
      return (await tellExpiry(this.db, (tx) => this.lease.fence(tx))) || more;
    });
  }

  stop = (): Promise<void> => this.lease.stop();
}

/** Books lots that have passed their day, some at a time; gives back how many items in warehouses it looked at. */
export async function sweepLots(db: LayerDatabase): Promise<number> {
  const found = await overdueStock(db, KEYS_AT_ONCE);
  for (const [warehouse, rows] of groupBy(found, (row) => row.warehouse)) {
    const skus = rows.map(({ sku }) => sku);
    await inTransaction(db, async (tx) => {
      const stock = await lockStock(tx, warehouse, skus);
      if (stock.due.length > 0) await writePostings(tx, stock, []);
    });
  }
  return found.length;
}
