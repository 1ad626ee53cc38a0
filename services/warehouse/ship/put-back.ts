import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { checkCount } from "../../../shared/units/check";
import { post } from "../ledger/post";
import type { PostingLine } from "../ledger/decide-posting";
import { lockStock } from "../ledger/lock-stock";
import { firstLocation, type Stock } from "../ledger/stock";
import { fromPacking, takePicked, type PickedUnits } from "./picked";
import { checkLocation, checkPick, MOST_PICKS, sumByItem } from "./record-pick";
import { changePicked, readLines } from "./ship.sql";
import type { PickInput, PutBackInput } from "./ship.types";
import { progress, step, tellProgress, type Step } from "./shipment";

const lineField = (i: number): string[] => ["input", "lines", String(i)];

/** Moves picked units of a stopped shipment from PACKING to a shelf, all or some. The last unit makes it CANCELLED. */
export function putBack(tx: Tx, caller: Caller, input: PutBackInput): Promise<string> {
  checkCount(input.lines, ["input", "lines"], MOST_PICKS);
  input.lines.forEach((line, i) => checkPick(line, lineField(i)));
  return step(tx, caller, input, { mutation: "putBack", from: ["CANCELLING"], verb: "put back" }, (stopped) =>
    shelve(stopped, input.lines),
  );
}

async function shelve(stopped: Step, shelved: PickInput[]): Promise<void> {
  const { tx, caller, shipment } = stopped;
  const lines = await readLines(tx, [shipment.id]);
  const left = new Map(lines.map(({ sku, picked }) => [sku, picked]));
  const units = sumByItem(left, shelved, lineField, "put back");
  const stock = await lockStock(tx, shipment.warehouseCode, units.keys());
  shelved.forEach(({ location }, i) => location != null && checkLocation(stock, location, [...lineField(i), "location"]));
  const wanted = shelved.map(({ sku, quantity, lot, serials }, i) => ({ sku, units: quantity, lot, serials, field: lineField(i) }));
  const taken = await takePicked(tx, stock, shipment.id, wanted);
  await post(tx, stock, [
    {
      type: "BIN_MOVE",
      lines: taken.flatMap((from) => toShelf(stock, shipment.id, from, shelved[Number(from.field[from.field.length - 1])])),
      occurredAt: stock.now,
      postedBy: caller.client,
      client: shipment.client,
      orderRef: shipment.orderRef,
      shipmentId: shipment.id,
    },
  ]);
  await changePicked(tx, shipment.id, new Map([...units].map(([sku, n]) => [sku, -n])));
  const done = lines.every(({ sku, picked }) => picked === (units.get(sku) ?? 0));
  await progress(stopped, done ? "CANCELLED" : "CANCELLING");
  if (done) await tellProgress(stopped, "CANCELLED");
}

function toShelf(stock: Stock, shipmentId: string, from: PickedUnits, { location }: PickInput): PostingLine[] {
  return [fromPacking(shipmentId, from), { ...from, location: location ?? firstLocation(stock, "STORAGE"), units: from.units }];
}
