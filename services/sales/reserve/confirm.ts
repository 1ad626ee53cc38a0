import { keyedCall } from "../../../shared/db/idempotency";
import type { ShipTo } from "../../../shared/flow/messages";
import type { Caller } from "../../../shared/identity/caller";
import { Refusal } from "../../../shared/refusal";
import { checkAddress } from "../../../shared/units/check-address";
import type { Batch } from "../stock/batch";
import type { Command } from "../stock/combiner";
import type { WarehouseRow } from "../channel/channel.sql";
import { QuotaMode } from "../listing/listing";
import { Cause } from "../stock/virtual-stock";
import type { Shortage } from "./grant";
import { ReservationStatus, settledStatus, statusAt, type Reservation, type ReservationLineRow } from "./reservation";
import type { Reserved } from "./reserve";

export interface Confirm {
  idempotencyKey: string;
  reservationId: string;
  shipTo?: ShipTo | null;
  pickupAt?: string | null;
  shipNotBefore?: Date | null;
  priority?: number | null;
  promisedAt?: Date | null;
  allowBackorder?: boolean | null;
  allowPartial?: boolean | null;
}

/** A reservation's size is read only under its locks; this stands for it when a batch is filled. */
export const ROWS_OF_A_RESERVATION = 50;
const LARGEST_PRIORITY = 1_000_000;

export function checkConfirm(input: Confirm): void {
  if (Math.abs(input.priority ?? 0) > LARGEST_PRIORITY)
    throw new Refusal("INVALID_INPUT", "must be within a million of 0", { field: ["input", "priority"] });
  if (input.shipTo) checkAddress(input.shipTo, ["input", "shipTo"]);
}

/**
 * Turns a hold into a commitment and tells dispatch. A hold whose units were given back at its deadline takes them again;
 * those that are gone are refused with the facts, committed beyond the stock (`allowBackorder`: dispatch backorders them) or
 * left out (`allowPartial`): who is paid and short always has a way out.
 */
export function confirmCommand(caller: Caller, input: Confirm, pickup?: WarehouseRow): Command<Reserved> {
  const call = keyedCall(caller.client, "confirmReservation", input);
  return {
    rows: ROWS_OF_A_RESERVATION,
    needs: { reservationIds: [input.reservationId], call },
    decide(batch) {
      const earlier = batch.earlier(call);
      if (earlier) return { reservation: batch.reservation(earlier)!, shortages: [] };
      const reservation = ownReservation(batch, caller, input.reservationId);
      const status = statusAt(reservation, batch.now);
      if (status !== ReservationStatus.HELD && status !== ReservationStatus.EXPIRED) {
        throw new Refusal("INVALID_STATE", `reservation is ${status}`, { field: ["input", "reservationId"] });
      }
      if (input.pickupAt != null) checkPickup(reservation, pickup);
      const { got, shortages } = retakeable(batch, reservation);
      if (shortages.length > 0 && !mayGoOn(reservation, got, input)) throw stockIsGone(shortages);
      for (const line of reservation.lines) commitLine(batch, line, input, got);
      reservation.confirmed_at = batch.now;
      reservation.expires_at = null;
      reservation.status = ReservationStatus.CONFIRMED;
      reservation.status = settledStatus(reservation);
      batch.changeReservation(reservation);
      batch.remember(call, reservation.id);
      if (reservation.lines.some((line) => line.committed > 0)) batch.tell(orderConfirmed(reservation, caller, input));
      return { reservation, shortages };
    },
  };
}

/** Where it is collected must be able to serve it: dispatch sources it from nowhere else. */
function checkPickup({ pool_code }: Reservation, pickup: WarehouseRow | undefined): void {
  const field = ["input", "pickupAt"];
  if (!pickup) throw new Refusal("NOT_FOUND", "no such warehouse", { field });
  if (pickup.pool_code !== pool_code) throw new Refusal("INVALID_INPUT", "does not feed the channel's pool", { field });
}

/** The caller's reservation; another's is answered like one that is not there. */
export function ownReservation(batch: Batch, caller: Caller, id: string): Reservation {
  const reservation = batch.reservation(id);
  if (!reservation || reservation.client !== caller.client) throw noSuchReservation();
  return reservation;
}

export const noSuchReservation = (): Refusal => new Refusal("NOT_FOUND", "no such reservation", { field: ["input", "reservationId"] });

const openUnits = (line: ReservationLineRow): number => line.quantity - line.released;
/** Its expiry was booked: the units went back and have to be taken again. */
const isGone = (line: ReservationLineRow): boolean => line.stocked === 1 && line.held === 0 && openUnits(line) > 0;

