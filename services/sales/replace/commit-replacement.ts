import type { Tx } from "../../../shared/db/transaction";
import type { EventLine } from "../../../shared/flow/messages";
import { newId } from "../../../shared/ids";
import { ReservationStatus, type Reservation } from "../reserve/reservation";
import { Batch } from "../stock/batch";
import { readReservations } from "../stock/stock.sql";
import { Cause } from "../stock/virtual-stock";
import { tellDecided } from "./replacement";
import { moveReplacement, readReplacementLines, type ReplacementRow } from "./replacement.sql";

/**
 * Commits all of a replacement out of what is available in the order's pool, never below zero, as a confirmed reservation of the
 * same order: from here on it is an order like any other. Without the stock it waits, which is told once. It is no sale: no
 * listing's limit or quota counts it.
 */
export async function commitReplacement(tx: Tx, row: ReplacementRow): Promise<void> {
  const lines = await readReplacementLines(tx, [row.return_id]);
  const skus = lines.map(({ sku }) => sku);
  const headers = skus.map((sku) => ({ pool: row.pool_code, sku }));
  const batch = await Batch.open(tx, [{ headers, listings: { channel: row.channel_code, skus } }]);
  const isThere = lines.every(({ sku, quantity }) => batch.available({ pool: row.pool_code, sku }) >= quantity);
  if (!(await moveReplacement(tx, row, isThere ? "COMMITTED" : "WAITING"))) return;
  if (!isThere) return tellDecided(tx, row, "WAITING");
  const [origin] = await readReservations(tx, [row.reservation_id]);
  const reservation = reservationOf(batch, row, lines, origin?.customer_ref ?? null);
  for (const { sku, quantity } of lines) batch.post({ pool: row.pool_code, sku }, Cause.CONFIRM, reservation.id, { committed: quantity });
  batch.addReservation(reservation);
  batch.tell({
    type: "OrderConfirmed",
    reservationId: reservation.id,
    orderRef: row.order_ref,
    channel: row.channel_code,
    pool: row.pool_code,
    customerRef: reservation.customer_ref,
    shipTo: null,
    priority: 0,
    promisedAt: null,
    shipNotBefore: null,
    pickupAt: null,
    actor: row.actor,
    returnId: row.return_id,
    lines: lines.map(({ sku, quantity }) => ({ sku, quantity, lineRef: null })),
    aggregates: { [`reservation:${reservation.id}`]: reservation.version },
    client: row.client,
    merchant: row.merchant,
  });
  await batch.write();
}

function reservationOf(batch: Batch, row: ReplacementRow, lines: EventLine[], customer: string | null): Reservation {
  const id = newId();
  const { client, merchant, order_ref, channel_code, pool_code } = row;
  return {
    id,
    client,
    merchant,
    order_ref,
    channel_code,
    pool_code,
    customer_ref: customer,
    status: ReservationStatus.CONFIRMED,
    created_at: batch.now,
    expires_at: null,
    confirmed_at: batch.now,
    version: 1,
    lines: lines.map(({ sku, quantity }, line_no) => ({
      pool_code,
      sku,
      reservation_id: id,
      line_no,
      line_ref: null,
      merchant: batch.item(sku)?.merchant ?? merchant,
      quantity,
      held: 0,
      committed: quantity,
      fulfilled: 0,
      released: 0,
      cancelling: 0,
      held_until: null,
      promised_at: null,
      channel_code,
      customer_ref: null,
      generation: 0,
      stocked: 1,
      kit_sku: null,
      kit_line: null,
      per_kit: 1,
    })),
  };
}
