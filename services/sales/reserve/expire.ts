import type { LayerDatabase } from "../../../shared/db/database";
import { Lease } from "../../../shared/db/lease";
import type { Command, WriteCombiner } from "../stock/combiner";
import { expiredReservations } from "./reserve.sql";
import { ReservationStatus, statusAt } from "./reservation";

/** Books what the clock has decided already: the hold is dead since its deadline, and its units have been free since. */
export const expireCommand = (id: string, rows: number): Command<boolean> => ({
  rows: 2 + 2 * rows,
  needs: { reservationIds: [id] },
  decide(batch) {
    const reservation = batch.reservation(id);
    if (!reservation || reservation.status !== ReservationStatus.HELD || statusAt(reservation, batch.now) !== ReservationStatus.EXPIRED)
      return false;
    for (const line of reservation.lines.filter(({ held }) => held > 0)) batch.expireLine(line);
    reservation.status = ReservationStatus.EXPIRED;
    batch.changeReservation(reservation);
    return true;
  },
});

const SWEEP_MS = 1_000;
const SWEEP_AT_ONCE = 500;

/** Tidies up after the clock: one process at a time marks expired reservations. Nothing depends on its being punctual. */
export class ExpirySweeper {
  private readonly lease: Lease;
  constructor(
    private readonly db: LayerDatabase,
    private readonly combiner: WriteCombiner,
  ) {
    this.lease = new Lease(db, "expiry-sweeper");
  }

  start(): void {
    this.lease.rounds(SWEEP_MS, async () => (await this.sweep()) === SWEEP_AT_ONCE);
  }

  stop = (): Promise<void> => this.lease.stop();

  private async sweep(): Promise<number> {
    const found = await expiredReservations(this.db, SWEEP_AT_ONCE);
    await Promise.all(found.map(({ id, line_count }) => this.combiner.submit(expireCommand(id, line_count))));
    return found.length;
  }
}
