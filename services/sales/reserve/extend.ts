import { keyedCall } from "../../../shared/db/idempotency";
import type { Caller } from "../../../shared/identity/caller";
import { Refusal } from "../../../shared/refusal";
import type { ChannelRow } from "../channel/channel.sql";
import type { Command } from "../stock/combiner";
import { ownReservation, ROWS_OF_A_RESERVATION } from "./confirm";
import { ReservationStatus, statusAt, type Reservation } from "./reservation";

export interface Extend {
  idempotencyKey: string;
  reservationId: string;
  holdSeconds: number;
}

/** A live hold gets a new deadline, counted from now; from its beginning it lasts at most the channel's maxHoldSeconds. */
export function extendCommand(caller: Caller, input: Extend, channel: ChannelRow): Command<Reservation> {
  const call = keyedCall(caller.client, "extendReservation", input);
  return {
    rows: ROWS_OF_A_RESERVATION,
    needs: { reservationIds: [input.reservationId], call },
    decide(batch) {
      const earlier = batch.earlier(call);
      if (earlier) return batch.reservation(earlier)!;
      const reservation = ownReservation(batch, caller, input.reservationId);
      const status = statusAt(reservation, batch.now);
      if (status !== ReservationStatus.HELD)
        throw new Refusal("INVALID_STATE", `reservation is ${status}`, { field: ["input", "reservationId"] });
      const until = new Date(batch.now.getTime() + input.holdSeconds * 1_000);
      const latest = new Date(reservation.created_at.getTime() + channel.max_hold_seconds * 1_000);
      if (input.holdSeconds < 1 || until > latest)
        throw new Refusal("INVALID_INPUT", `must be at least 1, and end by ${latest.toISOString()} in channel ${channel.code}`, {
          field: ["input", "holdSeconds"],
        });
      for (const line of reservation.lines.filter(({ held }) => held > 0)) {
        line.held_until = until;
        batch.changeLine(line);
      }
      reservation.expires_at = until;
      batch.changeReservation(reservation);
      batch.remember(call, reservation.id);
      return reservation;
    },
  };
}
