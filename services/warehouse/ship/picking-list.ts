import type { Reader } from "../../../shared/db/database";
import { byteOrder } from "../../../shared/db/lock-order";
import { groupBy } from "../../../shared/group";
import { choosePlaces, freeUnits, type Wanted } from "../ledger/choose-places";
import { peekStock } from "../ledger/lock-stock";
import type { Stock } from "../ledger/stock";
import type { Visible } from "../visible";
import { pickableLines, type PickableLine } from "./picking-list.sql";

export interface PickingStop {
  location: string;
  picks: { shipmentId: string; sku: string; lot: string; quantity: number }[];
}

/**
 * What is still to be picked, stop by stop in the order of location codes: units come from where a pick without a location would
 * take them. Shipments go by priority, then by their time; read without locks, so a pick may find that another was faster.
 */
export async function pickingList(
  reader: Reader,
  warehouse: string,
  shipmentIds: string[] | undefined,
  seen: Visible,
): Promise<PickingStop[]> {
  if (shipmentIds?.length === 0) return [];
  const lines = await pickableLines(reader, warehouse, shipmentIds, seen);
  if (lines.length === 0) return [];
  const stock = await peekStock(
    reader,
    warehouse,
    lines.map(({ sku }) => sku),
  );
  const taken = await choosePlaces(reader, stock, wantedOf(stock, lines));
  const picks = taken.map(({ location, lot, sku, units, field: [shipmentId] }) => ({ location, shipmentId, sku, lot, quantity: units }));
  return [...groupBy(picks, ({ location }) => location)]
    .sort(([a], [b]) => byteOrder(a, b))
    .map(([location, of]) => ({ location, picks: of.map(({ location: _, ...pick }) => pick) }));
}

/** As many units as there are to find; who comes first has them. */
function wantedOf(stock: Stock, lines: PickableLine[]): Wanted[] {
  const left = new Map<string, number>();
  return lines.flatMap(({ shipmentId, sku, open }) => {
    const free = left.get(sku) ?? freeUnits(stock, { sku, units: open, field: [] });
    const units = Math.min(open, free);
    left.set(sku, free - units);
    return units === 0 ? [] : [{ sku, units, field: [shipmentId] }];
  });
}
