import { inLockOrder } from "../../../shared/db/lock-order";
import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { Refusal } from "../../../shared/refusal";
import { checkCount, checkKey, checkUnits } from "../../../shared/units/check";
import { sixPlaces } from "../../../shared/units/decimal";
import { shareItems, type ItemRow } from "../item/item.sql";
import { invalid, lineField } from "../ledger/check-movement";
import { lockStock } from "../ledger/lock-stock";
import { baseUnits, checkLocation, checkTracking } from "../ledger/movement-lines";
import { writePostings } from "../ledger/post";
import type { SerialRow } from "../ledger/serial.sql";
import { isOutOfDate, lotKey, serialKey, type Stock } from "../ledger/stock";
import { classOfItems } from "./abc.sql";
import { compareSerials, isWithin, worthOf, type Compared } from "./compare";
import type { CountLineInput, RecordCountInput } from "./count.inputs";
import { insertRecords } from "./history.sql";
import { countPlaceKey, linesOfItems, writeLines, type CountLineRow, type CountPlace, type CountRow } from "./count.sql";
import { settle } from "./plan-count";
import { differs, postVariances } from "./post-variances";
import { serialsOfItems } from "./serials.sql";
import { placeText, step } from "./stock-count";

const MOST_LINES = 1_000;

/** What was counted at one place, all input lines of it together. */
interface Counted extends CountPlace {
  units: number;
  serials: string[] | null;
  lotExpiresOn: string | null;
  field: string[];
}

/**
 * Records what was counted. Under the lock of the items' headers it is compared with what the books have at that place in this
 * moment; what differs little enough is booked at once, the rest waits for approval.
 */
export async function recordCount(tx: Tx, caller: Caller, input: RecordCountInput): Promise<string> {
  checkCount(input.lines, ["input", "lines"], MOST_LINES);
  input.lines.forEach((line, i) => checkLine(line, lineField(i)));
  const skus = inLockOrder(input.lines.map(({ sku }) => sku));
  await shareItems(tx, skus);
  return step(tx, caller, input, { mutation: "recordCount", action: "RECORD", from: ["OPEN", "RECOUNT", "COUNTED"] }, async (count) => {
    const lots = input.lines.flatMap(({ sku, lot }) => (lot == null ? [] : [{ sku, lot }]));
    const serials = input.lines.flatMap(({ sku, serials: named }) => (named ?? []).map((serial) => ({ sku, serial })));
    const stock = await lockStock(tx, count.warehouseCode, skus, { lots, serials });
    // Lots that have passed their day are booked first, so that a line's seq is the ledger's.
    if (stock.due.length > 0) await writePostings(tx, stock, []);
    const counted = sumByPlace(input.lines.map((line, i) => countedAt(stock, caller, line, lineField(i))));
    const before = new Map((await linesOfItems(tx, count.id, skus)).map((line) => [countPlaceKey(line), line]));
    await checkScope(tx, count, counted, before);
    const lines = await compareLines(tx, stock, count, caller.client, counted);
    await postVariances(
      tx,
      stock,
      count,
      caller.client,
      lines.map((line, i) => ({ line, field: counted[i].field })).filter(({ line }) => line.approved),
    );
    for (const line of lines) line.seq = stock.headers.get(line.sku)!.version;
    await writeLines(tx, lines);
    await insertRecords(tx, count.version, lines);
    count.openLines -= lines.filter((line) => before.has(countPlaceKey(line))).length;
    count.pendingLines += lines.filter(({ approved }) => !approved).length;
    settle(count);
    return lines.length;
  });
}

function checkLine(line: CountLineInput, field: string[]): void {
  for (const name of ["sku", "location", "lot"] as const) if (line[name] != null) checkKey(line[name], [...field, name]);
  checkUnits(line.counted, [...field, "counted"], 0);
  line.serials?.forEach((serial, i) => checkKey(serial, [...field, "serials", String(i)]));
  if (line.lotExpiresOn != null && line.lot == null) throw invalid("belongs to a lot", [...field, "lotExpiresOn"]);
}

function countedAt(stock: Stock, caller: Caller, line: CountLineInput, field: string[]): Counted {
  const { sku, location, lot, serials, lotExpiresOn, counted } = line;
  const status = line.status ?? "AVAILABLE";
  const item = stock.items.get(sku);
  if (!item || (caller.merchant !== undefined && item.merchantCode !== caller.merchant))
    throw new Refusal("NOT_FOUND", `No item ${sku}.`, { field: [...field, "sku"] });
  if (item.kind !== "STOCKED") throw invalid(`${sku} is ${item.kind}: it does not lie in warehouses`, [...field, "sku"]);
  checkLocation(stock, location, [...field, "location"]);
  const units = checkUnits(counted * baseUnits(item, { quantity: 1, unit: line.unit }, field), [...field, "counted"], 0);
  checkTracking(item, { lot, serials }, units, true, field);
  if (lot != null) checkLot(stock, item, { ...line, status }, units, field);
  return {
    ...{ sku, location, lot: lot ?? "", status, units, lotExpiresOn: lotExpiresOn ?? null, field },
    serials: item.tracking === "SERIAL" ? (serials ?? []) : null,
  };
}

