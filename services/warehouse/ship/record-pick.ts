import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { Refusal } from "../../../shared/refusal";
import { checkCount, checkKey, checkUnits } from "../../../shared/units/check";
import { choosePlaces, type Taken } from "../ledger/choose-places";
import type { Posting, PostingLine } from "../ledger/decide-posting";
import { post } from "../ledger/post";
import { lockStock, type Named } from "../ledger/lock-stock";
import { checkTracking } from "../ledger/movement-lines";
import { firstLocation, PICKABLE_KINDS, type Stock } from "../ledger/stock";
import { changePicked, readLines } from "./ship.sql";
import type { PickInput, RecordPickInput } from "./ship.types";
import { progress, step, tellProgress, type Step } from "./shipment";

export const MOST_PICKS = 1_000;
const pickField = (i: number): string[] => ["input", "picks", String(i)];

/** Moves picked units to PACKING, where they belong to the shipment. The last unit makes it PICKED. */
export function recordPick(tx: Tx, caller: Caller, input: RecordPickInput): Promise<string> {
  checkCount(input.picks, ["input", "picks"], MOST_PICKS);
  input.picks.forEach((pick, i) => checkPick(pick, pickField(i)));
  return step(tx, caller, input, { mutation: "recordPick", from: ["PICKING"], verb: "picked from" }, (picking) =>
    pick(picking, input.picks),
  );
}

async function pick(picking: Step, picks: PickInput[]): Promise<void> {
  const { tx, caller, shipment } = picking;
  const lines = await readLines(tx, [shipment.id]);
  const open = new Map(lines.map(({ sku, quantity, picked: before }) => [sku, quantity - before]));
  const picked = sumByItem(open, picks, pickField, "picked");
  const stock = await lockStock(tx, shipment.warehouseCode, picked.keys(), namedBy(picks));
  picks.forEach(({ location }, i) => location != null && checkLocation(stock, location, [...pickField(i), "location"]));
  picks.forEach((line, i) => checkTracking(stock.items.get(line.sku)!, line, line.quantity, false, pickField(i)));
  const taken = await choosePlaces(
    tx,
    stock,
    picks.map(({ sku, quantity, location, lot, serials }, i) => ({ sku, units: quantity, location, lot, serials, field: pickField(i) })),
  );
  const posting: Posting = {
    type: "BIN_MOVE",
    lines: taken.flatMap((from) => toPacking(stock, shipment.id, from)),
    occurredAt: stock.now,
    postedBy: caller.client,
    client: shipment.client,
    orderRef: shipment.orderRef,
    shipmentId: shipment.id,
  };
  await post(tx, stock, [posting]);
  await changePicked(tx, shipment.id, picked);
  const complete = lines.every(({ sku, quantity, picked: before }) => before + (picked.get(sku) ?? 0) === quantity);
  await progress(picking, complete ? "PICKED" : "PICKING");
  if (complete) await tellProgress(picking, "PICKED");
}

const namedBy = (picks: PickInput[]): Named => ({
  serials: picks.flatMap(({ sku, serials }) => (serials ?? []).map((serial) => ({ sku, serial }))),
});

function toPacking(stock: Stock, pickedFor: string, { units, ...from }: Taken): PostingLine[] {
  return [
    { ...from, units: -units },
    { ...from, location: firstLocation(stock, "PACKING"), units, allocated: units, pickedFor },
  ];
}

/** Picks of an item are added up before they are held against what is open. */
export function sumByItem(
  open: ReadonlyMap<string, number>,
  picks: PickInput[],
  fieldOf: (i: number) => string[],
  verb: string,
): Map<string, number> {
  const sums = new Map<string, number>();
  picks.forEach(({ sku, quantity }, i) => {
    const left = open.get(sku);
    if (left === undefined) throw invalid(`the shipment takes no ${sku}`, [...fieldOf(i), "sku"]);
    sums.set(sku, (sums.get(sku) ?? 0) + quantity);
    if (sums.get(sku)! > left) throw invalid(`only ${left} units of ${sku} are still to be ${verb}`, [...fieldOf(i), "quantity"]);
  });
  return sums;
}

export function checkPick({ sku, quantity, lot, serials, short }: PickInput, field: string[]): void {
  checkKey(sku, [...field, "sku"]);
  if (short) throw invalid("short picks are not offered yet", [...field, "short"]);
  if (lot != null) checkKey(lot, [...field, "lot"]);
  serials?.forEach((serial, i) => checkKey(serial, [...field, "serials", String(i)]));
  checkUnits(quantity, [...field, "quantity"]);
}

export function checkLocation(stock: Stock, location: string, field: string[]): void {
  const kind = stock.kinds.get(location);
  if (!kind) throw new Refusal("NOT_FOUND", `No location ${location} in ${stock.warehouse.code}.`, { field });
  if (!PICKABLE_KINDS.has(kind)) throw invalid(`${location} is ${kind}: nothing is picked from there or put back`, field);
}

const invalid = (message: string, field: string[]) => new Refusal("INVALID_INPUT", message, { field });
