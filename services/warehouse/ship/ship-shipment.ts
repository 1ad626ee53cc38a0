import type { Tx } from "../../../shared/db/transaction";
import { tell } from "../../../shared/flow/outbox";
import type { Caller } from "../../../shared/identity/caller";
import { newId } from "../../../shared/ids";
import { Refusal } from "../../../shared/refusal";
import { checkCount, checkKey, checkText, checkUnits } from "../../../shared/units/check";
import type { MovementType } from "../ledger/movement-rules";
import { post } from "../ledger/post";
import { stockAggregates } from "../ledger/stock-events";
import { lotKey, type Stock } from "../ledger/stock";
import { fromPacking, takePicked, type PickedUnits } from "./picked";
import { documentOf, lockBothEnds, sendOn, shareItemsOfTransfer } from "./send-transfer";
import { insertParcels, readLines, type LineRow, type ParcelLineRow, type ParcelRow, type ShipmentRow } from "./ship.sql";
import type { ParcelInput, ShipShipmentInput } from "./ship.types";
import { progress, step, type Step } from "./shipment";

const MOST_PARCELS = 1_000;

/** What takes a shipment's units out. */
const ISSUE_OF: Partial<Record<ShipmentRow["kind"], MovementType>> = { EXCHANGE: "EXCHANGE_OUT", TRANSFER: "TRANSFER_OUT" };

/** The goods leave: issued from PACKING at the average cost, with the entry. Told once, as ShipmentShipped. */
export async function shipShipment(tx: Tx, caller: Caller, input: ShipShipmentInput): Promise<string> {
  checkCarrier(input, ["input"]);
  if (input.parcels) checkCount(input.parcels, ["input", "parcels"], MOST_PARCELS);
  await shareItemsOfTransfer(tx, input.id);
  return step(tx, caller, input, { mutation: "shipShipment", from: ["PACKED"], verb: "shipped" }, (packed) => ship(packed, input));
}

async function ship(packed: Step, input: ShipShipmentInput): Promise<void> {
  const { tx, caller, shipment } = packed;
  const { id, client, orderRef, warehouseCode } = shipment;
  // What was not found does not leave.
  const lines = (await readLines(tx, [id])).map((line) => ({ ...line, quantity: line.picked })).filter(({ quantity }) => quantity > 0);
  const parcels = parcelsOf(id, lines, input);
  const skus = lines.map(({ sku }) => sku);
  const { stock, destination } = await lockBothEnds(tx, shipment, skus);
  const picked = await takePicked(
    tx,
    stock,
    id,
    lines.map(({ sku, quantity }) => ({ sku, units: quantity, field: ["input", "id"] })),
  );
  checkNotBlocked(stock, picked);
  const issue = picked.map((from) => ({ ...fromPacking(id, from), usesAllocation: from.units }));
  const [movement] = await post(tx, stock, [
    {
      type: ISSUE_OF[shipment.kind] ?? "SALES_ISSUE",
      lines: issue,
      occurredAt: stock.now,
      postedBy: caller.client,
      client,
      orderRef,
      shipmentId: id,
      document: destination && documentOf(shipment),
    },
  ]);
  await insertParcels(
    tx,
    parcels.map(({ parcel }) => parcel),
    parcels.flatMap((of) => of.lines),
  );
  await progress(packed, "SHIPPED", { shippedAt: stock.now });
  if (destination) await sendOn(packed, stock, destination, movement);
  await tell(tx, [
    {
      type: "ShipmentShipped",
      shipmentId: id,
      orderRef: orderRef ?? "",
      warehouse: warehouseCode,
      movementId: movement.id,
      actor: caller.client,
      lines: lines.map(({ sku, quantity }) => ({ sku, quantity })),
      client,
      merchant: shipment.merchant,
      aggregates: { [`shipment:${id}`]: shipment.version, ...stockAggregates(stock, skus) },
    },
  ]);
}

/** A lot that was recalled after it had been picked does not leave. */
function checkNotBlocked(stock: Stock, picked: PickedUnits[]): void {
  const recalled = picked.find(({ sku, lot }) => stock.lots.get(lotKey(sku, lot))?.blocked);
  if (recalled)
    throw new Refusal("INVALID_STATE", `Lot ${recalled.lot} of ${recalled.sku} is blocked; it does not ship.`, { field: ["input", "id"] });
}

interface NewParcel {
  parcel: ParcelRow;
  lines: ParcelLineRow[];
}

/** The parcels as given, which must hold the shipment exactly; without any, one with everything. */
function parcelsOf(shipmentId: string, lines: LineRow[], input: ShipShipmentInput): NewParcel[] {
  const given = input.parcels ?? [{ lines: lines.map(({ sku, quantity }) => ({ sku, quantity })) }];
  const left = new Map(lines.map(({ sku, quantity }) => [sku, quantity]));
  const parcels = given.map((parcel, i) => newParcel(shipmentId, left, parcel, input, ["input", "parcels", String(i)]));
  const missing = [...left].find(([, units]) => units > 0);
  if (missing) throw invalid(`${missing[1]} units of ${missing[0]} lie in no parcel`, ["input", "parcels"]);
  return parcels;
}

function newParcel(
  shipmentId: string,
  left: Map<string, number>,
  given: ParcelInput,
  input: ShipShipmentInput,
  field: string[],
): NewParcel {
  checkCarrier(given, field);
  if ((given.weightGrams ?? 0) < 0) throw invalid("must not be negative", [...field, "weightGrams"]);
  checkCount(given.lines, [...field, "lines"], MOST_PARCELS);
  const id = newId();
  const units = new Map<string, number>();
  given.lines.forEach(({ sku, quantity }, i) => {
    checkUnits(quantity, [...field, "lines", String(i), "quantity"]);
    const rest = (left.get(checkKey(sku, [...field, "lines", String(i), "sku"])) ?? 0) - quantity;
    if (rest < 0) throw invalid(`the parcels hold more ${sku} than the shipment`, [...field, "lines", String(i)]);
    left.set(sku, rest);
    units.set(sku, (units.get(sku) ?? 0) + quantity);
  });
  const carrier = given.carrier ?? input.carrier ?? null;
  const trackingNumber = given.trackingNumber ?? input.trackingNumber ?? null;
  return {
    parcel: { id, shipmentId, carrier, trackingNumber, weightGrams: given.weightGrams ?? null, status: "SHIPPED" },
    lines: [...units].map(([sku, quantity]) => ({ parcelId: id, sku, quantity })),
  };
}

function checkCarrier({ carrier, trackingNumber }: Pick<ParcelInput, "carrier" | "trackingNumber">, field: string[]): void {
  if (carrier != null) checkText(carrier, [...field, "carrier"], 200);
  if (trackingNumber != null) checkText(trackingNumber, [...field, "trackingNumber"], 200);
}

const invalid = (message: string, field: string[]) => new Refusal("INVALID_INPUT", message, { field });