/** A lot that is blocked or past its day has no AVAILABLE units; a known lot has the expiry that it has. */
function checkLot(stock: Stock, { sku }: ItemRow, { lot, lotExpiresOn, status }: CountLineInput, units: number, field: string[]): void {
  const known = stock.lots.get(lotKey(sku, lot!));
  if (known && lotExpiresOn != null && known.expiresOn !== lotExpiresOn) {
    throw new Refusal("CONFLICT", `Lot ${lot} of ${sku} expires on ${known.expiresOn ?? "no day"}, not on ${lotExpiresOn}.`, {
      field: [...field, "lotExpiresOn"],
    });
  }
  if (known && units > 0 && status === "AVAILABLE" && (known.blocked || isOutOfDate(stock, known))) {
    const [why, is] = known.blocked ? ["blocked", "BLOCKED"] : ["past its day", "EXPIRED"];
    throw new Refusal("INVALID_STATE", `Lot ${lot} of ${sku} is ${why}: count its units as ${is}.`, { field: [...field, "status"] });
  }
}

/** Cases and single pieces of one place are two input lines and one figure. */
function sumByPlace(lines: Counted[]): Counted[] {
  const places = new Map<string, Counted>();
  for (const line of lines) {
    const same = places.get(countPlaceKey(line));
    if (!same) {
      places.set(countPlaceKey(line), { ...line });
      continue;
    }
    same.units = checkUnits(same.units + line.units, [...line.field, "counted"], 0);
    same.serials = same.serials && [...same.serials, ...(line.serials ?? [])];
    if (same.serials && new Set(same.serials).size !== same.units)
      throw invalid("a serial number was given before", [...line.field, "serials"]);
    if ((same.lotExpiresOn ?? line.lotExpiresOn) !== (line.lotExpiresOn ?? same.lotExpiresOn))
      throw invalid("another expiry was given before", [...line.field, "lotExpiresOn"]);
    same.lotExpiresOn ??= line.lotExpiresOn;
  }
  return [...places.values()];
}

/** What the count covers, and nothing that stands already: who counts later does not overwrite who counted first. */
async function checkScope(tx: Tx, count: CountRow, counted: Counted[], before: Map<string, CountLineRow>): Promise<void> {
  const classes = count.abcClass && (await classOfItems(tx, count.warehouseCode, [...new Set(counted.map(({ sku }) => sku))]));
  for (const place of counted) {
    const { sku, location, field } = place;
    const line = before.get(countPlaceKey(place));
    if (line && line.counted !== null) {
      const by = `${placeText(place)} is counted already, by ${line.countedBy}`;
      throw new Refusal("INVALID_STATE", `${by}${line.approved ? "" : "; requestRecount puts it back"}.`, { field });
    }
    if (line) continue;
    const covers = (!count.skus || count.skus.includes(sku)) && (!classes || classes.get(sku) === count.abcClass);
    if (!covers) throw invalid(`${sku} is not part of this count`, [...field, "sku"]);
    if (count.locations && !count.locations.includes(location))
      throw invalid(`${location} is not part of this count`, [...field, "location"]);
  }
}

async function compareLines(tx: Tx, stock: Stock, count: CountRow, countedBy: string, counted: Counted[]): Promise<CountLineRow[]> {
  const serial = counted.filter(({ serials }) => serials !== null);
  const booked = await serialsOfItems(tx, stock.warehouse.code, [...new Set(serial.map(({ sku }) => sku))]);
  const books = unitsByPlace(stock);
  return counted.map((place) => {
    const { sku, location, lot, status, units, serials, lotExpiresOn } = place;
    const header = stock.headers.get(sku)!;
    const expected = books.get(countPlaceKey(place)) ?? 0;
    const both = serials ? checkFound(stock, place, compareSerials(numbersAt(booked, place), serials)) : { missing: null, found: null };
    const compared: Compared = { expected, counted: units, ...both };
    const worth = worthOf(header, stock.items.get(sku)!, compared);
    const line: CountLineRow = {
      ...{ countId: count.id, sku, location, lot, status, expected, counted: units, variance: units - expected },
      varianceValue: worth && stock.items.get(sku)!.ownership === "OWNED" ? sixPlaces(worth.found.minus(worth.lost)) : null,
      ...{ within: isWithin(count, compared, worth), approved: false, countedBy, seq: null, lotExpiresOn, serials, ...both },
    };
    // Pledged units leave by their pledge only: that they differ is for people to settle.
    if (status === "PLEDGED" && differs(line)) line.within = false;
    line.approved = line.within!;
    return line;
  });
}

/** Units by place, of all pledges together. */
function unitsByPlace({ balances }: Stock): Map<string, number> {
  const units = new Map<string, number>();
  for (const place of balances.values()) units.set(countPlaceKey(place), (units.get(countPlaceKey(place)) ?? 0) + place.quantity);
  return units;
}

const numbersAt = (booked: SerialRow[], { sku, location, lot, status }: CountPlace): string[] =>
  booked
    .filter((row) => row.sku === sku && row.location === location && row.lot === lot && row.status === status)
    .map(({ serial }) => serial);

/** A unit lies in one place: one that the books have elsewhere is moved there first, or counted there. */
function checkFound(stock: Stock, { sku, field }: Counted, both: Pick<Compared, "missing" | "found">): Pick<Compared, "missing" | "found"> {
  for (const serial of both.found!) {
    const known = stock.serials.get(serialKey(sku, serial));
    if (known?.warehouse == null) continue;
    const where = `${known.location} of ${known.warehouse} as ${known.status}`;
    throw new Refusal("CONFLICT", `${sku} ${serial} is in stock in ${where}: move it before it is counted here.`, {
      field: [...field, "serials"],
    });
  }
  return both;
}
