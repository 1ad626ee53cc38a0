import type { CancelDecided, CancelOpened, EventLine, FeedEvent } from "../../../shared/flow/messages";
import type { Caller } from "../../../shared/identity/caller";
import { newId } from "../../../shared/ids";
import type { Batch } from "../stock/batch";
import { Cause } from "../stock/virtual-stock";
import { CancellationOutcome, outcomeOf, type Cancellation, type CancellationLineRow } from "./cancellation";
import { settledStatus, unitsBySku, type Reservation, type ReservationLineRow } from "./reservation";

/** Asks dispatch to stop units of a confirmed reservation. They stay committed until the warehouse has said that they will not ship. */
export function requestCancel(
  batch: Batch,
  caller: Caller,
  reservation: Reservation,
  units: Map<ReservationLineRow, number>,
  reason: string,
): void {
  const id = newId();
  open(batch, reservation, { id, reason }, units);
  const asked = unitsBySku([...units].map(([{ sku }, quantity]) => ({ sku, quantity })));
  batch.tell({
    type: "CancelRequested",
    reservationId: reservation.id,
    cancellationId: id,
    orderRef: reservation.order_ref,
    reason,
    actor: caller.client,
    lines: [...asked].map(([sku, quantity]) => ({ sku, quantity })),
    aggregates: { [`reservation:${reservation.id}`]: reservation.version },
    client: reservation.client,
    merchant: reservation.merchant,
  });
}

/**
 * Dispatch gives up units that nobody here asked it to. Of an item's lines those that no other cancellation means come first; one
 * that was asked for at the same time may mean the same units, and dispatch says which of the two has them.
 */
export function openCancel(batch: Batch, event: FeedEvent<CancelOpened>): void {
  const reservation = batch.reservation(event.reservationId);
  if (!reservation) throw new Error(`no reservation ${event.reservationId} of cancellation ${event.cancellationId}`);
  const units = new Map<ReservationLineRow, number>();
  for (const { sku, quantity } of event.lines) {
    let rest = quantity;
    const take = (line: ReservationLineRow, most: number) => {
      const given = Math.min(rest, most);
      if (given <= 0) return;
      units.set(line, (units.get(line) ?? 0) + given);
      rest -= given;
    };
    const lines = reservation.lines.filter((line) => line.sku === sku);
    for (const line of lines) take(line, line.committed - line.cancelling);
    for (const line of lines) take(line, line.committed - (units.get(line) ?? 0));
    if (rest > 0) throw new Error(`cancellation ${event.cancellationId}: ${rest} units of ${sku} are not committed`);
  }
  open(batch, reservation, { id: event.cancellationId, reason: event.reason }, units);
}

function open(
  batch: Batch,
  reservation: Reservation,
  { id, reason }: { id: string; reason: string },
  units: Map<ReservationLineRow, number>,
): void {
  for (const [line, quantity] of units) {
    line.cancelling += quantity;
    batch.changeLine(line);
  }
  batch.changeCancellation({
    id,
    reservation_id: reservation.id,
    requested_at: batch.now,
    reason,
    outcome: CancellationOutcome.PENDING,
    lines: [...units].map(([{ line_no }, quantity]) => ({ cancellation_id: id, line_no, quantity, stopped: 0, too_late: 0 })),
  });
  settle(batch, reservation);
}

/** What could be stopped is given back, what could not goes on; when nothing is open any more the request has its outcome. */
export function decideCancel(batch: Batch, { reservationId, cancellationId, stopped, tooLate }: CancelDecided): void {
  const [reservation, cancellation] = [batch.reservation(reservationId), batch.cancellation(cancellationId)];
  if (!reservation || !cancellation) throw new Error(`no cancellation ${cancellationId} of reservation ${reservationId}`);
  for (const line of stopped) stop(batch, reservation, cancellation, line);
  for (const line of tooLate) letGo(batch, reservation, cancellation, line);
  cancellation.outcome = outcomeOf(cancellation);
  batch.changeCancellation(cancellation);
  settle(batch, reservation);
}

/** After units were shipped, released or asked to be cancelled: the reservation's status follows its lines. */
export function settle(batch: Batch, reservation: Reservation): void {
  const status = settledStatus(reservation);
  if (status === reservation.status) return;
  reservation.status = status;
  batch.changeReservation(reservation);
}

function stop(batch: Batch, reservation: Reservation, cancellation: Cancellation, { sku, quantity }: EventLine): void {
  let rest = quantity;
  for (const [line, asked] of linesOf(reservation, cancellation, sku)) {
    const units = Math.min(rest, undecided(asked), line.committed);
    if (units === 0) continue;
    batch.giveBack(line, "committed", units, Cause.RELEASE);
    line.released += units;
    asked.stopped += units;
    rest -= units;
    decided(batch, line, units);
  }
  if (rest > 0) throw new Error(`cancellation ${cancellation.id}: ${rest} units of ${sku} were stopped and not asked for`);
}

/** What has left was given to the lines in this order too. */
function letGo(batch: Batch, reservation: Reservation, cancellation: Cancellation, { sku, quantity }: EventLine): void {
  let rest = quantity;
  for (const [line, asked] of linesOf(reservation, cancellation, sku)) {
    const units = Math.min(rest, undecided(asked));
    if (units === 0) continue;
    asked.too_late += units;
    rest -= units;
    decided(batch, line, units);
  }
  if (rest > 0) throw new Error(`cancellation ${cancellation.id}: ${rest} units of ${sku} were too late and not asked for`);
}

const undecided = ({ quantity, stopped, too_late }: CancellationLineRow): number => quantity - stopped - too_late;

/** The reservation's lines of an item that a cancellation means, each with what it means of it. */
const linesOf = ({ lines }: Reservation, cancellation: Cancellation, sku: string): [ReservationLineRow, CancellationLineRow][] =>
  lines
    .filter((line) => line.sku === sku)
    .flatMap((line) =>
      cancellation.lines
        .filter(({ line_no }) => line_no === line.line_no)
        .map((asked) => [line, asked] as [ReservationLineRow, CancellationLineRow]),
    );

function decided(batch: Batch, line: ReservationLineRow, units: number): void {
  line.cancelling -= units;
  batch.changeLine(line);
}
