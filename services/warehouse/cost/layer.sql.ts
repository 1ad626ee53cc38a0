import type { Reader } from "../../../shared/db/database";
import { writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import { exact, sixPlaces } from "../../../shared/units/decimal";
import type { Layer } from "./cost";

export type LayerRow = Layer & { sku: string; transit: boolean };

/** What is left of receipts of FIFO items whose headers are locked, oldest first. Primary key ranges. */
export async function readLayers(reader: Reader, warehouse: string, skus: string[]): Promise<LayerRow[]> {
  if (skus.length === 0) return [];
  const rows = await reader.query<Omit<LayerRow, "value" | "transit"> & { value: string; transit: number }>(
    "SELECT sku, seq, transit, received, units, value FROM cost_layer WHERE warehouse = ? AND sku IN (?) ORDER BY sku, seq",
    [warehouse, skus],
  );
  return rows.map(({ seq, transit, value, ...row }) => ({ ...row, seq: Number(seq), transit: transit === 1, value: exact(value) }));
}

/** Writes new and changed layers; those with nothing left are gone. */
export async function writeLayers(tx: Tx, warehouse: string, layers: LayerRow[]): Promise<void> {
  const rows = layers.map(({ value, transit, ...layer }) => ({ ...layer, warehouse, transit: transit ? 1 : 0, value: sixPlaces(value) }));
  const left = rows.filter(({ units }) => units > 0);
  const columns = ["warehouse", "sku", "seq", "transit", "received", "units", "value"] as const;
  await writeHeaders(tx, "cost_layer", left, [...columns], ["units", "value"]);
  for (const { sku, seq } of rows.filter(({ units }) => units === 0))
    await tx.execute("DELETE FROM cost_layer WHERE warehouse = ? AND sku = ? AND seq = ?", [warehouse, sku, seq]);
}
