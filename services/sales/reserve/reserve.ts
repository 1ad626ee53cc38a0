import { keyedCall } from "../../../shared/db/idempotency";
import { newId } from "../../../shared/ids";
import { Refusal } from "../../../shared/refusal";
import { checkCount, checkKey, checkUnits } from "../../../shared/units/check";
import type { ChannelRow } from "../channel/channel.sql";
import { onSale, type ListingRow } from "../listing/listing";
import type { Batch } from "../stock/batch";
import type { Command } from "../stock/combiner";
import { Cause } from "../stock/virtual-stock";
import { ReservationStatus, unitsBySku, type Reservation } from "./reservation";

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

/** Units of one item that were asked for and could be had. */
export interface Shortage {
  sku: string;
  requested: number;
  available: number;
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
  if (input.allowPartial) throw new Refusal("INVALID_INPUT", "partial holds are not offered yet", { field: ["input", "allowPartial"] });
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

/** Holds all lines or none. The input has passed `checkReserve`. */
export function reserveCommand(client: string, input: Reserve, channel: ChannelRow): Command<Reservation> {
  const call = keyedCall(client, "reserveStock", input);
  const units = unitsBySku(input.lines);
  const skus = [...units.keys()];
  const pool = channel.pool_code;
  return {
    rows: 3 + 2 * input.lines.length,
    needs: { headers: skus.map((sku) => ({ pool, sku })), listings: { channel: channel.code, skus }, orderRef: input.orderRef, call },
    decide(batch) {
      const earlier = batch.earlier(call);
      if (earlier) return batch.reservation(earlier)!;
      const seconds = holdSeconds(input, channel);
      checkOrderNumber(batch, input, client);
      checkSale(batch, input, units, channel);
      const reservation = newReservation(batch, client, input, channel, seconds);
      for (const line of reservation.lines) batch.post({ pool, sku: line.sku }, Cause.HOLD, reservation.id, { held: line.quantity });
      if (!batch.orderNumber(input.orderRef)) batch.addOrderNumber({ order_ref: input.orderRef, client, channel_code: channel.code });
      batch.addReservation(reservation);
      batch.remember(call, reservation.id);
      return reservation;
    },
  };
}

function checkOrderNumber(batch: Batch, { orderRef, channel }: Reserve, client: string): void {
  const owner = batch.orderNumber(orderRef);
  if (owner && (owner.client !== client || owner.channel_code !== channel)) {
    throw new Refusal("CONFLICT", "This order number belongs to another channel.", { field: ["input", "orderRef"] });
  }
}

/** Known, listed, within its limits, and enough of it: in this order, over the sums by item. */
function checkSale(batch: Batch, input: Reserve, units: Map<string, number>, channel: ChannelRow): void {
  const fieldOf = (sku: string) => ["input", "lines", String(input.lines.findIndex((line) => line.sku === sku)), "sku"];
  const shortages: Shortage[] = [];
  for (const sku of units.keys()) {
    if (!batch.item(sku)) throw new Refusal("NOT_FOUND", `no item ${sku} is known here`, { field: fieldOf(sku) });
  }
  for (const [sku, requested] of units) {
    const listing = batch.listing(channel.code, sku);
    if (!onSale(listing, batch.now))
      throw new Refusal("NOT_LISTED", `${sku} is not on sale in channel ${channel.code}`, { field: fieldOf(sku) });
    if (listing.max_per_order !== null && requested > listing.max_per_order) {
      throw new Refusal("LIMIT_EXCEEDED", `at most ${listing.max_per_order} of ${sku} an order`, { field: fieldOf(sku) });
    }
    const available = sellable(listing, batch.available({ pool: channel.pool_code, sku }));
    if (requested > available) shortages.push({ sku, requested, available });
  }
  if (shortages.length > 0) {
    const [{ sku, requested, available }] = shortages;
    throw new Refusal("INSUFFICIENT_STOCK", `${requested} of ${sku} asked for, ${available} available`, {
      field: fieldOf(sku),
      facts: { shortages },
    });
  }
}

/** What one channel may take of the pool's available units: never less than nothing. */
export const sellable = (listing: ListingRow, available: number): number => Math.max(0, available - listing.safety_stock);

function newReservation(batch: Batch, client: string, input: Reserve, channel: ChannelRow, seconds: number): Reservation {
  const id = newId();
  const expires = new Date(batch.now.getTime() + seconds * 1_000);
  const lines = input.lines.map((line, i) => ({
    pool_code: channel.pool_code,
    sku: line.sku,
    reservation_id: id,
    line_no: i,
    line_ref: line.lineRef ?? null,
    merchant: batch.item(line.sku)!.merchant,
    quantity: line.quantity,
    held: line.quantity,
    committed: 0,
    fulfilled: 0,
    released: 0,
    cancelling: 0,
    held_until: expires,
    promised_at: null,
  }));
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
