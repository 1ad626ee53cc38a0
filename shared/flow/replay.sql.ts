import type { Reader } from "../db/database";
import { fromJson } from "../db/rows.sql";
import type { Tx } from "../db/transaction";
import type { FeedEvent } from "./messages";

export interface ParkedRow {
  source: string;
  position: number;
  event: FeedEvent;
  reason: string;
  parked_at: Date;
  /** 0: it only waits behind another. */
  tries: number;
}

const rowOf = (row: ParkedRow): ParkedRow => ({
  ...row,
  position: Number(row.position),
  tries: Number(row.tries),
  event: fromJson(row.event),
});

const ROW = "source, position, event, reason, parked_at, tries";

/** Events that failed by themselves, oldest first. Primary key order. */
export const readFailed = async (reader: Reader, limit: number): Promise<ParkedRow[]> =>
  (await reader.query<ParkedRow>(`SELECT ${ROW} FROM parked_event WHERE tries > 0 ORDER BY source, position LIMIT ?`, [limit])).map(rowOf);

export async function countWaiting(reader: Reader): Promise<number> {
  const [{ waiting }] = await reader.query<{ waiting: number }>("SELECT COUNT(*) AS waiting FROM parked_event WHERE tries = 0");
  return Number(waiting);
}

/** Primary key. */
export const readParked = async (reader: Reader, from: string, positions: number[]): Promise<ParkedRow[]> =>
  positions.length === 0
    ? []
    : (
        await reader.query<ParkedRow>(`SELECT ${ROW} FROM parked_event WHERE source = ? AND position IN (?) ORDER BY position`, [
          from,
          positions,
        ])
      ).map(rowOf);

/** What is parked of a source, by position, and on which keys: what nobody could apply is little. Primary key range. */
export async function parkedKeysByPosition(reader: Reader, from: string): Promise<Map<number, string[]>> {
  const rows = await reader.query<{ position: number; aggregate: string }>(
    "SELECT position, aggregate FROM parked_key WHERE source = ? ORDER BY position, aggregate",
    [from],
  );
  const keys = new Map<number, string[]>();
  for (const { position, aggregate } of rows) keys.set(Number(position), [...(keys.get(Number(position)) ?? []), aggregate]);
  return keys;
}

/** They have been applied. */
export async function unpark(tx: Tx, from: string, positions: number[]): Promise<void> {
  await tx.execute("DELETE FROM parked_key WHERE source = ? AND position IN (?)", [from, positions]);
  await tx.execute("DELETE FROM parked_event WHERE source = ? AND position IN (?)", [from, positions]);
}

export const noteFailure = (tx: Tx, from: string, position: number, reason: string) =>
  tx.execute("UPDATE parked_event SET tries = tries + 1, reason = ? WHERE source = ? AND position = ?", [
    reason.slice(0, 500),
    from,
    position,
  ]);
