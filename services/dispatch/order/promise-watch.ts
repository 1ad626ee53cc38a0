import type { LayerDatabase } from "../../../shared/db/database";
import { Lease } from "../../../shared/db/lease";
import { inTransaction, type Tx } from "../../../shared/db/transaction";
import { groupBy } from "../../../shared/group";
import { databaseNow } from "../feed/clock.sql";
import { OrderEventKind, orderNotice } from "../notice/notice";
import { writeNotices } from "../notice/notice.sql";
import { coveredAt } from "./expected";
import { dueOf } from "./expected.sql";
import { Orders } from "./orders";
import { decidePromise, type Promised } from "./promise";
import { forgetPromises, nextWaited, savePromises, turnsOf, type PromiseRow, type Turn, type WaitingKey } from "./promise-watch.sql";

const ROUND_MS = 10_000;
const KEYS_A_TURN = 50;
/** Orders of which one transaction tells; the others' moves are found again. */
const MOST_ORDERS = 200;
const MOST_FORGOTTEN = 500;

/**
 * Tells order systems when what their orders wait for is expected at another time: supply was announced, moved or given up, or
 * another order goes first. One process at a time looks at all that waits, every 10 s, as dates are reckoned and stored nowhere.
 */
export class PromiseWatch {
  private readonly lease: Lease;

  constructor(private readonly db: LayerDatabase) {
    this.lease = new Lease(db, "promises");
  }

  start(): void {
    this.lease.rounds(ROUND_MS, (alive) => watchPromises(this.db, (tx) => this.lease.fence(tx), alive));
  }

  stop = (): Promise<void> => this.lease.stop();
}

/** One pass over all that waits, a transaction for some items. */
export async function watchPromises(db: LayerDatabase, fence: (tx: Tx) => Promise<void>, alive: () => boolean = () => true): Promise<void> {
  let after: WaitingKey = { pool_code: "", sku: "" };
  while (alive()) {
    const keys = await nextWaited(db, after, KEYS_A_TURN);
    if (keys.length === 0) break;
    while (alive() && (await inTransaction(db, (tx) => fence(tx).then(() => tellMoves(tx, keys)))));
    after = keys[keys.length - 1];
  }
  while (alive() && (await inTransaction(db, (tx) => fence(tx).then(() => forgetPromises(tx, MOST_FORGOTTEN)))) === MOST_FORGOTTEN);
}

interface Found extends Promised {
  turn: Turn;
}

/** Answers whether there is more to tell of these items. */
async function tellMoves(tx: Tx, keys: WaitingKey[]): Promise<boolean> {
  const found = await look(tx, keys);
  const toTell = [...new Set(found.filter(({ tells }) => tells).map(({ turn }) => turn.fulfillment_id))];
  const told = toTell.slice(0, MOST_ORDERS);
  await savePromises(tx, found.filter(({ tells, changed }) => changed && !tells).map(rowOf));
  if (told.length === 0) return false;
  // What was allocated, or moved once more, before the lock is not told.
  const orders = await Orders.lock(tx, told);
  const now = (await look(tx, keys)).filter(({ tells, turn }) => tells && orders.has(turn.fulfillment_id));
  const at = await databaseNow(tx);
  const notices = [...groupBy(now, ({ turn, told_at }) => JSON.stringify([turn.fulfillment_id, told_at]))].map(([, moved]) => {
    const order = orders.of(moved[0].turn.fulfillment_id)!;
    const lines = moved.map(({ turn }) => ({ sku: turn.sku, quantity: turn.units }));
    const date = moved[0].told_at;
    const detail = date === null ? "not expected any more" : `expected ${date.toISOString()}`;
    return orderNotice(order, { kind: OrderEventKind.PROMISE_CHANGED, lines, detail }, orders.raise(order), at);
  });
  await savePromises(tx, now.map(rowOf));
  await orders.save();
  await writeNotices(tx, notices);
  return toTell.length > told.length;
}

async function look(tx: Tx, keys: WaitingKey[]): Promise<Found[]> {
  const textOf = ({ pool_code, sku }: WaitingKey): string => JSON.stringify([pool_code, sku]);
  const due = groupBy(await dueOf(tx, [...new Set(keys.map(({ sku }) => sku))]), textOf);
  return (await turnsOf(tx, keys)).map((turn) => ({ turn, ...decidePromise(turn, coveredAt(turn.ahead, due.get(textOf(turn)) ?? [])) }));
}

const rowOf = ({ turn: { fulfillment_id, sku }, told_at, seen_at }: Found): PromiseRow => ({ fulfillment_id, sku, told_at, seen_at });
