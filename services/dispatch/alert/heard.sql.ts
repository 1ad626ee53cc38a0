import { writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import type { LotExpiryChanged } from "../../../shared/flow/messages";

const LOT = ["warehouse_code", "sku", "lot", "expires_on"] as const;

export const saveExpiringLots = (tx: Tx, lots: LotExpiryChanged[]): Promise<void> =>
  writeHeaders(
    tx,
    "expiring_lot",
    lots.map(({ warehouse, sku, lot, expiresOn }) => ({ warehouse_code: warehouse, sku, lot, expires_on: expiresOn })),
    [...LOT],
    ["expires_on"],
  );

export async function deleteExpiringLots(tx: Tx, lots: LotExpiryChanged[]): Promise<void> {
  if (lots.length === 0) return;
  const keys = lots.map(({ warehouse, sku, lot }) => [warehouse, sku, lot]);
  await tx.execute("DELETE FROM expiring_lot WHERE (warehouse_code, sku, lot) IN (?)", [keys]);
}
