import type { LayerDatabase } from "../../../shared/db/database";
import { Lease } from "../../../shared/db/lease";
import { inTransaction, type Tx } from "../../../shared/db/transaction";
import { databaseNow } from "../each.sql";
import { classify, type Issued } from "./abc";
import { issuedInAYear, itemsStocked, writeClasses } from "./abc.sql";
import { lockCountRow } from "./count.sql";
import { openCount } from "./create-count";
import { planCount, settle } from "./plan-count";
import { dueSchedules, lockSchedule, saveScheduleRow, unplannedCount } from "./schedule.sql";
import { progress } from "./stock-count";

/** How soon a large plan is taken up. */
const PLANS_MS = 500;
const SCHEDULES_MS = 30_000;
const DUE_AT_ONCE = 20;
/** Items whose year one statement reads. */
const ITEMS_AT_ONCE = 200;
const DAY_MS = 86_400_000;

/** Makes the plans of large counts, and opens those that schedules want. */
export class CountWorker {
  private readonly lease: Lease;

  constructor(private readonly db: LayerDatabase) {
    this.lease = new Lease(db, "count-worker");
  }

  start(): void {
    const fence = (tx: Tx) => this.lease.fence(tx);
    let due = 0;
    this.lease.rounds(PLANS_MS, async () => {
      if (await planNext(this.db, fence)) return true;
      if (performance.now() >= due) {
        await openDueCounts(this.db, fence);
        due = performance.now() + SCHEDULES_MS;
      }
      return false;
    });
  }

  stop = (): Promise<void> => this.lease.stop();
}

type Fence = (tx: Tx) => Promise<void>;

/** Plans on where a plan is not made yet, one transaction's worth; false when there is none. */
export async function planNext(db: LayerDatabase, fence: Fence): Promise<boolean> {
  const id = await unplannedCount(db);
  if (id === undefined) return false;
  await inTransaction(db, async (tx) => {
    await fence(tx);
    const count = await lockCountRow(tx, id);
    if (!count || count.planned) return;
    count.version += 1;
    const places = await planCount(tx, count);
    settle(count);
    await progress(tx, count.createdBy, count, "PLAN", places);
  });
  return true;
}

/** Opens the counts whose day has come, each in its own transaction; classes are computed before, outside of it. */
export async function openDueCounts(db: LayerDatabase, fence: Fence): Promise<number> {
  const due = await dueSchedules(db, DUE_AT_ONCE);
  for (const { id, abcClass, warehouseCode } of due) {
    if (abcClass) await classifyWarehouse(db, warehouseCode);
    await inTransaction(db, async (tx) => {
      await fence(tx);
      const now = await databaseNow(tx);
      const schedule = await lockSchedule(tx, id);
      if (!schedule?.active || schedule.nextAt > now) return;
      const count = await openCount(tx, schedule.savedBy, { ...schedule, skus: null });
      // From now on, so that an installation that slept for a month does not count thrice.
      await saveScheduleRow(tx, { ...schedule, lastCountId: count.id, nextAt: new Date(now.getTime() + schedule.everyDays * DAY_MS) });
    });
  }
  return due.length;
}

/** Reads the year of some items a statement, and keeps one figure an item. */
export async function classifyWarehouse(db: LayerDatabase, warehouse: string): Promise<void> {
  const issued: Issued[] = [];
  for (let after = ""; ;) {
    const skus = await itemsStocked(db, warehouse, after, ITEMS_AT_ONCE);
    if (skus.length > 0) issued.push(...(await issuedInAYear(db, warehouse, skus)));
    if (skus.length < ITEMS_AT_ONCE) break;
    after = skus[skus.length - 1];
  }
  const classes = classify(issued);
  const at = await databaseNow(db);
  for (let from = 0; from < issued.length; from += 1_000) {
    const rows = issued.slice(from, from + 1_000).map((row) => ({ ...row, class: classes.get(row.sku)! }));
    await inTransaction(db, (tx) => writeClasses(tx, warehouse, at, rows));
  }
}
