import { inLockOrder } from "../../../shared/db/lock-order";
import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { Refusal } from "../../../shared/refusal";
import { checkCount, checkKey, checkText, checkUnits, MAX_UNITS } from "../../../shared/units/check";
import { invalid, lineField } from "../ledger/check-movement";
import { decidePosting, type DecidedPosting, type Posting, type PostingLine } from "../ledger/decide-posting";
import { lockStock } from "../ledger/lock-stock";
import { baseUnits, checkLocation, checkTracking, itemOf } from "../ledger/movement-lines";
import { worthOfReturns } from "../ledger/origin";
import { writePostings } from "../ledger/post";
import { firstLocation, isSellable, type Stock } from "../ledger/stock";
import { lockShipmentRow } from "../ship/ship.sql";
import { checkNamed, tellReturn } from "./announce-return";
import { isTransferOf, NOTHING, progress, receiptOf, statusOf, step, tellOpen, type Step } from "./inbound";
import type { ReceiveInboundInput, ReceiveLineInput } from "./inbound.inputs";
import { serialsOnTheWay, unitsOnTheWay, worthOnTheWay } from "./on-the-way.sql";
import { decideArrival, tellTransfer, type Arrived } from "./receive-transfer";
import { saveInboundLines, type StepLine } from "./inbound.sql";

const MOST_LINES = 1_000;

/** Goods have come, all or some: the receipt, what of it was thrown away at once, and what was not taken, in one transaction. */
export function receiveInbound(tx: Tx, caller: Caller, input: ReceiveInboundInput): Promise<string> {
  if (input.lines.length > 0 || !input.final) checkCount(input.lines, ["input", "lines"], MOST_LINES);
  input.lines.forEach((line, i) => checkLine(line, lineField(i)));
  const skus = input.lines.map(({ sku }) => sku);
  return step(tx, caller, input, { mutation: "receiveInbound", verb: "received", skus }, (open) => receive(open, input));
}

async function receive(open: Step, input: ReceiveInboundInput): Promise<void> {
  const { tx, inbound, lines } = open;
  await checkNamed(open, input.lines);
  const way = isTransferOf(inbound) ? await onTheWay(open) : null;
  // What never came is lost: its stock is locked too.
  const skus = [...input.lines, ...(input.final && way ? way.units : [])].map(({ sku }) => sku);
  const stock =
    skus.length === 0 ? null : await lockStock(tx, inbound.warehouseCode, inLockOrder(skus), namedBy(input.lines, way?.serials));
  const units = input.lines.map((line, i) => unitsOf(open, stock!, line, lineField(i)));
  const changed = units.map(({ scrap: _, ...line }) => line);
  addUp(open, changed);
  const decided =
    stock &&
    (way
      ? decideArrival(open, stock, arrivedOf(stock, input.lines, units), input.final ?? false, way)
      : await decideReceipt(open, stock, input.lines, units));
  await saveInboundLines(tx, lines);
  await progress(open, input.final ? "RECEIVED" : statusOf(lines), changed, input.final ? "received, closed" : "received");
  await tellOpen(tx, inbound, lines);
  if (stock) await writePostings(tx, stock, decided!);
  await tellReturn(open);
  if (way) await tellTransfer(open, way.shipment);
}

/** What a transfer has on its way, and the shipment that sent it, locked. */
const onTheWay = async ({ tx, inbound: { id, warehouseCode } }: Step) => ({
  shipment: (await lockShipmentRow(tx, id))!,
  units: await unitsOnTheWay(tx, id, warehouseCode),
  serials: await serialsOnTheWay(tx, id, warehouseCode),
  worth: await worthOnTheWay(tx, id, warehouseCode),
});

const arrivedOf = (stock: Stock, given: ReceiveLineInput[], units: Units[]): Arrived[] =>
  given.map((input, i) => {
    const { received, rejected, scrap } = units[i];
    return { to: incoming(stock, false, input, received, lineField(i)), received, rejected, scrap, input };
  });

const namedBy = (lines: ReceiveLineInput[], onTheWay: { sku: string; serial: string }[] = []) => ({
  lots: lines.flatMap(({ sku, lot }) => (lot == null ? [] : [{ sku, lot }])),
  serials: [...onTheWay, ...lines.flatMap(({ sku, serials }) => (serials ?? []).map((serial) => ({ sku, serial })))],
});

type Units = StepLine & { scrap: boolean };

