import type { Reader } from "../db/database";
import { deleteById, insertRows } from "../db/rows.sql";
import type { Tx } from "../db/transaction";
import type { FeedEvent } from "./messages";

export interface OutboxRow {
  id: string;
  at: Date;
  type: string;
  aggregates: Record<string, number>;
  client: string;
  merchant: string;
  body: object;
}

const COLUMNS = ["id", "at", "type", "aggregates", "client", "merchant", "body"] as const;

export const insertOutbox = (tx: Tx, rows: OutboxRow[]): Promise<void> => insertRows(tx, "outbox", rows, [...COLUMNS]);

/** Committed events that have no position yet, oldest id first. Primary key order. */
export async function readOutbox(tx: Tx, limit: number): Promise<OutboxRow[]> {
  const rows = await tx.query<OutboxRow>(`SELECT ${COLUMNS.join(", ")} FROM outbox ORDER BY id LIMIT ?`, [limit]);
  return rows.map((row) => ({ ...row, aggregates: parsed(row.aggregates), body: parsed(row.body) }));
}

export const outboxIsEmpty = async (reader: Reader): Promise<boolean> => (await reader.query("SELECT id FROM outbox LIMIT 1")).length === 0;

export async function lastInOutbox(reader: Reader): Promise<string | null> {
  const [row] = await reader.query<{ last: string | null }>("SELECT MAX(id) AS last FROM outbox");
  return row.last;
}

export const outboxHolds = async (reader: Reader, upTo: string): Promise<boolean> =>
  (await reader.query("SELECT id FROM outbox WHERE id <= ? LIMIT 1", [upTo])).length > 0;

/** Moves rows from the outbox to the feed, at the given first position. */
export async function moveToFeed(tx: Tx, rows: OutboxRow[], first: number): Promise<void> {
  await insertRows(
    tx,
    "feed",
    rows.map((row, i) => ({ ...row, position: first + i })),
    ["position", ...COLUMNS],
  );
  await deleteById(
    tx,
    "outbox",
    rows.map((row) => row.id),
  );
}

/** The last position given out; the caller holds the sequencer's lease row. */
export async function feedHead(reader: Reader): Promise<number> {
  const [row] = await reader.query<{ head: number | null }>("SELECT MAX(position) AS head FROM feed");
  return Number(row.head ?? 0);
}

const CHECKS = "('StockCheckpoint', 'PositionCheckpoint', 'DemandCheckpoint')";

/** Whether a layer has told anything but checkpoints of one check after a position. Primary key range. */
export const toldBesides = async (reader: Reader, checkId: string, after: number): Promise<boolean> =>
  (
    await reader.query(
      `SELECT position FROM feed WHERE position > ? AND (type NOT IN ${CHECKS} OR JSON_VALUE(body, '$.checkId') COLLATE utf8mb4_bin <> ?) LIMIT 1`,
      [after, checkId],
    )
  ).length > 0;

/** Checkpoints that were compared long ago say nothing any more: they keep their place, and lose their figures. Primary key range. */
export async function emptyCheckpoints(tx: Tx, after: number, upTo: number): Promise<void> {
  await tx.execute(
    `UPDATE feed SET body = JSON_SET(body, '$.lines', JSON_ARRAY()), aggregates = '{}' WHERE position > ? AND position <= ? AND type IN ${CHECKS}`,
    [after, upTo],
  );
}

/** Events after a position, in order. Primary key range. */
export async function readFeed(reader: Reader, after: number, limit: number): Promise<FeedEvent[]> {
  const rows = await reader.query<OutboxRow & { position: number }>(
    `SELECT position, ${COLUMNS.join(", ")} FROM feed WHERE position > ? ORDER BY position LIMIT ?`,
    [after, limit],
  );
  return rows.map(
    (row) =>
      ({
        ...parsed<object>(row.body),
        type: row.type,
        position: Number(row.position),
        id: row.id,
        at: row.at.toISOString(),
        client: row.client,
        merchant: row.merchant,
        aggregates: parsed(row.aggregates),
      }) as unknown as FeedEvent,
  );
}

/** JSON comes as text from MariaDB and as a value from MySQL. */
const parsed = <T>(value: unknown): T => (typeof value === "string" ? JSON.parse(value) : value) as T;
