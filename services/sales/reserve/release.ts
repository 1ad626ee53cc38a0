import { keyedCall } from "../../../shared/db/idempotency";
import type { Caller } from "../../../shared/identity/caller";
import { Refusal } from "../../../shared/refusal";
import { checkText } from "../../../shared/units/check";
import type { Command } from "../stock/combiner";
import { Cause } from "../stock/virtual-stock";
import { ownReservation, ROWS_OF_A_RESERVATION } from "./confirm";
import { ReservationStatus, statusAt, type Reservation } from "./reservation";

export interface Release {
  idempotencyKey: string;
  reservationId: string;
  reason: string;
  lines?: { sku: string; quantity: number }[] | null;
}

export function checkRelease(input: Release): void {
  checkText(input.reason, ["input", "reason"]);
  if (input.lines?.length)
    throw new Refusal("INVALID_INPUT", "releasing some of the lines is not offered yet", { field: ["input", "lines"] });
}

/** Gives a hold back at once. A confirmed reservation is not released here yet. */
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
      if (status !== ReservationStatus.HELD) {
        throw new Refusal("INVALID_STATE", `reservation is ${status}`, { field: ["input", "reservationId"] });
      }
      for (const line of reservation.lines.filter(({ held }) => held > 0)) {
        const units = line.held;
        batch.giveBack(line, "held", units, Cause.RELEASE);
        line.released += units;
      }
      reservation.status = ReservationStatus.RELEASED;
      reservation.expires_at = null;
      batch.changeReservation(reservation);
      batch.remember(call, reservation.id);
      return reservation;
    },
  };
}
