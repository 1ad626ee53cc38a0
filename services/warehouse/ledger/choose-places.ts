import type { Reader } from "../../../shared/db/database";
import { byteOrder } from "../../../shared/db/lock-order";
import { groupBy } from "../../../shared/group";
import { Refusal } from "../../../shared/refusal";
import type { StockStatus } from "../enums";
import { serialsAt, type SerialRow } from "./serial.sql";
import { lotKey, PICKABLE_KINDS, placeKey, serialKey, type Balance, type Place, type Stock } from "./stock";

/** Units that are to be taken; without a location from wherever they are to leave first. */
export interface Wanted {
  sku: string;
  units: number;
  location?: string | null;
  lot?: string | null;
  serials?: string[] | null;
  status?: StockStatus;
  pledge?: string;
  field: string[];
}

export interface Taken extends Place {
  units: number;
  serials?: string[];
  field: string[];
}

/**
 * Where wanted units are taken from. Without a location: first expired, first out, then first in, first out, over RECEIVING,
 * STORAGE and PICKING, ties by location and lot; picked units are never taken. What one element takes is gone for the next.
 * Units of items with serial numbers that name none are the first by number in their place.
 */
export async function choosePlaces(reader: Reader, stock: Stock, wanted: Wanted[]): Promise<Taken[]> {
  const skus = new Set(wanted.map(({ sku }) => sku));
  const left = new Map<string, number>();
  for (const [key, { sku, quantity, allocated }] of stock.balances) if (skus.has(sku)) left.set(key, quantity - allocated);
  const named = wanted.filter(({ serials }) => serials);
  const located = wanted.filter(({ serials, location }) => !serials && location);
  const anywhere = wanted.filter(({ serials, location }) => !serials && !location);
  const taken = [
    ...named.flatMap((want) => takeSerials(stock, left, want)),
    ...[...located, ...anywhere].flatMap((want) => takeOne(stock, left, want)),
  ];
  await nameSerials(reader, stock, taken);
  return taken;
}

/** How many units there are to take by that. */
export const freeUnits = (stock: Stock, want: Wanted): number =>
  [...stock.balances.values()].filter(fitting(stock, want)).reduce((units, { quantity, allocated }) => units + quantity - allocated, 0);

const fitting =
  (stock: Stock, { sku, location, lot, status = "AVAILABLE", pledge = "" }: Wanted) =>
  (balance: Balance): boolean =>
    balance.sku === sku &&
    balance.status === status &&
    balance.pledge === pledge &&
    (lot == null || balance.lot === lot) &&
    (location ? balance.location === location : PICKABLE_KINDS.has(stock.kinds.get(balance.location)!) || status !== "AVAILABLE");

function takeOne(stock: Stock, left: Map<string, number>, want: Wanted): Taken[] {
  const { sku, units, location, lot, status = "AVAILABLE", pledge = "", field } = want;
  const taken: Taken[] = [];
  let missing = units;
  const places = [...left.keys()].map((key) => stock.balances.get(key)).filter((balance) => balance !== undefined);
  for (const balance of places.filter(fitting(stock, want)).sort(firstOut(stock))) {
    const key = placeKey(balance);
    const now = Math.min(missing, left.get(key)!);
    if (now <= 0) continue;
    left.set(key, left.get(key)! - now);
    missing -= now;
    taken.push({ sku, location: balance.location, lot: balance.lot, status, pledge, units: now, field });
    if (missing === 0) return taken;
  }
  const where = [
    location ? `${location} in ${stock.warehouse.code}` : stock.warehouse.code,
    lot && `lot ${lot}`,
    pledge && `pledge ${pledge}`,
  ];
  throw new Refusal(
    "INSUFFICIENT_STOCK",
    `${where.filter(Boolean).join(", ")} has ${units - missing} free ${status} units of ${sku}; ${units} were asked for.`,
    { field },
  );
}

/** The units that are named, wherever in the warehouse they lie. */
function takeSerials(stock: Stock, left: Map<string, number>, want: Wanted): Taken[] {
  const { sku, location, lot, status = "AVAILABLE", pledge = "", field } = want;
  const rows = want.serials!.map((serial): SerialRow => {
    const row = stock.serials.get(serialKey(sku, serial));
    const free =
      row?.warehouse === stock.warehouse.code &&
      row.status === status &&
      row.pledge === pledge &&
      row.shipmentId === null &&
      (location == null || row.location === location) &&
      (lot == null || row.lot === lot);
    if (free) return row;
    throw new Refusal("INSUFFICIENT_STOCK", `${sku} ${serial} is not free as ${status} in ${location ?? stock.warehouse.code}.`, {
      field: [...field, "serials"],
    });
  });
  return [...groupBy(rows, placeKey)].map(([key, of]) => {
    left.set(key, (left.get(key) ?? 0) - of.length);
    return { ...placeOf(of[0]), units: of.length, serials: of.map(({ serial }) => serial), field };
  });
}

async function nameSerials(reader: Reader, stock: Stock, taken: Taken[]): Promise<void> {
  const used = new Set(taken.flatMap(({ sku, serials }) => (serials ?? []).map((serial) => serialKey(sku, serial))));
  for (const one of taken) {
    if (one.serials || stock.items.get(one.sku)!.tracking !== "SERIAL") continue;
    const here = (await serialsAt(reader, stock.warehouse.code, one, null)).filter(({ sku, serial }) =>
      isFree(stock, used, one, serialKey(sku, serial)),
    );
    one.serials = here.slice(0, one.units).map((row) => {
      const key = serialKey(row.sku, row.serial);
      used.add(key);
      if (!stock.serials.has(key)) stock.serials.set(key, row);
      return row.serial;
    });
  }
}

/** Whether a serial number that was read from a place is still there, after what this transaction has done so far. */
function isFree(stock: Stock, used: Set<string>, place: Place, key: string): boolean {
  const now = stock.serials.get(key);
  return !used.has(key) && (!now || (now.warehouse === stock.warehouse.code && placeKey(now) === placeKey(place)));
}

const placeOf = ({ sku, location, lot, status, pledge }: Place): Place => ({ sku, location, lot, status, pledge });

function firstOut(stock: Stock): (a: Balance, b: Balance) => number {
  const lastDay = ({ sku, lot }: Balance) => (lot === "" ? null : stock.lots.get(lotKey(sku, lot))!.expiresOn) ?? "9999-12-31";
  return (a, b) =>
    byteOrder(lastDay(a), lastDay(b)) ||
    a.receivedAt.getTime() - b.receivedAt.getTime() ||
    byteOrder(a.location, b.location) ||
    byteOrder(a.lot, b.lot);
}
