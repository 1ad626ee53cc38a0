import type { Reader } from "../../../shared/db/database";
import { writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import type { Cancellation, CancellationLineRow, CancellationRow } from "./cancellation";

const ROW = ["id", "reservation_id", "requested_at", "reason", "outcome"] as const;
const LINE = ["cancellation_id", "line_no", "quantity", "stopped", "too_late"] as const;

async function withLines(reader: Reader, rows: CancellationRow[]): Promise<Cancellation[]> {
  if (rows.length === 0) return [];
  const lines = await reader.query<CancellationLineRow>(
    `SELECT ${LINE.join(", ")} FROM cancellation_line WHERE cancellation_id IN (?) ORDER BY cancellation_id, line_no`,
    [rows.map(({ id }) => id)],
  );
  return rows.map((row) => ({ ...row, lines: lines.filter((line) => line.cancellation_id === row.id) }));
}

/** Primary key lookups. */
export const readCancellations = async (reader: Reader, ids: string[]): Promise<Cancellation[]> =>
  withLines(reader, await reader.query(`SELECT ${ROW.join(", ")} FROM cancellation WHERE id IN (?)`, [ids]));

/** Of some reservations, oldest first. Index by_reservation. */
export const cancellationsOf = async (reader: Reader, reservationIds: readonly string[]): Promise<Cancellation[]> =>
  withLines(
    reader,
    await reader.query(`SELECT ${ROW.join(", ")} FROM cancellation WHERE reservation_id IN (?) ORDER BY reservation_id, id`, [
      reservationIds,
    ]),
  );

/** New ones and changed ones, under the locks of their reservations' headers. */
export async function saveCancellations(tx: Tx, cancellations: Cancellation[]): Promise<void> {
  await writeHeaders(tx, "cancellation", cancellations, [...ROW], ["outcome"]);
  const lines = cancellations.flatMap((cancellation) => cancellation.lines);
  await writeHeaders(tx, "cancellation_line", lines, [...LINE], ["stopped", "too_late"]);
}
