import { Refusal } from "../../../shared/refusal";
import type { PostingLine } from "./decide-posting";
import { serialKey, type Stock } from "./stock";

/** Moves the serial numbers of a line in memory: each unit has one, and each is in stock once. */
export function moveSerials(stock: Stock, line: PostingLine): void {
  const { sku, units, serials, location, lot, status, pledge } = line;
  const field = line.field && [...line.field, "serials"];
  if (stock.items.get(sku)!.tracking !== "SERIAL" || units === 0) return;
  if ((serials ?? []).length !== Math.abs(units) || new Set(serials).size !== Math.abs(units)) {
    throw new Refusal("INVALID_INPUT", `${sku} is tracked by serial number: ${Math.abs(units)} different ones are needed.`, { field });
  }
  const picked = line.allocated ? (line.pickedFor ?? null) : null;
  for (const serial of serials!) {
    const key = serialKey(sku, serial);
    const known = stock.serials.get(key);
    const here = { sku, serial, location, lot, status, pledge };
    if (units > 0) {
      if (known?.warehouse != null) {
        throw new Refusal("CONFLICT", `${sku} ${serial} is in stock already, in ${known.warehouse}.`, { field });
      }
      const fresh: true | undefined = known === undefined ? true : known.fresh;
      stock.serials.set(key, { ...here, warehouse: stock.warehouse.code, shipmentId: picked, ...(fresh && { fresh }) });
      continue;
    }
    const there =
      known?.warehouse === stock.warehouse.code &&
      known.location === location &&
      known.lot === lot &&
      known.status === status &&
      known.pledge === pledge &&
      known.shipmentId === picked;
    if (!there)
      throw new Refusal("INSUFFICIENT_STOCK", `${sku} ${serial} is not free in ${location} of ${stock.warehouse.code}.`, { field });
    stock.serials.set(key, { ...known, warehouse: null, shipmentId: null });
  }
}
