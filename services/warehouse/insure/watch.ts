import type { LayerDatabase } from "../../../shared/db/database";
import { Lease } from "../../../shared/db/lease";
import { inTransaction } from "../../../shared/db/transaction";
import { tell, type NewEvent } from "../../../shared/flow/outbox";
import { exact } from "../../../shared/units/decimal";
import { covers, lockWatch, saveWatch, type Cover, type WatchRow } from "./policy.sql";

const ROUND_MS = 30_000;

/** Compares stock value and insured sums, one process at a time, so that nobody has to. No posting waits for it. */
export class InsuranceWatch {
  private readonly lease: Lease;

  constructor(private readonly db: LayerDatabase) {
    this.lease = new Lease(db, "insurance-watch");
  }

  start(): void {
    this.lease.rounds(ROUND_MS, () => watchCovers(this.db));
  }

  stop = (): Promise<void> => this.lease.stop();
}

/** Tells of each warehouse whose stock is worth more than is insured since the last look, or no more. */
export const watchCovers = (db: LayerDatabase): Promise<void> =>
  inTransaction(db, async (tx) => {
    const told = new Map((await lockWatch(tx)).map((row) => [row.warehouse, row]));
    const turned = (await covers(tx)).flatMap((cover) => {
      const before = told.get(cover.warehouse) ?? { warehouse: cover.warehouse, uninsured: 0, version: 0 };
      const uninsured = exact(cover.value).gt(cover.insured) ? 1 : 0;
      return uninsured === before.uninsured ? [] : [{ cover, row: { ...before, uninsured, version: before.version + 1 } }];
    });
    if (turned.length === 0) return;
    await saveWatch(
      tx,
      turned.map(({ row }) => row),
    );
    await tell(
      tx,
      turned.map(({ cover, row }) => changed(cover, row)),
    );
  });

const changed = ({ warehouse, currency, value, insured }: Cover, { uninsured, version }: WatchRow): NewEvent => ({
  type: "CoverChanged",
  warehouse,
  covered: uninsured === 0,
  value,
  insured,
  currency,
  client: "",
  merchant: "",
  aggregates: { [`cover:${warehouse}`]: version },
});
