import { keyedCall } from "../../../shared/db/idempotency";
import type { ShipTo } from "../../../shared/flow/messages";
import type { Caller } from "../../../shared/identity/caller";
import { Refusal } from "../../../shared/refusal";
import type { Batch } from "../stock/batch";
import type { Command } from "../stock/combiner";
import { Cause } from "../stock/virtual-stock";
import { ReservationStatus, statusAt, unitsBySku, type Reservation, type ReservationLineRow } from "./reservation";
import type { Shortage } from "./reserve";

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
  const { pickupAt, shipNotBefore, allowBackorder, allowPartial } = input;
  for (const [name, value] of Object.entries({ pickupAt, shipNotBefore, allowBackorder, allowPartial })) {
    if (value) throw new Refusal("INVALID_INPUT", "not offered yet", { field: ["input", name] });
  }
  if (Math.abs(input.priority ?? 0) > LARGEST_PRIORITY)
    throw new Refusal("INVALID_INPUT", "must be within a million of 0", { field: ["input", "priority"] });
  const { latitude, longitude, countryCode } = input.shipTo ?? { countryCode: "XX" };
  if (!/^[A-Z]{2}$/.test(countryCode))
    throw new Refusal("INVALID_INPUT", "must be an ISO 3166-1 code such as DE", { field: ["input", "shipTo", "countryCode"] });
  if (Math.abs(latitude ?? 0) > 90) throw new Refusal("INVALID_INPUT", "must be -90 to 90", { field: ["input", "shipTo", "latitude"] });
  if (Math.abs(longitude ?? 0) > 180)
    throw new Refusal("INVALID_INPUT", "must be -180 to 180", { field: ["input", "shipTo", "longitude"] });
}

/** Turns a hold into a commitment and tells dispatch. A hold whose units were given back at its deadline takes them again. */
export function confirmCommand(caller: Caller, input: Confirm): Command<Reservation> {
  const call = keyedCall(caller.client, "confirmReservation", input);
  return {
    rows: ROWS_OF_A_RESERVATION,
    needs: { reservationIds: [input.reservationId], call },
    decide(batch) {
      const earlier = batch.earlier(call);
      if (earlier) return batch.reservation(earlier)!;
      const reservation = ownReservation(batch, caller, input.reservationId);
      const status = statusAt(reservation, batch.now);
      if (status !== ReservationStatus.HELD && status !== ReservationStatus.EXPIRED) {
        throw new Refusal("INVALID_STATE", `reservation is ${status}`, { field: ["input", "reservationId"] });
      }
      checkRetake(batch, reservation);
      for (const line of reservation.lines) commitLine(batch, reservation, line, input.promisedAt ?? null);
      reservation.status = ReservationStatus.CONFIRMED;
      reservation.expires_at = null;
      reservation.confirmed_at = batch.now;
      batch.changeReservation(reservation);
      batch.remember(call, reservation.id);
      batch.tell(orderConfirmed(reservation, caller, input));
      return reservation;
    },
  };
}

/** The caller's reservation; another's is answered like one that is not there. */
export function ownReservation(batch: Batch, caller: Caller, id: string): Reservation {
  const reservation = batch.reservation(id);
  if (!reservation || reservation.client !== caller.client)
    throw new Refusal("NOT_FOUND", "no such reservation", { field: ["input", "reservationId"] });
  return reservation;
}

const openUnits = (line: ReservationLineRow): number => line.quantity - line.released;

/** The units of lines whose expiry was booked must still be free. */
function checkRetake(batch: Batch, { lines, pool_code: pool }: Reservation): void {
  const gone = lines.filter((line) => line.held === 0).map((line) => ({ sku: line.sku, quantity: openUnits(line) }));
  const shortages: Shortage[] = [];
  for (const [sku, requested] of unitsBySku(gone)) {
    const available = Math.max(0, batch.available({ pool, sku }));
    if (requested > available) shortages.push({ sku, requested, available });
  }
  if (shortages.length === 0) return;
  throw new Refusal("INSUFFICIENT_STOCK", "The hold has expired and its stock is gone.", {
    field: ["input", "reservationId"],
    facts: { shortages },
  });
}

function commitLine(batch: Batch, reservation: Reservation, line: ReservationLineRow, promisedAt: Date | null): void {
  const units = openUnits(line);
  if (units === 0) return;
  batch.post({ pool: line.pool_code, sku: line.sku }, Cause.CONFIRM, reservation.id, { held: -line.held, committed: units });
  line.held = 0;
  line.held_until = null;
  line.committed = units;
  line.promised_at = promisedAt;
  batch.changeLine(line);
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
  shipNotBefore: input.shipNotBefore?.toISOString() ?? null,
  actor: caller.client,
  lines: reservation.lines
    .filter((line) => line.committed > 0)
    .map((line) => ({ sku: line.sku, quantity: line.committed, lineRef: line.line_ref })),
  aggregates: { [`reservation:${reservation.id}`]: reservation.version },
  client: reservation.client,
  merchant: reservation.merchant,
});