function unitsOf({ caller, inbound, lines }: Step, stock: Stock, line: ReceiveLineInput, field: string[]): Units {
  const { sku, unit, rejectReason } = line;
  const item = itemOf(stock.items, caller, sku, field);
  if (lines.every((own) => own.sku !== sku)) throw invalid(`the inbound shipment brings no ${sku}`, [...field, "sku"]);
  const inBase = (quantity: number): number => (quantity === 0 ? 0 : baseUnits(item, { quantity, unit }, field));
  const [received, rejected] = [inBase(line.quantity), inBase(line.rejected ?? 0)];
  if (received > 0) checkTracking(item, line, received, true, field);
  if (line.location != null) checkLocation(stock, line.location, [...field, "location"]);
  const scrap = line.scrap ?? false;
  const sellable = !scrap && isSellable(stock, incoming(stock, inbound.kind === "RETURN", line, received, field));
  const disposed = { restocked: sellable ? received : 0, scrapped: scrap ? received : 0 };
  return { ...NOTHING, ...disposed, sku, received, rejected, rejectReason: rejectReason ?? null, scrap };
}

/** Lines of an item are added up before they are held against what may come of it. */
function addUp({ inbound, lines }: Step, changed: StepLine[]): void {
  changed.forEach(({ sku, received, rejected, restocked, scrapped }, i) => {
    const line = lines.find((own) => own.sku === sku)!;
    line.received += received;
    line.rejected += rejected;
    line.restocked += restocked;
    line.scrapped += scrapped;
    if (line.received + line.rejected <= line.most) return;
    throw new Refusal(
      "LIMIT_EXCEEDED",
      `${line.received + line.rejected} units of ${sku} would have come or been rejected; ${line.expected} are expected, ${inbound.overReceiptPercent} % more may come.`,
      { field: [...lineField(i), "quantity"] },
    );
  });
}

/** The receipt, and the issue of what is scrapped, decided in memory. */
async function decideReceipt(
  { tx, caller, inbound, lines }: Step,
  stock: Stock,
  given: ReceiveLineInput[],
  units: Units[],
): Promise<DecidedPosting[]> {
  const { id, kind, client, supplier, orderRef, documentType, documentNumber, documentLine } = inbound;
  const document = { type: documentType, number: documentNumber, line: documentLine };
  const coming = units.flatMap(({ received }, i) =>
    received === 0 ? [] : [incoming(stock, kind === "RETURN", given[i], received, lineField(i))],
  );
  if (coming.length === 0) return [];
  const type = receiptOf(inbound);
  const valued = (await worthOfReturns(tx, stock, { type, document, orderRef }, coming)).map((line) =>
    line.worth ? line : { ...line, unitCost: lines.find(({ sku }) => sku === line.sku)!.unitCost },
  );
  const common = { occurredAt: stock.now, postedBy: caller.client, client, document, orderRef, inboundId: id };
  const receipt: Posting = { ...common, type, supplier, lines: valued };
  const scrapped = valued.filter(({ field }) => units[Number(field![field!.length - 1])].scrap);
  const scrap: Posting = { ...common, type: "SCRAP_ISSUE", lines: scrapped.map(leaving) };
  return (scrapped.length === 0 ? [receipt] : [receipt, scrap]).map((posting) => decidePosting(stock, posting));
}

const incoming = (stock: Stock, returned: boolean, line: ReceiveLineInput, units: number, field: string[]): PostingLine => ({
  sku: line.sku,
  location: line.location ?? firstLocation(stock, "STORAGE"),
  lot: line.lot ?? "",
  status: line.status ?? (line.scrap ? "DAMAGED" : returned ? "QUARANTINE" : "AVAILABLE"),
  pledge: "",
  units,
  serials: line.serials,
  lotExpiresOn: line.lotExpiresOn,
  field,
});

/** Out of the very place that it came to, at what such units cost there. */
const leaving = ({ sku, location, lot, status, pledge, units, serials, field }: PostingLine): PostingLine => ({
  sku,
  location,
  lot,
  status,
  pledge,
  units: -units,
  serials,
  field,
});

function checkLine(line: ReceiveLineInput, field: string[]): void {
  checkKey(line.sku, [...field, "sku"]);
  const rejected = line.rejected ?? 0;
  if (rejected !== 0) checkUnits(rejected, [...field, "rejected"]);
  checkUnits(line.quantity, [...field, "quantity"], rejected > 0 ? 0 : 1);
  if (rejected > 0 && line.rejectReason == null) throw invalid("says why units are rejected", [...field, "rejectReason"]);
  if (rejected === 0 && line.rejectReason != null) throw invalid("belongs to rejected units", [...field, "rejectReason"]);
  if (line.rejectReason != null) checkText(line.rejectReason, [...field, "rejectReason"]);
  for (const name of ["location", "lot"] as const) if (line[name] != null) checkKey(line[name], [...field, name]);
  line.serials?.forEach((serial, i) => checkKey(serial, [...field, "serials", String(i)]));
  if (line.lotExpiresOn != null && line.lot == null) throw invalid("belongs to a lot", [...field, "lotExpiresOn"]);
  if (line.status === "PLEDGED" || line.status === "EXPIRED") throw invalid(`nothing is received ${line.status}`, [...field, "status"]);
  if (line.quantity + rejected > MAX_UNITS) throw invalid("at most 2,000,000,000 units", [...field, "rejected"]);
}
