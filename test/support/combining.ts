import { Channels } from "../../services/sales/channel/channels";
import { reserveCommand, type Reserved } from "../../services/sales/reserve/reserve";
import { Items } from "../../services/sales/known/items";
import { WriteCombiner, type Answer, type Command, type CombinerOptions } from "../../services/sales/stock/combiner";
import { lockHeaders } from "../../services/sales/stock/stock.sql";
import type { LayerDatabase } from "../../shared/db/database";
import { inTransaction, type Tx } from "../../shared/db/transaction";

export interface Combining {
  combiner: WriteCombiner;
  command(key: string, ...skus: string[]): Command<Reserved>;
  /** One unit of each item. */
  reserve(key: string, ...skus: string[]): Promise<Answer<Reserved>>;
}

/** A write combiner of its own on the database of a sales world, whose channel "web" must be there already. */
export async function combining(db: LayerDatabase, options: CombinerOptions = {}): Promise<Combining> {
  const combiner = new WriteCombiner(db, options);
  const channel = (await new Channels(db).get("web"))!;
  const items = new Items(db); // Nothing here is a kit.
  const command = (key: string, ...skus: string[]) =>
    reserveCommand(
      "shop",
      { idempotencyKey: key, orderRef: key, channel: "web", lines: skus.map((sku) => ({ sku, quantity: 1 })) },
      channel,
      items,
    );
  return { combiner, command, reserve: (key, ...skus) => combiner.submit(command(key, ...skus)) };
}

/** Another transaction that holds an item's header while it does `work`; resolves once it has the lock. */
export async function holdHeader(db: LayerDatabase, sku: string, work: (tx: Tx) => Promise<unknown>): Promise<{ released: Promise<void> }> {
  let locked: () => void;
  const holding = new Promise<void>((resolve) => (locked = resolve));
  const released = inTransaction(db, async (tx) => {
    await lockHeaders(tx, [{ pool: "EU", sku }]);
    locked();
    await work(tx);
  });
  await holding;
  return { released };
}

/** Another turn of the event loop, until it is so. */
export async function until(so: () => boolean): Promise<void> {
  while (!so()) await new Promise((resolve) => setImmediate(resolve));
}

export async function unitsHeld(db: LayerDatabase, sku: string): Promise<number> {
  const [{ held }] = await db.query<{ held: number }>("SELECT held FROM virtual_stock WHERE pool_code = 'EU' AND sku = ?", [sku]);
  return held;
}
