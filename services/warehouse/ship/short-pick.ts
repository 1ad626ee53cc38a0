import type { Tx } from "../../../shared/db/transaction";
import { tell } from "../../../shared/flow/outbox";
import { Refusal } from "../../../shared/refusal";
import { choosePlaces, freeUnits } from "../ledger/choose-places";
import type { PostingLine } from "../ledger/decide-posting";
import type { Stock } from "../ledger/stock";
import type { PickInput } from "./ship.types";
import type { Step } from "./shipment";

/**
 * Where the books have units that the picker did not find: at the place that is named, else where a pick would go next. The books
 * may have fewer than are short, after a loss that is known already. Which serial number is gone only a count can say.
 */
export async function lostUnits(tx: Tx, stock: Stock, { sku, short, location, lot }: PickInput, i: number): Promise<PostingLine[]> {
  const field = ["input", "picks", String(i)];
  if (stock.items.get(sku)!.tracking === "SERIAL") {
    throw new Refusal("INVALID_INPUT", `${sku} is tracked by serial number: a count says which one is gone`, {
      field: [...field, "short"],
    });
  }
  const want = { sku, units: short!, location, lot, field };
  const units = Math.min(short!, freeUnits(stock, want));
  if (units === 0) return [];
  return (await choosePlaces(tx, stock, [{ ...want, units }])).map((from) => ({ ...from, units: -from.units }));
}

/** Told after the loss: dispatch lowers its stock before it looks for the units elsewhere. */
export function tellShort(
  { tx, caller, shipment }: Step,
  status: "PICKING" | "PICKED" | "CANCELLED",
  short: ReadonlyMap<string, number>,
): Promise<void> {
  const { id, orderRef, warehouseCode, version, client, merchant } = shipment;
  return tell(tx, [
    {
      type: "ShipmentShort",
      shipmentId: id,
      orderRef: orderRef ?? "",
      warehouse: warehouseCode,
      status,
      actor: caller.client,
      lines: [...short].map(([sku, quantity]) => ({ sku, quantity })),
      client,
      merchant,
      aggregates: { [`shipment:${id}`]: version },
    },
  ]);
}
