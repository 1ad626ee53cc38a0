import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { Refusal } from "../../../shared/refusal";
import { checkCount, checkKey, checkUnits } from "../../../shared/units/check";
import { choosePlaces, type Taken, type Wanted } from "../ledger/choose-places";
import { decidePosting, type DecidedPosting, type PostingLine } from "../ledger/decide-posting";
import { writePostings } from "../ledger/post";
import { lockStock, type Named } from "../ledger/lock-stock";
import { checkTracking } from "../ledger/movement-lines";
import { firstLocation, PICKABLE_KINDS, type Stock } from "../ledger/stock";
import { writeItemStock } from "../ledger/stock.sql";
import { lostUnits, tellShort } from "./short-pick";
import { changePicked, changeShort, readLines, type LineRow } from "./ship.sql";
import type { PickInput, RecordPickInput } from "./ship.types";
import { progress, step, tellProgress, type Step } from "./shipment";

export const MOST_PICKS = 1_000;
const pickField = (i: number): string[] => ["input", "picks", String(i)];

/**
 * Moves picked units to PACKING, where they belong to the shipment, and books what was not found as lost. The last unit makes it
 * PICKED, or CANCELLED when none was found.
 */
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
  const open = new Map(lines.map(({ sku, quantity, picked: before, short }) => [sku, quantity - before - short]));
  const asked = sumByItem(
    open,
    picks.map((one) => ({ ...one, quantity: one.quantity + (one.short ?? 0) })),
    pickField,
    "picked",
  );
  const [picked, short] = [unitsOf(picks, ({ quantity }) => quantity), unitsOf(picks, (one) => one.short ?? 0)];
  const stock = await lockStock(tx, shipment.warehouseCode, asked.keys(), namedBy(picks));
  picks.forEach(({ location }, i) => location != null && checkLocation(stock, location, [...pickField(i), "location"]));
  picks.forEach((line, i) => checkTracking(stock.items.get(line.sku)!, line, line.quantity, false, pickField(i)));
  const wanted = picks.map((one, i) => wantedBy(one, one.quantity, i)).filter(({ units }) => units > 0);
  const decided: DecidedPosting[] = [];
  const common = {
    occurredAt: stock.now,
    postedBy: caller.client,
    client: shipment.client,
    orderRef: shipment.orderRef,
    shipmentId: shipment.id,
  };
  const moved = (await choosePlaces(tx, stock, wanted)).flatMap((from) => toPacking(stock, shipment.id, from));
  if (moved.length > 0) decided.push(decidePosting(stock, { type: "BIN_MOVE", lines: moved, ...common }));
  for (const [i, one] of picks.entries()) {
    const lines = one.short ? await lostUnits(tx, stock, one, i) : [];
    if (lines.length > 0) decided.push(decidePosting(stock, { type: "COUNT_LOSS", lines, reason: "Not found by a picker.", ...common }));
  }
  // What was to be taken is spoken for no more, whether or not the books had it.
  for (const [sku, units] of short) stock.headers.get(sku)!.allocated -= units;
  if (decided.length + stock.due.length > 0) await writePostings(tx, stock, decided);
  await writeItemStock(
    tx,
    [...short.keys()].map((sku) => stock.headers.get(sku)!),
  );
  await changePicked(tx, shipment.id, picked);
  await changeShort(tx, shipment.id, short);
  await pickedSoFar(picking, lines, picked, short);
}

/** PICKED when the last unit is found or given up; CANCELLED when none was found. Dispatch hears of what is short. */
async function pickedSoFar(
  picking: Step,
  lines: LineRow[],
  picked: ReadonlyMap<string, number>,
  short: ReadonlyMap<string, number>,
): Promise<void> {
  const now = lines.map((line) => ({
    ...line,
    picked: line.picked + (picked.get(line.sku) ?? 0),
    short: line.short + (short.get(line.sku) ?? 0),
  }));
  const complete = now.every((line) => line.picked + line.short === line.quantity);
  const status = !complete ? "PICKING" : now.some((line) => line.picked > 0) ? "PICKED" : "CANCELLED";
  await progress(picking, status, {
    note: short.size > 0 ? `not found: ${[...short].map(([sku, n]) => `${n} of ${sku}`).join(", ")}`.slice(0, 500) : null,
  });
  if (short.size > 0) await tellShort(picking, status, short);
  else if (complete) await tellProgress(picking, "PICKED");
}

const wantedBy = ({ sku, location, lot, serials }: PickInput, units: number, i: number): Wanted => ({
  sku,
  units,
  location,
  lot,
  serials,
  field: pickField(i),
});

/** Units by item, without those of none. */
function unitsOf(picks: PickInput[], of: (pick: PickInput) => number): Map<string, number> {
  const units = new Map<string, number>();
  for (const one of picks) if (of(one) > 0) units.set(one.sku, (units.get(one.sku) ?? 0) + of(one));
  return units;
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
  if (lot != null) checkKey(lot, [...field, "lot"]);
  serials?.forEach((serial, i) => checkKey(serial, [...field, "serials", String(i)]));
  checkUnits(short ?? 0, [...field, "short"], 0);
  checkUnits(quantity, [...field, "quantity"], short ? 0 : 1);
}

export function checkLocation(stock: Stock, location: string, field: string[]): void {
  const kind = stock.kinds.get(location);
  if (!kind) throw new Refusal("NOT_FOUND", `No location ${location} in ${stock.warehouse.code}.`, { field });
  if (!PICKABLE_KINDS.has(kind)) throw invalid(`${location} is ${kind}: nothing is picked from there or put back`, field);
}

const invalid = (message: string, field: string[]) => new Refusal("INVALID_INPUT", message, { field });
