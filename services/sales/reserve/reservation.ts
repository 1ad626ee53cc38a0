export enum ReservationStatus {
  HELD = "HELD",
  CONFIRMED = "CONFIRMED",
  CANCELLING = "CANCELLING",
  RELEASED = "RELEASED",
  EXPIRED = "EXPIRED",
  FULFILLED = "FULFILLED",
}

/** A reservation's row. Its lines carry the units. */
export interface ReservationRow {
  id: string;
  client: string;
  /** Whose goods, when all lines are one merchant's; else empty. */
  merchant: string;
  order_ref: string;
  channel_code: string;
  pool_code: string;
  customer_ref: string | null;
  status: ReservationStatus;
  created_at: Date;
  expires_at: Date | null;
  confirmed_at: Date | null;
  version: number;
}

/** quantity = held + committed + fulfilled + released + what a booked expiry gave back. */
export interface ReservationLineRow {
  pool_code: string;
  sku: string;
  reservation_id: string;
  line_no: number;
  line_ref: string | null;
  merchant: string;
  quantity: number;
  held: number;
  committed: number;
  fulfilled: number;
  released: number;
  /** Units asked to be cancelled, of which nobody has said yet whether they could be stopped. */
  cancelling: number;
  held_until: Date | null;
  promised_at: Date | null;
  channel_code: string;
  customer_ref: string | null;
  /** The sale whose quota it counts in; 0: none. */
  generation: number;
  /** 0 for an item that has no stock. */
  stocked: number;
  /** The kit that it is a component of, the kit's place in the order, and how many of it one kit holds. */
  kit_sku: string | null;
  kit_line: number | null;
  per_kit: number;
}

export interface Reservation extends ReservationRow {
  lines: ReservationLineRow[];
}

/** What a caller sees: a hold past its deadline is expired, whether or not a sweeper has booked it. */
export const statusAt = (reservation: ReservationRow, now: Date): ReservationStatus =>
  reservation.status === ReservationStatus.HELD && reservation.expires_at !== null && reservation.expires_at <= now
    ? ReservationStatus.EXPIRED
    : reservation.status;

/** After units were fulfilled or released: the status that the lines add up to. */
export function settledStatus(reservation: Reservation): ReservationStatus {
  const { lines, status } = reservation;
  if (lines.some((line) => line.cancelling > 0)) return ReservationStatus.CANCELLING;
  const open = lines.some((line) => line.held + line.committed > 0);
  if (open) return status === ReservationStatus.CANCELLING ? ReservationStatus.CONFIRMED : status;
  return lines.some((line) => line.fulfilled > 0) ? ReservationStatus.FULFILLED : ReservationStatus.RELEASED;
}

/**
 * The lines of an item to which units that left are given: units that are not being cancelled leave first, so that what is
 * stopped later is found on the lines that were meant.
 */
export function shippedByLine(reservation: Reservation, sku: string, units: number): Map<ReservationLineRow, number> {
  const given = new Map<ReservationLineRow, number>();
  let rest = units;
  const give = (line: ReservationLineRow, most: number) => {
    const n = Math.min(rest, most);
    if (n <= 0) return;
    given.set(line, (given.get(line) ?? 0) + n);
    rest -= n;
  };
  const lines = reservation.lines.filter((line) => line.sku === sku);
  for (const line of lines) give(line, line.committed - line.cancelling);
  for (const line of lines) give(line, line.committed - (given.get(line) ?? 0));
  return given;
}

/** Units by SKU, summed over the lines: what is checked is the sum, what is recorded are the lines. */
export function unitsBySku(lines: { sku: string; quantity: number }[]): Map<string, number> {
  const units = new Map<string, number>();
  for (const { sku, quantity } of lines) units.set(sku, (units.get(sku) ?? 0) + quantity);
  return units;
}

/** A line as it was asked for. Units of a kit are whole kits, as many as its scarcest component allows. */
export interface ShownLine {
  sku: string;
  lineRef: string | null;
  quantity: number;
  fulfilled: number;
  released: number;
  promisedAt: Date | null;
}

export function shownLines(lines: ReservationLineRow[]): ShownLine[] {
  const shown: ShownLine[] = [];
  const kits = new Map<number, ShownLine>();
  for (const { sku, line_ref: lineRef, quantity, fulfilled, released, promised_at: promisedAt, kit_sku, kit_line, per_kit } of lines) {
    const whole = (units: number) => Math.floor(units / per_kit);
    const kit = kit_line === null ? undefined : kits.get(kit_line);
    if (kit) {
      kit.fulfilled = Math.min(kit.fulfilled, whole(fulfilled));
      kit.released = Math.min(kit.released, whole(released));
      continue;
    }
    const units = { quantity: whole(quantity), fulfilled: whole(fulfilled), released: whole(released) };
    const line = { sku: kit_sku ?? sku, lineRef, ...units, promisedAt };
    if (kit_line !== null) kits.set(kit_line, line);
    shown.push(line);
  }
  return shown;
}
