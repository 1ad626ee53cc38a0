import { keyedCall } from "../../../shared/db/idempotency";
import { newId } from "../../../shared/ids";
import { Refusal } from "../../../shared/refusal";
import { checkCount, checkKey, checkUnits } from "../../../shared/units/check";
import type { ChannelRow } from "../channel/channel.sql";
import type { Items } from "../known/items";
import { onSale, QuotaMode, type ListingRow } from "../listing/listing";
import { offer } from "../listing/offer";
import type { Batch } from "../stock/batch";
import type { Command } from "../stock/combiner";
import type { ItemRow } from "../stock/stock.sql";
import { Cause } from "../stock/virtual-stock";
import { ReservationStatus, unitsBySku, type Reservation, type ReservationLineRow } from "./reservation";
import { grant, type Granted, type Shortage } from "./grant";

export interface ReserveLine {
  sku: string;
  quantity: number;
  lineRef?: string | null;
}

export interface Reserve {
  idempotencyKey: string;
  orderRef: string;
  channel: string;
  customerRef?: string | null;
  lines: ReserveLine[];
  holdSeconds?: number | null;
  allowPartial?: boolean | null;
}

/** A reservation and, where the caller takes a part, what could not be had. */
export interface Reserved {
  reservation: Reservation;
  shortages: Shortage[];
}

const MOST_LINES = 1_000;
const DEFAULT_HOLD_SECONDS = 900;

/** What can be said without the database: shape and size of the input. */
export function checkReserve(input: Reserve): void {
  checkKey(input.orderRef, ["input", "orderRef"]);
  checkKey(input.channel, ["input", "channel"]);
  if (input.customerRef != null) checkKey(input.customerRef, ["input", "customerRef"]);
  checkCount(input.lines, ["input", "lines"], MOST_LINES).forEach((line, i) => {
    checkKey(line.sku, ["input", "lines", String(i), "sku"]);
    checkUnits(line.quantity, ["input", "lines", String(i), "quantity"]);
    if (line.lineRef != null) checkKey(line.lineRef, ["input", "lines", String(i), "lineRef"]);
  });
}

function holdSeconds(input: Reserve, channel: ChannelRow): number {
  const seconds = input.holdSeconds ?? Math.min(DEFAULT_HOLD_SECONDS, channel.max_hold_seconds);
  if (seconds < 1 || seconds > channel.max_hold_seconds) {
    throw new Refusal("INVALID_INPUT", `must be 1 to ${channel.max_hold_seconds} seconds in channel ${channel.code}`, {
      field: ["input", "holdSeconds"],
    });
  }
  return seconds;
}

/** Rows that a reservation of so many lines reads or writes, roughly. */
export const rowsOfReserve = (lines: number): number => 3 + 2 * lines;

/** Holds all lines or none, or with `allowPartial` what there is. The input has passed `checkReserve`; `items` knows its SKUs. */
export function reserveCommand(client: string, input: Reserve, channel: ChannelRow, items: Items): Command<Reserved> {
  const call = keyedCall(client, "reserveStock", input);
  const units = unitsBySku(input.lines);
  const skus = [...units.keys()];
  const pool = channel.pool_code;
  const locked = [...new Set(skus.flatMap((sku) => [sku, ...items.componentsOf(sku)]))];
  return {
    rows: rowsOfReserve(input.lines.length),
    needs: {
      headers: locked.map((sku) => ({ pool, sku })),
      listings: { channel: channel.code, skus: locked },
      orderRef: input.orderRef,
      customer: input.customerRef ?? undefined,
      call,
    },
    decide(batch) {
      const earlier = batch.earlier(call);
      if (earlier) return { reservation: batch.reservation(earlier)!, shortages: [] };
      const seconds = holdSeconds(input, channel);
      checkOrderNumber(batch, input, client);
      checkSale(batch, input, units, channel);
      const { granted, shortages } = grant(batch, input, units, channel, locked);
      const reservation = newReservation(batch, client, input, channel, seconds, granted);
      for (const line of reservation.lines) holdLine(batch, line);
      if (!batch.orderNumber(input.orderRef)) batch.addOrderNumber({ order_ref: input.orderRef, client, channel_code: channel.code });
      batch.addReservation(reservation);
      batch.remember(call, reservation.id);
      return { reservation, shortages };
    },
  };
}

function checkOrderNumber(batch: Batch, { orderRef, channel }: Reserve, client: string): void {
  const owner = batch.orderNumber(orderRef);
  if (owner && (owner.client !== client || owner.channel_code !== channel)) {
    throw new Refusal("CONFLICT", "This order number belongs to another channel.", { field: ["input", "orderRef"] });
  }
}

const skuField = (line: number): string[] => ["input", "lines", String(line), "sku"];

export const noSuchItem = (sku: string, line: number): Refusal =>
  new Refusal("NOT_FOUND", `no item ${sku} is known here`, { field: skuField(line) });

