import type { Reader } from "../db/database";
import { insertRows } from "../db/rows.sql";
import type { Tx } from "../db/transaction";
import type { FeedEvent } from "./messages";

export async function positionOf(reader: Reader, from: string): Promise<number> {
  const [row] = await reader.query<{ position: number }>("SELECT position FROM feed_position WHERE source = ?", [from]);
  return Number(row?.position ?? 0);
}

/** Only forward: a batch applied twice by two owners of a lease would be caught here too. */
export async function savePosition(tx: Tx, from: string, position: number): Promise<void> {
  if (await moveForward(tx, from, position)) return;
  // The first of this feed: its row is not there yet.
  await tx.execute("INSERT IGNORE INTO feed_position (source, position) VALUES (?, 0)", [from]);
  if (!(await moveForward(tx, from, position))) throw new Error(`feed ${from}: position ${position} has been applied already`);
}

async function moveForward(tx: Tx, from: string, position: number): Promise<boolean> {
  const values = [position, from, position];
  return (await tx.execute("UPDATE feed_position SET position = ? WHERE source = ? AND position < ?", values)).affectedRows === 1;
}

export async function parkedKeys(tx: Tx, from: string): Promise<Set<string>> {
  const rows = await tx.query<{ aggregate: string }>("SELECT DISTINCT aggregate FROM parked_key WHERE source = ?", [from]);
  return new Set(rows.map((row) => row.aggregate));
}

/** Also adds the event's own aggregates, so that a follower of a follower waits too. */
export function isParked(event: FeedEvent, blocked: Set<string>): boolean {
  const keys = Object.keys(event.aggregates);
  if (!keys.some((key) => blocked.has(key))) return false;
  for (const key of keys) blocked.add(key);
  return true;
}

/** `tries`: how often they have failed by themselves; 0 for those that only wait behind another. */
export async function park(tx: Tx, from: string, events: FeedEvent[], reason: string, tries: number): Promise<void> {
  if (events.length === 0) return;
  const parkedAt = new Date();
  await insertRows(
    tx,
    "parked_event",
    events.map((event) => ({ source: from, position: event.position, event, reason: reason.slice(0, 500), parked_at: parkedAt, tries })),
    ["source", "position", "event", "reason", "parked_at", "tries"],
  );
  const keys = events.flatMap((event) =>
    Object.keys(event.aggregates).map((aggregate) => ({ source: from, aggregate, position: event.position })),
  );
  await insertRows(tx, "parked_key", keys, ["source", "aggregate", "position"]);
}
