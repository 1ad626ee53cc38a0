export enum CancellationOutcome {
  PENDING = "PENDING",
  STOPPED = "STOPPED",
  TOO_LATE = "TOO_LATE",
  PARTLY = "PARTLY",
}

/** A request to cancel units of a confirmed reservation. */
export interface CancellationRow {
  id: string;
  reservation_id: string;
  requested_at: Date;
  reason: string;
  outcome: CancellationOutcome;
}

/** quantity = stopped + too_late + what nobody has decided yet. */
export interface CancellationLineRow {
  cancellation_id: string;
  /** Of the reservation's line. */
  line_no: number;
  quantity: number;
  stopped: number;
  too_late: number;
}

export interface Cancellation extends CancellationRow {
  lines: CancellationLineRow[];
}

/** What the lines add up to. */
export function outcomeOf({ lines }: Cancellation): CancellationOutcome {
  if (lines.some(({ quantity, stopped, too_late }) => stopped + too_late < quantity)) return CancellationOutcome.PENDING;
  if (lines.every(({ too_late }) => too_late === 0)) return CancellationOutcome.STOPPED;
  return lines.some(({ stopped }) => stopped > 0) ? CancellationOutcome.PARTLY : CancellationOutcome.TOO_LATE;
}