/** Known, on sale and within the listing's limits, over the sums by item: in this order. Whether there is enough comes after. */
function checkSale(batch: Batch, input: Reserve, units: Map<string, number>, channel: ChannelRow): void {
  const lineOf = (sku: string) => input.lines.findIndex((line) => line.sku === sku);
  const fieldOf = (sku: string) => skuField(lineOf(sku));
  for (const sku of units.keys()) {
    if (!batch.item(sku)) throw noSuchItem(sku, lineOf(sku));
  }
  for (const [sku, requested] of units) {
    const listing = batch.listing(channel.code, sku);
    if (!onSale(listing, batch.now))
      throw new Refusal("NOT_LISTED", `${sku} is not on sale in channel ${channel.code}`, { field: fieldOf(sku) });
    if (listing.max_per_order !== null && requested > listing.max_per_order) {
      throw new Refusal("LIMIT_EXCEEDED", `at most ${listing.max_per_order} of ${sku} an order`, { field: fieldOf(sku) });
    }
    checkCustomer(batch, listing, input, requested, fieldOf(sku));
  }
}

/** Over what the customer has open and what he got in this sale; nobody passes by leaving his name out. */
function checkCustomer(batch: Batch, listing: ListingRow, { customerRef }: Reserve, requested: number, field: string[]): void {
  const most = listing.max_per_customer;
  if (most === null) return;
  if (customerRef == null)
    throw new Refusal("INVALID_INPUT", `${listing.sku} is limited per customer: name the customer`, { field: ["input", "customerRef"] });
  const had = batch.customers.of(listing.channel_code, listing.sku, customerRef);
  if (had + requested > most)
    throw new Refusal("LIMIT_EXCEEDED", `at most ${most} of ${listing.sku} a customer, who has ${had}`, { field });
}

/** Takes a line's units out of the channel's share or the pool. */
function holdLine(batch: Batch, line: ReservationLineRow): void {
  if (!line.stocked) return;
  const key = { pool: line.pool_code, sku: line.sku };
  const listing = line.kit_sku === null ? batch.listing(line.channel_code, line.sku) : undefined;
  const { permitted } = listing ? offer(listing, batch.pool(key)) : { permitted: 0 };
  const share = listing ? batch.shares.take(listing, line.quantity) : {};
  batch.post(key, Cause.HOLD, line.reservation_id, { held: line.quantity, ...share }, permitted);
}

function newReservation(
  batch: Batch,
  client: string,
  input: Reserve,
  channel: ChannelRow,
  seconds: number,
  granted: Granted[],
): Reservation {
  const id = newId();
  const expires = new Date(batch.now.getTime() + seconds * 1_000);
  const base = { pool_code: channel.pool_code, reservation_id: id, channel_code: channel.code, customer_ref: input.customerRef ?? null };
  const lines = granted.flatMap((line, i) => rowsOf(batch, line, i, { ...base, held_until: expires }));
  lines.forEach((line, i) => (line.line_no = i));
  const merchants = new Set(lines.map((line) => line.merchant));
  return {
    id,
    client,
    merchant: merchants.size === 1 ? lines[0].merchant : "",
    order_ref: input.orderRef,
    channel_code: channel.code,
    pool_code: channel.pool_code,
    customer_ref: input.customerRef ?? null,
    status: ReservationStatus.HELD,
    created_at: batch.now,
    expires_at: expires,
    confirmed_at: null,
    version: 1,
    lines,
  };
}

type Base = Pick<ReservationLineRow, "pool_code" | "reservation_id" | "channel_code" | "customer_ref" | "held_until">;

/** A kit is held as its components, each a row that remembers the kit; anything else is one row. */
function rowsOf(batch: Batch, { sku, quantity, lineRef }: Granted, place: number, base: Base): ReservationLineRow[] {
  const item = batch.item(sku)!;
  // Named one by one: with `...base` first, Node keeps the row in a slower form.
  const row = (of: ItemRow, more: Partial<ReservationLineRow>): ReservationLineRow => ({
    pool_code: base.pool_code,
    reservation_id: base.reservation_id,
    channel_code: base.channel_code,
    customer_ref: base.customer_ref,
    held_until: base.held_until,
    sku: of.sku,
    line_no: 0,
    line_ref: lineRef ?? null,
    merchant: of.merchant,
    quantity,
    held: quantity,
    committed: 0,
    fulfilled: 0,
    released: 0,
    cancelling: 0,
    promised_at: null,
    generation: 0,
    stocked: 1,
    kit_sku: null,
    kit_line: null,
    per_kit: 1,
    ...more,
  });
  if (item.kind === "NON_STOCK") return [row(item, { held: 0, held_until: null, stocked: 0 })];
  if (item.kind === "STOCKED") return [row(item, { generation: generationOf(batch.listing(base.channel_code, sku)!) })];
  return item.components!.map((component) => {
    const units = component.quantity * quantity;
    const kit = { kit_sku: sku, kit_line: place, per_kit: component.quantity };
    return row({ ...item, sku: component.sku }, { quantity: units, held: units, ...kit });
  });
}

const generationOf = (listing: ListingRow): number => (listing.quota_mode === QuotaMode.SHARED ? 0 : listing.generation);
