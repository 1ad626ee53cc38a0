import { keyedCall } from "../../../shared/db/idempotency";
import type { Caller } from "../../../shared/identity/caller";
import { Refusal } from "../../../shared/refusal";
import { checkCount, checkKey, checkText, checkUnits } from "../../../shared/units/check";
import type { Batch } from "../stock/batch";
import type { Command } from "../stock/combiner";
import { Cause } from "../stock/virtual-stock";
import { requestCancel } from "./cancel";
import { ownReservation, ROWS_OF_A_RESERVATION } from "./confirm";
import { ReservationStatus, settledStatus, statusAt, type Reservation, type ReservationLineRow } from "./reservation";
import type { ReserveLine } from "./reserve";

export interface Release {
  idempotencyKey: string;
  reservationId: string;
  reason: string;
  lines?: ReserveLine[] | null;
}

const MOST_LINES = 1_000;
const lineField = (i: number, name: string): string[] => ["input", "lines", String(i), name];

export function checkRelease(input: Release): void {
  checkText(input.reason, ["input", "reason"]);
  // An empty list is a mistake, not a wish for everything.
  if (input.lines) checkCount(input.lines, ["input", "lines"], MOST_LINES);
  input.lines?.forEach(({ sku, quantity, lineRef }, i) => {
    checkKey(sku, lineField(i, "sku"));
    checkUnits(quantity, lineField(i, "quantity"));
    if (lineRef != null) checkKey(lineRef, lineField(i, "lineRef"));
  });
}

/** Gives a hold back at once. After confirmation it is a request: dispatch and the warehouses say what can still be stopped. */
export function releaseCommand(caller: Caller, input: Release): Command<Reservation> {
  const call = keyedCall(caller.client, "releaseReservation", input);
  return {
    rows: ROWS_OF_A_RESERVATION,
    needs: { reservationIds: [input.reservationId], call },
    decide(batch) {
      const earlier = batch.earlier(call);
      if (earlier) return batch.reservation(earlier)!;
      const reservation = ownReservation(batch, caller, input.reservationId);
      const status = statusAt(reservation, batch.now);
      if (status !== ReservationStatus.HELD && status !== ReservationStatus.CONFIRMED) {
        throw new Refusal("INVALID_STATE", `reservation is ${status}`, { field: ["input", "reservationId"] });
      }
      const units = unitsToRelease(reservation, input.lines ?? null);
      if (status === ReservationStatus.HELD) giveBack(batch, reservation, units);
      else requestCancel(batch, caller, reservation, units, input.reason);
      batch.remember(call, reservation.id);
      return reservation;
    },
  };
}

/** The units of each line that are meant; without lines everything that is open. */
function unitsToRelease(reservation: Reservation, wanted: ReserveLine[] | null): Map<ReservationLineRow, number> {
  const left = new Map(reservation.lines.map((line) => [line, line.held + line.committed]));
  if (wanted === null) return new Map([...left].filter(([, open]) => open > 0));
  const taken = new Map<ReservationLineRow, number>();
  // What names its line comes first: the others take what that leaves.
  const numbered = wanted.map((line, i) => ({ ...line, i }));
  for (const { sku, quantity, lineRef, i } of [...numbered.filter(isNamed), ...numbered.filter((line) => !isNamed(line))]) {
    const fits = reservation.lines.filter((line) => line.sku === sku && (lineRef == null || line.line_ref === lineRef));
    if (fits.length === 0) throw new Refusal("INVALID_INPUT", `the reservation has no such line of ${sku}`, { field: lineField(i, "sku") });
    let rest = quantity;
    for (const line of fits) {
      const units = Math.min(rest, left.get(line)!);
      if (units === 0) continue;
      taken.set(line, (taken.get(line) ?? 0) + units);
      left.set(line, left.get(line)! - units);
      rest -= units;
    }
    if (rest > 0) {
      throw new Refusal("INVALID_INPUT", `${quantity - rest} units of ${sku} are open, ${quantity} were asked for`, {
        field: lineField(i, "quantity"),
      });
    }
  }
  return taken;
}

const isNamed = ({ lineRef }: ReserveLine): boolean => lineRef != null;

function giveBack(batch: Batch, reservation: Reservation, units: Map<ReservationLineRow, number>): void {
  for (const [line, quantity] of units) {
    batch.post({ pool: line.pool_code, sku: line.sku }, Cause.RELEASE, reservation.id, { held: -quantity });
    line.released += quantity;
    line.held -= quantity;
    if (line.held === 0) line.held_until = null;
    batch.changeLine(line);
  }
  reservation.status = settledStatus(reservation);
  if (reservation.status === ReservationStatus.RELEASED) reservation.expires_at = null;
  batch.changeReservation(reservation);
}
