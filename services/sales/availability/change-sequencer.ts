import type { LayerDatabase } from "../../../shared/db/database";
import { Lease } from "../../../shared/db/lease";
import { inTransaction, type Tx } from "../../../shared/db/transaction";
import { groupBy } from "../../../shared/group";
import { deleteNotes, hasUntold, lastPosition, moveClock, readListed, readNotes, readTimed, saveChanges, type Note } from "./changes.sql";
import { endOversold, tellLevels } from "./levels";
import { EVERY_POOL, type OfStock } from "./note-changes";

/** How long a change waits to be told; what changes several times within it is told once. */
const POLL_MS = 200;
const MOST_NOTES = 100;
/** Of one transaction; a larger note goes alone. */
const MOST_SKUS = 5_000;

/**
 * Gives changes of availability their place in the order that followers read by, one process at a time under a lease.
 * Notes are taken once they are committed, whenever that is, so that a reader beyond a position misses nothing that commits
 * late. An item has one row a pool, which moves to the end when it changes again: a cursor stays good for ever, and the
 * table does not grow with the changes.
 */
export class ChangeSequencer {
  private readonly lease: Lease;

  constructor(private readonly db: LayerDatabase) {
    this.lease = new Lease(db, "availability-changes");
  }

  start(): void {
    this.lease.rounds(POLL_MS, async () => {
      const untold = await hasUntold(this.db);
      if (untold) await this.step();
      return untold;
    });
  }

  stop = (): Promise<void> => this.lease.stop();

  private step(): Promise<void> {
    return inTransaction(this.db, async (tx) => {
      await this.lease.fence(tx);
      const notes = bounded(await readNotes(tx, MOST_NOTES));
      const { until, rows } = await readTimed(tx);
      const changed = [...(await listedOf(tx, notes)), ...rows];
      await place(tx, changed);
      await tellLevels(tx, changed);
      await endOversold(
        tx,
        notes.flatMap((note) => note.changed.flatMap(([pool_code, skus]) => skus.map((sku) => ({ pool_code, sku })))),
      );
      await deleteNotes(tx, notes);
      if (rows.length > 0) await moveClock(tx, until);
    });
  }
}

function bounded(notes: Note[]): Note[] {
  let skus = 0;
  return notes.filter(({ changed }, i) => (skus += changed.reduce((sum, [, of]) => sum + of.length, 0)) <= MOST_SKUS || i === 0);
}

/** What is on some channel's list of what the notes name, kits by their components. */
async function listedOf(tx: Tx, notes: Note[]): Promise<OfStock[]> {
  const named = new Map<string, Set<string>>();
  for (const [pool, skus] of notes.flatMap(({ changed }) => changed))
    for (const sku of skus) named.set(sku, (named.get(sku) ?? new Set()).add(pool));
  if (named.size === 0) return [];
  const listed = await readListed(tx, [...named.keys()]);
  return listed.filter(({ cause, pool_code }) => named.get(cause)!.has(pool_code) || named.get(cause)!.has(EVERY_POOL));
}

async function place(tx: Tx, rows: OfStock[]): Promise<void> {
  for (const [pool, of] of groupBy(rows, (row) => row.pool_code)) {
    const last = await lastPosition(tx, pool);
    const skus = [...new Set(of.map(({ sku }) => sku))];
    await saveChanges(
      tx,
      skus.map((sku, i) => ({ pool_code: pool, sku, position: last + 1 + i })),
    );
  }
}
