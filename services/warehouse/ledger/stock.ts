import { byteOrder } from "../../../shared/db/lock-order";
import type { Exact } from "../../../shared/units/decimal";
import type { Layer, Pool } from "../cost/cost";
import type { LocationKind, StockStatus } from "../enums";
import type { ItemRow } from "../item/item.sql";
import type { AccountRow } from "../journal/accounts.sql";
import type { WarehouseRow } from "../place/place.sql";
import type { DecidedPosting } from "./decide-posting";
import type { LotRow } from "./lot.sql";
import type { SerialRow } from "./serial.sql";

/** Header of an item in a warehouse. Whoever holds its lock may change it and everything under it. */
export interface ItemStock {
  warehouse: string;
  sku: string;
  /** Units that lie here, their value, and FIFO's layers of it. */
  main: Pool;
  /** Units in TRANSIT, on their way here. */
  transit: Pool;
  /** Unit cost of the last receipt; null before the first. */
  lastCost: Exact | null;
  /** STANDARD: the cost that units have here; the item's own until it is adjusted. */
  standardCost: Exact | null;
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
  /** Of what lies here or was named by the caller. */
  lots: Map<string, LotRow>;
  /** Those that were named or chosen. */
  serials: Map<string, SerialRow>;
  /** FIFO layers by item, as they were read. */
  layers: Map<string, Layer[]>;
  /** The other sides of entries that were asked for so far, by code. */
  accounts: Map<string, AccountRow>;
  /** Lots that have passed their day: booked together with the next posting. */
  due: DecidedPosting[];
  /** The database's clock after the locks. */
  now: Date;
}

export const SELLABLE_KINDS: ReadonlySet<LocationKind> = new Set<LocationKind>(["RECEIVING", "STORAGE", "PICKING", "PACKING"]);
/** Where pickers and issues take from. */
export const PICKABLE_KINDS: ReadonlySet<LocationKind> = new Set<LocationKind>(["RECEIVING", "STORAGE", "PICKING"]);

export const placeKey = ({ sku, location, lot, status, pledge }: Place): string => JSON.stringify([sku, location, lot, status, pledge]);

export const lotKey = (sku: string, lot: string): string => JSON.stringify([sku, lot]);
export const serialKey = lotKey;

export const onHandOf = ({ main, transit }: ItemStock): number => main.units + transit.units;
export const valueOf = ({ main, transit }: ItemStock): Exact => main.value.plus(transit.value);

/** The units among which these are valued: those on their way here, or the others. */
export const poolOf = (stock: Stock, { sku, location }: Place): Pool =>
  stock.headers.get(sku)![stock.kinds.get(location) === "TRANSIT" ? "transit" : "main"];

const DAY_MS = 86_400_000;

/** A lot is good through its last day less the item's minimum shelf life, in UTC. */
export function isOutOfDate(stock: Stock, { sku, expiresOn }: LotRow): boolean {
  if (expiresOn === null) return false;
  const lastDay = Date.parse(`${expiresOn}T00:00:00Z`) - stock.items.get(sku)!.minShelfLifeDays * DAY_MS;
  return stock.now.getTime() >= lastDay + DAY_MS;
}

export const isSellable = (stock: Stock, { status, location }: Place): boolean =>
  status === "AVAILABLE" && SELLABLE_KINDS.has(stock.kinds.get(location)!);

/** The first location of a kind, by code. Every warehouse has RECEIVING, STORAGE, PACKING and TRANSIT. */
export function firstLocation(stock: Stock, kind: LocationKind): string {
  const codes = [...stock.kinds].filter(([, of]) => of === kind).map(([code]) => code);
  if (codes.length === 0) throw new Error(`${stock.warehouse.code} has no ${kind} location`);
  return codes.sort(byteOrder)[0];
}
