import type { LayerDatabase, Reader } from "../db/database";
import type { Tx } from "../db/transaction";

/** How far a reader says that it has come: everything up to there has taken effect with it. Not only forward: it may have been restored from a copy. */
export async function noteReader(db: LayerDatabase, reader: string, position: number): Promise<void> {
  await db.query(
    "INSERT INTO feed_reader (reader, position, read_at) VALUES (?, ?, NOW(6)) ON DUPLICATE KEY UPDATE position = VALUES(position), read_at = VALUES(read_at)",
    [reader, position],
  );
}

/** Up to where all of some readers have come; 0 while one of them has never read. */
export async function takenByAll(reader: Reader, readers: readonly string[]): Promise<number> {
  const [{ known, taken }] = await reader.query<{ known: number; taken: number | null }>(
    "SELECT COUNT(*) AS known, MIN(position) AS taken FROM feed_reader WHERE reader IN (?)",
    [readers],
  );
  return Number(known) === readers.length ? Number(taken) : 0;
}

/** The last position that is kept no longer; the newest is always kept. First row of the primary key. */
export async function feedFloor(reader: Reader): Promise<number> {
  const [row] = await reader.query<{ first: number | null }>("SELECT MIN(position) AS first FROM feed");
  return Math.max(0, Number(row.first ?? 0) - 1);
}

/**
 * The position up to which rows of a dense order are older than some days and not beyond `upTo`, of so many at a time; the newest
 * is never among them, as the next position is reckoned from it. Primary key order.
 */
export async function oldUpTo(
  reader: Reader,
  table: "feed" | "notice",
  { days, upTo, limit }: { days: number; upTo: number; limit: number },
): Promise<number> {
  const rows = await reader.query<{ position: number; old: number }>(
    `SELECT position, at < NOW(6) - INTERVAL ? DAY AS old FROM ${table} WHERE position <= ? ORDER BY position LIMIT ?`,
    [days, upTo, limit],
  );
  const [{ head }] = await reader.query<{ head: number | null }>(`SELECT MAX(position) AS head FROM ${table}`);
  let last = 0;
  for (const { position, old } of rows) {
    if (Number(old) !== 1 || Number(position) >= Number(head)) break;
    last = Number(position);
  }
  return last;
}

export const deleteUpTo = async (tx: Tx, table: "feed" | "notice", position: number): Promise<number> =>
  (await tx.execute(`DELETE FROM ${table} WHERE position <= ?`, [position])).affectedRows;

/** Index by_age. */
export const deleteOldKeys = async (tx: Tx, days: number, limit: number): Promise<number> =>
  (await tx.execute("DELETE FROM idempotency WHERE created_at < NOW(6) - INTERVAL ? DAY ORDER BY created_at LIMIT ?", [days, limit]))
    .affectedRows;
