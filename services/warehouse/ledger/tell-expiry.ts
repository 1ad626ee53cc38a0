import type { LayerDatabase } from "../../../shared/db/database";
import { inTransaction, type Tx } from "../../../shared/db/transaction";
import { tell } from "../../../shared/flow/outbox";
import { beginningLots, endedLots, saveExpiringLots, type ExpiringLot } from "./expiry.sql";

/** Dispatch raises its alerts within this. */
const HORIZON_DAYS = 90;
const LOTS_AT_ONCE = 200;

/** Tells of lots with stock that will expire, and of those that were told of and do so no more; whether there are more to tell of. */
export function tellExpiry(db: LayerDatabase, fence: (tx: Tx) => Promise<void>): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    await fence(tx);
    const turned: ExpiringLot[] = [
      ...(await beginningLots(tx, HORIZON_DAYS, LOTS_AT_ONCE)),
      ...(await endedLots(tx, HORIZON_DAYS, LOTS_AT_ONCE)),
    ];
    const lots = turned.map((lot) => ({ ...lot, version: lot.version + 1 }));
    await saveExpiringLots(tx, lots);
    await tell(
      tx,
      lots.map(({ warehouse, sku, lot, expiresOn, there, version }) => ({
        type: "LotExpiryChanged",
        ...{ warehouse, sku, lot, expiresOn, there },
        aggregates: { [`lot:${warehouse}:${sku}:${lot}`]: version },
      })),
    );
    return turned.length >= LOTS_AT_ONCE;
  });
}
