import type { LayerDatabase } from "../../shared/db/database";
import { checkLedger, onSnapshot, type Drift } from "../../shared/reconcile";
import type { LedgerShape } from "../../shared/reconcile.sql";
import { committedUnits, lineSums, oversoldEntries, setAsideDifferences, shareDifferences, uncountedDifferences } from "./reconcile.sql";
import { openReplacementIds } from "./replace/replacement.sql";
import { FIGURES } from "./stock/virtual-stock";

const VIRTUAL_STOCK: LedgerShape = {
  header: "virtual_stock",
  lines: "virtual_stock_entry",
  key: ["pool_code", "sku"],
  figures: Object.fromEntries(FIGURES.map((figure) => [figure, `${figure}_delta`])),
};

/** Invariants 1 and 2 in the sales layer, on what has changed since all was last well (or on everything). */
export async function reconcileSales(db: LayerDatabase, { full = false } = {}): Promise<Drift[]> {
  const { drifts, remember } = await onSnapshot(db, async (reader) => {
    const ledger = await checkLedger(db, reader, VIRTUAL_STOCK, full);
    const found = [...ledger.drifts];
    for (const { key, from } of ledger.changed) {
      const subject = `virtual_stock ${key.join(" ")}`;
      const { header, lines } = await lineSums(reader, key);
      for (const figure of ["held", "committed"] as const) {
        if (header[figure] === lines[figure]) continue;
        found.push({
          invariant: 1,
          layer: "sales",
          subject,
          message: `${figure} is ${header[figure]}, the reservation lines hold ${lines[figure]}`,
        });
      }
      for (const { seq, available_after, permitted } of await oversoldEntries(reader, key, from)) {
        found.push({
          invariant: 2,
          layer: "sales",
          subject,
          message: `line ${seq} promised what was not there: available ${available_after}, permitted ${permitted}`,
        });
      }
    }
    for (const { pool, sku, counted, on_hand } of await uncountedDifferences(reader)) {
      found.push({
        invariant: 7,
        layer: "sales",
        subject: `virtual_stock ${pool} ${sku}`,
        message: `onHand is ${on_hand}, its warehouses have ${counted}`,
      });
    }
    for (const { subject, told, found: counted } of [...(await shareDifferences(reader)), ...(await setAsideDifferences(reader))]) {
      found.push({ invariant: 1, layer: "sales", subject, message: `is ${told}, its lines add up to ${counted}` });
    }
    return { drifts: found, remember: ledger.remember };
  });
  if (drifts.length === 0) await remember();
  return drifts;
}

/** Replacements that are still to be committed, by return. */
export const openReplacements = async (db: LayerDatabase): Promise<Map<string, number>> =>
  new Map((await openReplacementIds(db)).map(({ return_id }) => [return_id, 1]));

/** Units committed by pool and SKU, to be compared with dispatch's open demand. */
export const committedByItem = async (db: LayerDatabase): Promise<Map<string, number>> =>
  new Map((await committedUnits(db)).map(({ pool, sku, committed }) => [JSON.stringify([pool, sku]), Number(committed)]));
