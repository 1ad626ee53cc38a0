import type { KeyedCall } from "../../../shared/db/idempotency";
import { byteOrder, lockRows } from "../../../shared/db/lock-order";
import { fromJson, insertRows, writeHeaders } from "../../../shared/db/rows.sql";
import type { LayerDatabase, Reader } from "../../../shared/db/database";
import type { Tx } from "../../../shared/db/transaction";
import { groupBy } from "../../../shared/group";
import { LISTING_COLUMNS, type ListingRow } from "../listing/listing";
import type { ReservationLineRow, ReservationRow } from "../reserve/reservation";
import { FIGURES, keyText, type StockEntry, type StockHeader, type StockKey } from "./virtual-stock";

const HEADER_COLUMNS = ["pool_code", "sku", ...FIGURES, "version"] as const;

function byPool(keys: StockKey[]): [string, string[]][] {
  const pools = [...groupBy(keys, ({ pool }) => pool)].sort(([a], [b]) => byteOrder(a, b));
  return pools.map(([pool, own]) => [pool, own.map(({ sku }) => sku)]);
}

/**
 * Locks headers in key order, a statement a pool: primary key lookups. A header that does not exist yet is left out; with
 * `skipLocked` also one that another transaction holds, so that nothing is waited for.
 */
export async function lockHeaders(tx: Tx, keys: StockKey[], { skipLocked = false } = {}): Promise<StockHeader[]> {
  const headers = await Promise.all(
    byPool(keys).map(([pool, skus]) =>
      lockRows<StockHeader>(
        tx,
        "stock",
        `SELECT ${HEADER_COLUMNS.join(", ")} FROM virtual_stock WHERE pool_code = ? AND sku IN (?) ORDER BY pool_code, sku
         FOR UPDATE ${skipLocked ? "SKIP LOCKED" : ""}`,
        [pool, skus],
      ),
    ),
  );
  return headers.flat();
}

/** Those of the keys that have a header, whoever holds it. Primary key lookups. */
export async function readHeaderKeys(reader: Reader, keys: StockKey[]): Promise<StockKey[]> {
  const found: StockKey[] = [];
  for (const [pool, skus] of byPool(keys)) {
    const rows = await reader.query<{ sku: string }>("SELECT sku FROM virtual_stock WHERE pool_code = ? AND sku IN (?)", [pool, skus]);
    found.push(...rows.map(({ sku }) => ({ pool, sku })));
  }
  return found;
}

/** Makes missing headers, all zero, outside any transaction: an empty header agrees with its empty ledger. */
export async function makeHeaders(db: LayerDatabase, keys: StockKey[]): Promise<void> {
  const known = new Set((await readHeaderKeys(db, keys)).map(keyText));
  for (const [pool, skus] of byPool(keys.filter((key) => !known.has(keyText(key)))))
    await db.query("INSERT IGNORE INTO virtual_stock (pool_code, sku) VALUES ?", [skus.sort(byteOrder).map((sku) => [pool, sku])]);
}

export const saveHeaders = (tx: Tx, headers: StockHeader[]): Promise<void> =>
  writeHeaders(tx, "virtual_stock", headers, [...HEADER_COLUMNS], [...FIGURES, "version"]);

export const insertEntries = (tx: Tx, entries: StockEntry[]): Promise<void> =>
  insertRows(tx, "virtual_stock_entry", entries, [
    "pool_code",
    "sku",
    "seq",
    "at",
    "cause",
    "reference",
    "on_hand_delta",
    "held_delta",
    "committed_delta",
    "frozen_delta",
    "safety_delta",
    "fenced_delta",
    "incoming_delta",
    "available_after",
    "permitted",
  ]);

/** The one clock of a batch, read after its last lock. */
export async function databaseNow(reader: Reader): Promise<Date> {
  const [{ now }] = await reader.query<{ now: Date }>("SELECT NOW(6) AS now");
  return now;
}

export const LINE_COLUMNS = [
  "pool_code",
  "sku",
  "reservation_id",
  "line_no",
  "line_ref",
  "merchant",
  "quantity",
  "held",
  "committed",
  "fulfilled",
  "released",
  "cancelling",
  "held_until",
  "promised_at",
  "channel_code",
  "customer_ref",
  "generation",
  "stocked",
  "kit_sku",
  "kit_line",
  "per_kit",
] as const satisfies (keyof ReservationLineRow)[];