/** What of each gone line can be taken again, line by line, and which items are short by it. */
function retakeable(batch: Batch, { lines }: Reservation): { got: Map<ReservationLineRow, number>; shortages: Shortage[] } {
  const got = new Map<ReservationLineRow, number>();
  const taken = new Map<string, number>();
  const shortages = new Map<string, Shortage>();
  for (const line of lines.filter(isGone)) {
    const sources = sourcesOf(batch, line);
    const units = Math.min(openUnits(line), ...sources.map(({ name, units: free }) => Math.max(0, free - (taken.get(name) ?? 0))));
    for (const { name } of sources) taken.set(name, (taken.get(name) ?? 0) + units);
    got.set(line, units);
    const sum = shortages.get(line.sku) ?? { sku: line.sku, requested: 0, available: 0 };
    shortages.set(line.sku, { ...sum, requested: sum.requested + openUnits(line), available: sum.available + units });
  }
  return { got, shortages: [...shortages.values()].filter(({ requested, available }) => available < requested) };
}

/** Where its units have to be free: in the pool and under the cap, or in the fence, of the sale that it was taken in. */
function sourcesOf(batch: Batch, line: ReservationLineRow): { name: string; units: number }[] {
  const pool = { name: `pool ${line.sku}`, units: batch.available({ pool: line.pool_code, sku: line.sku }) };
  const sale = batch.shares.saleOf(line);
  if (!sale) return [pool];
  if (sale.quota_mode === QuotaMode.RING_FENCE) return [{ name: `fence ${line.sku}`, units: sale.fenced }];
  return [pool, { name: `cap ${line.sku}`, units: sale.quota_quantity! - sale.quota_sold }];
}

/** A kit is not taken apart: with allowPartial its components must all be there. */
function mayGoOn({ lines }: Reservation, got: Map<ReservationLineRow, number>, input: Confirm): boolean {
  if (input.allowBackorder) return true;
  if (!input.allowPartial || lines.some((line) => line.kit_sku !== null && isGone(line))) return false;
  return lines.some((line) => (isGone(line) ? got.get(line)! > 0 : openUnits(line) > 0));
}

const stockIsGone = (shortages: Shortage[]): Refusal =>
  new Refusal("INSUFFICIENT_STOCK", "The hold has expired and its stock is gone.", {
    field: ["input", "reservationId"],
    facts: { shortages },
  });

function commitLine(batch: Batch, line: ReservationLineRow, input: Confirm, got: Map<ReservationLineRow, number>): void {
  line.promised_at = input.promisedAt ?? null;
  const units = openUnits(line);
  if (units === 0) return;
  if (!line.stocked) line.fulfilled = units;
  else if (isGone(line)) retake(batch, line, got.get(line)!, input);
  else {
    batch.post({ pool: line.pool_code, sku: line.sku }, Cause.CONFIRM, line.reservation_id, { held: -line.held, committed: line.held });
    line.committed = line.held;
    line.held = 0;
    line.held_until = null;
  }
  batch.changeLine(line);
}

/** What is there is taken from where it came; what is not is promised beyond the stock, or left out. */
function retake(batch: Batch, line: ReservationLineRow, there: number, { allowBackorder }: Confirm): void {
  const key = { pool: line.pool_code, sku: line.sku };
  const units = openUnits(line);
  const sale = batch.shares.saleOf(line);
  const taken = allowBackorder ? units : there;
  const share = sale ? batch.shares.take(sale, taken, there) : {};
  const permitted = Math.min(0, batch.available(key) - taken - (share.fenced ?? 0));
  if (taken > 0) batch.post(key, Cause.CONFIRM, line.reservation_id, { committed: taken, ...share }, permitted);
  batch.customers.count(line, taken);
  line.committed = taken;
  line.released += units - taken;
}

const orderConfirmed = (reservation: Reservation, caller: Caller, input: Confirm) => ({
  type: "OrderConfirmed" as const,
  reservationId: reservation.id,
  orderRef: reservation.order_ref,
  channel: reservation.channel_code,
  pool: reservation.pool_code,
  customerRef: reservation.customer_ref,
  shipTo: input.shipTo ?? null,
  priority: input.priority ?? 0,
  promisedAt: input.promisedAt?.toISOString() ?? null,
  pickupAt: input.pickupAt ?? null,
  shipNotBefore: input.shipNotBefore?.toISOString() ?? null,
  actor: caller.client,
  heldAt: reservation.created_at.toISOString(),
  lines: reservation.lines
    .filter((line) => line.committed > 0)
    .map((line) => ({ sku: line.sku, quantity: line.committed, lineRef: line.line_ref })),
  aggregates: { [`reservation:${reservation.id}`]: reservation.version },
  client: reservation.client,
  merchant: reservation.merchant,
});
