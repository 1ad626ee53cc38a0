import { byteOrder } from "../../../shared/db/lock-order";
import { Refusal } from "../../../shared/refusal";
import type { StockStatus } from "../enums";
import { PICKABLE_KINDS, placeKey, type Balance, type Place, type Stock } from "./stock";

/** Units that are to be taken; without a location from wherever they came in first. */
export interface Wanted {
  sku: string;
  units: number;
  location?: string | null;
  status?: StockStatus;
  field: string[];
}

export interface Taken extends Place {
  units: number;
  field: string[];
}

/**
 * Where wanted units are taken from. Without a location: first in, first out, over RECEIVING, STORAGE and PICKING, ties by
 * location and lot; picked units are never taken. What one element takes is gone for the next.
 */
export function choosePlaces(stock: Stock, wanted: Wanted[]): Taken[] {
  const left = new Map([...stock.balances].map(([key, { quantity, allocated }]) => [key, quantity - allocated]));
  const located = wanted.filter(({ location }) => location);
  const anywhere = wanted.filter(({ location }) => !location);
  return [...located, ...anywhere].flatMap((want) => takeOne(stock, left, want));
}

function takeOne(stock: Stock, left: Map<string, number>, { sku, units, location, status = "AVAILABLE", field }: Wanted): Taken[] {
  const fits = (balance: Balance) =>
    balance.sku === sku &&
    balance.status === status &&
    balance.pledge === "" &&
    (location ? balance.location === location : PICKABLE_KINDS.has(stock.kinds.get(balance.location)!));
  const taken: Taken[] = [];
  let missing = units;
  for (const balance of [...stock.balances.values()].filter(fits).sort(firstIn)) {
    const key = placeKey(balance);
    const now = Math.min(missing, left.get(key)!);
    if (now === 0) continue;
    left.set(key, left.get(key)! - now);
    missing -= now;
    taken.push({ sku, location: balance.location, lot: balance.lot, status, pledge: "", units: now, field });
    if (missing === 0) return taken;
  }
  const where = location ? `${location} in ${stock.warehouse.code}` : stock.warehouse.code;
  throw new Refusal("INSUFFICIENT_STOCK", `${where} has ${units - missing} free ${status} units of ${sku}; ${units} were asked for.`, {
    field,
  });
}

const firstIn = (a: Balance, b: Balance): number =>
  a.receivedAt.getTime() - b.receivedAt.getTime() || byteOrder(a.location, b.location) || byteOrder(a.lot, b.lot);