export const RESERVATION_COLUMNS = [
  "id",
  "client",
  "merchant",
  "order_ref",
  "channel_code",
  "pool_code",
  "customer_ref",
  "status",
  "created_at",
  "expires_at",
  "confirmed_at",
  "version",
] as const satisfies (keyof ReservationRow)[];

/** Most dead holds that one batch books beside its own work; the sweeper books the rest. */
const MOST_DEAD_LINES = 1_000;

/** Holds on some headers that are past their deadline. Index by_deadline. */
export async function deadLines(tx: Tx, keys: StockKey[]): Promise<ReservationLineRow[]> {
  const lines = await Promise.all(
    byPool(keys).map(([pool, skus]) =>
      tx.query<ReservationLineRow>(
        `SELECT ${LINE_COLUMNS.join(", ")} FROM reservation_line FORCE INDEX (by_deadline)
         WHERE pool_code = ? AND sku IN (?) AND held_until <= NOW(6) LIMIT ?`,
        [pool, skus, MOST_DEAD_LINES],
      ),
    ),
  );
  return lines.flat();
}

export const readReservations = (reader: Reader, ids: string[]): Promise<ReservationRow[]> =>
  reader.query<ReservationRow>(`SELECT ${RESERVATION_COLUMNS.join(", ")} FROM reservation WHERE id IN (?)`, [ids]);

/** Lines of some reservations in their order. Index by_reservation. */
export const readLines = (reader: Reader, ids: string[]): Promise<ReservationLineRow[]> =>
  reader.query<ReservationLineRow>(
    `SELECT ${LINE_COLUMNS.join(", ")} FROM reservation_line WHERE reservation_id IN (?) ORDER BY reservation_id, line_no`,
    [ids],
  );

export const insertReservations = (tx: Tx, rows: ReservationRow[]): Promise<void> =>
  insertRows(tx, "reservation", rows, [...RESERVATION_COLUMNS]);

export const insertLines = (tx: Tx, rows: ReservationLineRow[]): Promise<void> =>
  insertRows(tx, "reservation_line", rows, [...LINE_COLUMNS]);

export const saveReservations = (tx: Tx, rows: ReservationRow[]): Promise<void> =>
  writeHeaders(tx, "reservation", rows, [...RESERVATION_COLUMNS], ["status", "expires_at", "confirmed_at", "version"]);

export const saveLines = (tx: Tx, rows: ReservationLineRow[]): Promise<void> =>
  writeHeaders(
    tx,
    "reservation_line",
    rows,
    [...LINE_COLUMNS],
    ["held", "committed", "fulfilled", "released", "cancelling", "held_until", "promised_at"],
  );

/** Listings of some items in some channels. Primary key lookups. */
export const readListings = (reader: Reader, channels: string[], skus: string[]): Promise<ListingRow[]> =>
  reader.query<ListingRow>(`SELECT ${LISTING_COLUMNS.join(", ")} FROM listing WHERE channel_code IN (?) AND sku IN (?)`, [channels, skus]);

export interface ItemRow {
  sku: string;
  kind: "STOCKED" | "KIT" | "NON_STOCK";
  merchant: string;
  /** What one kit holds; null for what is no kit. */
  components: { sku: string; quantity: number }[] | null;
}

const ITEM_COLUMNS = "item.sku, item.kind, item.merchant, item.components";
const asItem = <Row extends ItemRow>(row: Row): Row => ({ ...row, components: fromJson(row.components) });

export const readItems = async (reader: Reader, skus: readonly string[]): Promise<ItemRow[]> =>
  (await reader.query<ItemRow>(`SELECT ${ITEM_COLUMNS} FROM item WHERE sku IN (?)`, [skus])).map(asItem);

export interface SaleFacts {
  now: Date;
  items: ItemRow[];
  listings: ListingRow[];
}

const OF_LISTING = LISTING_COLUMNS.map((column) => `listing.${column} AS listing_${column}`).join(", ");

