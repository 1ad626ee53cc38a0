import { keyedCall } from "../../../shared/db/idempotency";
import type { Caller } from "../../../shared/identity/caller";
import { groupBy } from "../../../shared/group";
import { Refusal } from "../../../shared/refusal";
import { checkCount, checkKey, checkText, checkUnits } from "../../../shared/units/check";
import type { Batch } from "../stock/batch";
import type { Command } from "../stock/combiner";
import { Cause } from "../stock/virtual-stock";
import { requestCancel } from "./cancel";
import { ownReservation, ROWS_OF_A_RESERVATION } from "./confirm";
import { ReservationStatus, statusAt, type Reservation, type ReservationLineRow } from "./reservation";
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

/** A line as it was asked for: one row, or the rows of a kit's components, which are only released together. */
interface Part {
  sku: string;
  lineRef: string | null;
  rows: ReservationLineRow[];
}

function partsOf(lines: ReservationLineRow[]): Part[] {
  const parts = groupBy(lines, (line) => (line.kit_line === null ? line : line.kit_line));
  return [...parts.values()].map((rows) => ({ sku: rows[0].kit_sku ?? rows[0].sku, lineRef: rows[0].line_ref, rows }));
}

/** What has no stock is open as long as it is not paid. */
const openUnits = (line: ReservationLineRow): number =>
  line.stocked ? line.held + line.committed : line.quantity - line.released - line.fulfilled;

/** The units of each row that are meant; without lines everything that is open. */
function unitsToRelease({ lines }: Reservation, wanted: ReserveLine[] | null): Map<ReservationLineRow, number> {
  const left = new Map(lines.map((line) => [line, openUnits(line)]));
  if (wanted === null) return new Map([...left].filter(([, open]) => open > 0));
  const taken = new Map<ReservationLineRow, number>();
  // What names its line comes first: the others take what that leaves.
  const numbered = wanted.map((line, i) => ({ ...line, i }));
  for (const { sku, quantity, lineRef, i } of [...numbered.filter(isNamed), ...numbered.filter((line) => !isNamed(line))]) {
    const fits = partsOf(lines).filter((part) => part.sku === sku && (lineRef == null || part.lineRef === lineRef));
    if (fits.length === 0) throw new Refusal("INVALID_INPUT", `the reservation has no such line of ${sku}`, { field: lineField(i, "sku") });
    let rest = quantity;
    for (const { rows } of fits) {
      const units = Math.min(rest, ...rows.map((row) => Math.floor(left.get(row)! / row.per_kit)));
      if (units === 0) continue;
      for (const row of rows) {
        taken.set(row, (taken.get(row) ?? 0) + units * row.per_kit);
        left.set(row, left.get(row)! - units * row.per_kit);
      }
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
    if (line.stocked) batch.giveBack(line, "held", quantity, Cause.RELEASE);
    line.released += quantity;
    batch.changeLine(line);
  }
  if (reservation.lines.every((line) => line.released === line.quantity)) {
    reservation.status = ReservationStatus.RELEASED;
    reservation.expires_at = null;
  }
  batch.changeReservation(reservation);
}
