import type { LayerDatabase } from "../../../shared/db/database";
import { Lease } from "../../../shared/db/lease";
import { inTransaction, type Tx } from "../../../shared/db/transaction";
import { Known } from "../known/known";
import { checkNoneJoined, fillWaiting, keysOfWaiting, waitingKeys } from "../order/fill-waiting";
import { deleteRefill, ordersDue, readRefill, readWaiting } from "../order/order.sql";
import { takeBackOverdrawn } from "../order/loss";
import { releaseDue } from "../order/release-due";
import { Orders } from "../order/orders";
import { Positions } from "../position/position";
import { reckonLimits, reckonPositions } from "../position/safety";
import { limitsAreDue, nextDue } from "../position/safety.sql";
import { readOverdrawn } from "../position/position.sql";
import { Desk } from "./desk";

const KEYS_A_TURN = 200;
const PAUSE_MS = 200;

/** What is done besides the feeds, each in a transaction of its own: what has nothing to do is only asked. */
const WORK: { isDue: (db: LayerDatabase) => Promise<boolean>; run: (tx: Tx) => Promise<number> }[] = [
  { isDue: async (db) => (await readRefill(db, 1)).length > 0, run: refill },
  { isDue: limitsAreDue, run: reckonLimits },
  { isDue: async (db) => (await nextDue(db)) !== undefined, run: reckonPositions },
  { isDue: async (db) => (await readOverdrawn(db, 1)).length > 0, run: takeBackOverdrawn },
  { isDue: async (db) => (await ordersDue(db, 1)).length > 0, run: releaseDue },
];

/**
 * Looks again at orders that wait for items named in `refill`: a rule or a pool has changed, or a batch left some over. Tells
 * warehouses of allocations whose time has come, and takes back what was allocated and is lost.
 */
export class Refill {
  private readonly lease: Lease;

  constructor(private readonly db: LayerDatabase) {
    this.lease = new Lease(db, "refill");
  }

  start(): void {
    this.lease.rounds(PAUSE_MS, async () => (await this.turn()) > 0);
  }

  stop = (): Promise<void> => this.lease.stop();

  private async turn(): Promise<number> {
    let done = 0;
    for (const { isDue, run } of WORK) {
      if (!(await isDue(this.db))) continue;
      done += await inTransaction(this.db, async (tx) => {
        await this.lease.fence(tx);
        return run(tx);
      });
    }
    return done;
  }
}

export async function refill(tx: Tx): Promise<number> {
  const asked = await readRefill(tx, KEYS_A_TURN);
  await deleteRefill(tx, asked);
  const keys = waitingKeys(asked.map(({ pool_code, sku }) => ({ place: pool_code, sku })));
  const waiting = (await readWaiting(tx, keys)).orders;
  const orders = await Orders.lock(tx, [...waiting]);
  const known = await Known.read(tx, [...new Set(orders.all().map((order) => order.channel_code))]);
  const positions = await Positions.lock(tx, { positions: keysOfWaiting(orders.all(), known) });
  const more = await checkNoneJoined(tx, keys, waiting);
  const desk = await Desk.open(tx, known, orders, positions);
  await fillWaiting(desk, orders.all(), more);
  await desk.save();
  return asked.length;
}
