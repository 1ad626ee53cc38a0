import type { Tx } from "../../../shared/db/transaction";
import { Refusal } from "../../../shared/refusal";
import type { PostingLine } from "../ledger/decide-posting";
import { serialsAt } from "../ledger/serial.sql";
import { serialKey, type Place, type Stock } from "../ledger/stock";
import { readPicked } from "./ship.sql";

/** Units of a shipment that are to leave PACKING: of one lot, or by serial number, where that is said. */
export interface PickedWanted {
  sku: string;
  units: number;
  lot?: string | null;
  serials?: string[] | null;
  field: string[];
}

export interface PickedUnits extends Place {
  units: number;
  serials?: string[];
  field: string[];
}

/** The places and serial numbers of picked units that are to leave PACKING, in the order of place and lot. */
export async function takePicked(tx: Tx, stock: Stock, shipmentId: string, wanted: PickedWanted[]): Promise<PickedUnits[]> {
  const picked = await readPicked(tx, shipmentId);
  const taken: PickedUnits[] = [];
  for (const { sku, units, lot, serials, field } of wanted) {
    let missing = units;
    for (const place of picked.filter((one) => one.sku === sku && (lot == null || one.lot === lot))) {
      const here = await serialsHere(tx, stock, shipmentId, place, serials);
      const now = Math.min(missing, here?.length ?? place.quantity, place.quantity);
      if (now === 0) continue;
      place.quantity -= now;
      missing -= now;
      const { quantity: _, ...of } = place;
      taken.push({ ...of, units: now, serials: here?.slice(0, now), field });
    }
    if (missing > 0)
      throw new Refusal("INVALID_INPUT", `of the units picked for the shipment, ${missing} of ${sku} are not such`, { field });
  }
  return taken;
}

/** The shipment's serial numbers at a place, of those that are wanted; undefined for items that have none. */
async function serialsHere(
  tx: Tx,
  stock: Stock,
  shipmentId: string,
  place: Place,
  wanted: string[] | null | undefined,
): Promise<string[] | undefined> {
  if (stock.items.get(place.sku)!.tracking !== "SERIAL") return undefined;
  const rows = await serialsAt(tx, stock.warehouse.code, place, shipmentId);
  for (const row of rows) stock.serials.set(serialKey(row.sku, row.serial), row);
  return rows.map(({ serial }) => serial).filter((serial) => wanted == null || wanted.includes(serial));
}

/** They leave PACKING, and are their shipment's no longer. */
export const fromPacking = (shipmentId: string, { units, ...from }: PickedUnits): PostingLine => ({
  ...from,
  units: -units,
  allocated: -units,
  pickedFor: shipmentId,
});
