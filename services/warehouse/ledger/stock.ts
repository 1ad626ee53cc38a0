import { isDuplicate, LostRace } from "../../../shared/db/retry";
import { byteOrder, inLockOrder } from "../../../shared/db/lock-order";
import type { Tx } from "../../../shared/db/transaction";
import { Refusal } from "../../../shared/refusal";
import type { Exact } from "../../../shared/units/decimal";
import { databaseNow } from "../each.sql";
import type { LocationKind, StockStatus } from "../enums";
import { readItems, type ItemRow } from "../item/item.sql";
import { readLocations, readWarehouses, type WarehouseRow } from "../place/place.sql";
import { insertHeaders, lockHeaderRows, readBalances } from "./stock.sql";

/** Header of an item in a warehouse. Whoever holds its lock may change it and everything under it. */
export interface ItemStock {
  warehouse: string;
  sku: string;
  onHand: number;
  value: Exact;
  /** Unit cost of the last receipt; null before the first. */
  lastCost: Exact | null;
  /** AVAILABLE units in RECEIVING, STORAGE, PICKING and PACKING. */
  sellable: number;
  /** Units that open shipments of orders are to take. May pass `sellable` after a loss. */
  allocated: number;
  /** seq of the last line: lines of an item in a warehouse are numbered without gaps. */
  version: number;
  /** Version of the last event about it, `stock:WAREHOUSE:SKU` in the feed. */
  told: number;
}

/** Where units are; lot and pledge are empty when there is none. */
export interface Place {
  sku: string;
  location: string;
  lot: string;
  status: StockStatus;
  pledge: string;
}

/** Header of one place. */
export interface Balance extends Place {
  quantity: number;
  /** Of these, units picked for shipments; only in PACKING. */
  allocated: number;
  /** Since when there have been units here without a break: first in, first out goes by it. */
  receivedAt: Date;
}

/** The stock of some items in one warehouse, locked; postings change it in memory and are written by post.ts. */
export interface Stock {
  warehouse: WarehouseRow;
  items: Map<string, ItemRow>;
  kinds: Map<string, LocationKind>;
  headers: Map<string, ItemStock>;
  balances: Map<string, Balance>;
  /** The database's clock after the locks. */
  now: Date;
}

export const SELLABLE_KINDS: ReadonlySet<LocationKind> = new Set<LocationKind>(["RECEIVING", "STORAGE", "PICKING", "PACKING"]);
/** Where pickers and issues take from. */
export const PICKABLE_KINDS: ReadonlySet<LocationKind> = new Set<LocationKind>(["RECEIVING", "STORAGE", "PICKING"]);

export const placeKey = ({ sku, location, lot, status, pledge }: Place): string => JSON.stringify([sku, location, lot, status, pledge]);

export const isSellable = (stock: Stock, { status, location }: Place): boolean =>
  status === "AVAILABLE" && SELLABLE_KINDS.has(stock.kinds.get(location)!);

/** The first location of a kind, by code. Every warehouse has RECEIVING, STORAGE, PACKING and TRANSIT. */
export function firstLocation(stock: Stock, kind: LocationKind): string {
  const codes = [...stock.kinds].filter(([, of]) => of === kind).map(([code]) => code);
  if (codes.length === 0) throw new Error(`${stock.warehouse.code} has no ${kind} location`);
  return codes.sort(byteOrder)[0];
}

/**
 * Locks the stock of some items in a warehouse. Keys without a stocked item get no header; the caller finds them missing in
 * `items`. Nothing else needs a lock: balances change under their item's header only, and an item with stock on hand keeps what
 * matters here (`saveItem` takes the same headers). Who may be the first to receive an item shares it before (`shareItems`).
 */
export async function lockStock(tx: Tx, warehouseCode: string, skus: Iterable<string>): Promise<Stock> {
  const [warehouse] = await readWarehouses(tx, [warehouseCode]);
  if (!warehouse) throw new Refusal("NOT_FOUND", `No warehouse ${warehouseCode}.`, { field: ["input", "warehouse"] });
  const wanted = inLockOrder(skus);
  const headers = await lockPresentHeaders(tx, warehouseCode, wanted);
  const items = new Map((await readItems(tx, wanted)).map((item) => [item.sku, item]));
  const missing = wanted.filter((sku) => items.get(sku)?.kind === "STOCKED" && !headers.has(sku));
  for (const header of await makeHeaders(tx, warehouseCode, missing)) headers.set(header.sku, header);
  const balances = await readBalances(tx, warehouseCode, [...headers.keys()]);
  return {
    warehouse,
    items,
    headers,
    kinds: new Map((await readLocations(tx, warehouseCode)).map(({ code, kind }) => [code, kind])),
    balances: new Map(balances.map((balance) => [placeKey(balance), balance])),
    now: await databaseNow(tx),
  };
}

/** Locks headers in key order and makes those that are missing. */
export async function lockHeaders(tx: Tx, warehouse: string, skus: string[]): Promise<Map<string, ItemStock>> {
  const headers = await lockPresentHeaders(tx, warehouse, skus);
  const missing = skus.filter((sku) => !headers.has(sku));
  for (const header of await makeHeaders(tx, warehouse, missing)) headers.set(header.sku, header);
  return headers;
}

async function lockPresentHeaders(tx: Tx, warehouse: string, skus: string[]): Promise<Map<string, ItemStock>> {
  return new Map((await lockHeaderRows(tx, warehouse, skus)).map((header) => [header.sku, header]));
}

async function makeHeaders(tx: Tx, warehouse: string, skus: string[]): Promise<ItemStock[]> {
  if (skus.length === 0) return [];
  await insertHeaders(tx, warehouse, skus).catch((error: unknown) => {
    throw isDuplicate(error) ? new LostRace("item_stock") : error;
  });
  return lockHeaderRows(tx, warehouse, skus);
}