/**
 * A batch's clock and what it has to know of some items, in one statement instead of three: on a hot SKU round trips are
 * what a batch waits for. Besides the listings of the channels that sell come those that have units fenced off. Primary key lookups
 * of item, then of listing by index by_sku. Read after the last lock.
 */
export async function readSale(tx: Tx, channels: string[], skus: string[]): Promise<SaleFacts> {
  if (skus.length === 0) return { now: await databaseNow(tx), items: [], listings: [] };
  const rows = await tx.query<ItemRow & { now: Date; listing_sku: string | null }>(
    `SELECT NOW(6) AS now, ${ITEM_COLUMNS}, ${OF_LISTING}
     FROM item LEFT JOIN listing ON listing.sku = item.sku AND (listing.channel_code IN (?) OR listing.fenced > 0) WHERE item.sku IN (?)`,
    [channels, skus],
  );
  const now = rows.length > 0 ? rows[0].now : await databaseNow(tx);
  return { now, items: rows.map(asItem), listings: rows.filter((row) => row.listing_sku !== null).map(listingOf) };
}

const listingOf = (row: object): ListingRow =>
  Object.fromEntries(
    LISTING_COLUMNS.map((column) => [column, (row as Record<string, unknown>)[`listing_${column}`]]),
  ) as unknown as ListingRow;

/** Listings that have units fenced off. Index by_sku. */
export const readFences = (reader: Reader, skus: string[]): Promise<ListingRow[]> =>
  reader.query<ListingRow>(`SELECT ${LISTING_COLUMNS.join(", ")} FROM listing WHERE sku IN (?) AND fenced > 0`, [skus]);

export interface CustomerUnits {
  channel: string;
  sku: string;
  customer: string;
  units: number;
}

/** What some customers have taken in the sale that goes on: live holds, commitments and what was shipped. Index by_customer. */
export async function readCustomerUnits(
  reader: Reader,
  pool: string,
  skus: string[],
  customers: string[],
  now: Date,
): Promise<CustomerUnits[]> {
  const rows = await reader.query<CustomerUnits>(
    `SELECT l.channel_code AS channel, l.sku, l.customer_ref AS customer,
       CAST(SUM(IF(l.held_until <= ?, 0, l.held) + l.committed + l.fulfilled) AS SIGNED) AS units
     FROM reservation_line l FORCE INDEX (by_customer)
       JOIN reservation r ON r.id = l.reservation_id
       JOIN listing ON listing.channel_code = l.channel_code AND listing.sku = l.sku
     WHERE l.pool_code = ? AND l.sku IN (?) AND l.customer_ref IN (?) AND l.kit_sku IS NULL
       AND (listing.starts_at IS NULL OR r.created_at >= listing.starts_at)
     GROUP BY l.channel_code, l.sku, l.customer_ref`,
    [now, pool, skus, customers],
  );
  return rows.map((row) => ({ ...row, units: Number(row.units) }));
}

export interface OrderNumberRow {
  order_ref: string;
  client: string;
  channel_code: string;
}

export const readOrderNumbers = (reader: Reader, refs: string[]): Promise<OrderNumberRow[]> =>
  reader.query<OrderNumberRow>("SELECT order_ref, client, channel_code FROM order_number WHERE order_ref IN (?)", [refs]);

export const insertOrderNumbers = (tx: Tx, rows: OrderNumberRow[]): Promise<void> =>
  insertRows(tx, "order_number", rows, ["order_ref", "client", "channel_code"]);

export interface KeyRow {
  client: string;
  mutation: string;
  idempotency_key: string;
  input_hash: Buffer;
  entity_id: string;
}

/** Keys that earlier calls have used. Primary key lookups, a statement for each client and mutation. */
export async function readKeys(reader: Reader, calls: KeyedCall[]): Promise<KeyRow[]> {
  const groups = [...groupBy(calls, (call) => `${call.mutation} ${call.client}`).values()];
  const found = await Promise.all(
    groups.map((group) =>
      reader.query<KeyRow>(
        `SELECT client, mutation, idempotency_key, input_hash, entity_id FROM idempotency
         WHERE client = ? AND mutation = ? AND idempotency_key IN (?)`,
        [group[0].client, group[0].mutation, group.map((call) => call.key)],
      ),
    ),
  );
  return found.flat();
}
