import type { LayerDatabase } from "../db/database";
import { inTransaction, type Tx } from "../db/transaction";
import { STANDING_CHECK } from "../reconcile";
import { emptyCheckpoints, feedHead, toldBesides } from "./outbox.sql";

/** How far a check that never ends has come in its own layer's feed, and whether all is to be gone through once more. */
export interface StandingPass {
  position: number;
  /** Something has happened since the last pass over all began. */
  isDue: boolean;
  /** Up to where old checkpoints have lost their figures; undefined in the first round. */
  emptied?: number;
}

/** So many positions after it a checkpoint keeps its figures, for a reader that lags. */
const KEPT = 2_000;
const MOST_EMPTIED = 5_000;

/**
 * What the next round of a check does: a pass that has begun goes on, and one begins where something has happened since the last
 * one did. The figures of checkpoints that are long past are removed, or a check would fill the feed of a layer that does nothing.
 */
export async function nextOfPass<Mark extends StandingPass>(
  db: LayerDatabase,
  mark: Mark,
  isBetween: boolean,
  fence: (tx: Tx) => Promise<void>,
): Promise<{ goes: boolean; next: StandingPass }> {
  const position = await feedHead(db);
  const isDue = mark.isDue || (await toldBesides(db, STANDING_CHECK, mark.position));
  const begins = isBetween && isDue;
  const upTo = Math.max(0, position - KEPT);
  const emptied = Math.max(mark.emptied ?? 0, upTo - MOST_EMPTIED);
  if (upTo > emptied)
    await inTransaction(db, async (tx) => {
      await fence(tx);
      await emptyCheckpoints(tx, emptied, upTo);
    });
  return { goes: begins || !isBetween, next: { position, isDue: begins ? false : isDue, emptied: Math.max(emptied, upTo) } };
}
