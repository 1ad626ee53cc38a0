import type { Reader } from "../../../shared/db/database";
import { insertRows } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import { eachOf } from "../each.sql";
import type { CountStatus } from "../enums";
import type { CountLineRow } from "./count.sql";

export interface StepRow {
  countId: string;
  version: number;
  action: string;
  status: CountStatus;
  affected: number;
  actor: string;
  at: Date;
}

export const insertSteps = (tx: Tx, rows: StepRow[]): Promise<void> =>
  insertRows(
    tx,
    "count_step",
    rows.map(({ countId, ...row }) => ({ ...row, count_id: countId })),
    ["count_id", "version", "action", "status", "affected", "actor", "at"],
  );

/** The latest 200 steps of each count, oldest first. Primary key range, backwards. */
export async function stepsOfCounts(reader: Reader, ids: readonly string[]): Promise<StepRow[]> {
  const select =
    "count_id AS countId, version, action, status, affected, actor, at FROM count_step WHERE count_id = ? ORDER BY version DESC LIMIT 200";
  const groups = await eachOf<StepRow, string>(reader, ids, select, (id) => [id]);
  return groups.flatMap((rows) => rows.map((row) => ({ ...row, version: Number(row.version) })).sort((a, b) => a.version - b.version));
}

export const insertRecords = (tx: Tx, version: number, lines: CountLineRow[]): Promise<void> =>
  insertRows(
    tx,
    "count_record",
    lines.map(({ countId, sku, location, lot, status, expected, counted, serials }) => ({
      count_id: countId,
      ...{ version, sku, location, lot, status, expected, counted, serials },
    })),
    ["count_id", "version", "sku", "location", "lot", "status", "expected", "counted", "serials"],
  );

/** Which of some lines had other movements at their place since they were recorded. Primary key ranges behind each line's seq. */
export function movedSince(reader: Reader, lines: readonly (CountLineRow & { warehouse: string })[]): Promise<{ one: number }[][]> {
  const select = `1 AS one FROM movement_line l STRAIGHT_JOIN movement m ON m.id = l.movement_id WHERE l.warehouse = ? AND l.sku = ? AND l.seq > ?
    AND l.location = ? AND l.lot = ? AND l.status = ? AND (m.count_id IS NULL OR m.count_id <> ?) LIMIT 1`;
  return eachOf(reader, lines, select, ({ warehouse, sku, seq, location, lot, status, countId }) => [
    warehouse,
    sku,
    seq,
    location,
    lot,
    status,
    countId,
  ]);
}

/** The latest 200 movements of each count, oldest first. Index by_count. */
export async function movementIdsOfCounts(reader: Reader, ids: readonly string[]): Promise<string[][]> {
  const select = "m.id FROM movement m WHERE m.count_id = ? ORDER BY m.id DESC LIMIT 200";
  const groups = await eachOf<{ id: string }, string>(reader, ids, select, (id) => [id]);
  return groups.map((rows) => rows.map(({ id }) => id).sort());
}
