import type { Reader } from "../db/database";

/** Beyond this many nobody counts further. */
const MOST_COUNTED = 100_000;

/** How many events of a feed are set aside. Primary key range. */
export async function parkedCount(reader: Reader, from: string): Promise<number> {
  const [row] = await reader.query<{ parked: number }>("SELECT COUNT(*) AS parked FROM parked_event WHERE source = ?", [from]);
  return Number(row.parked);
}

/** Committed events without a position, and the age of the first of them. Primary key order, at most 100,000. */
export async function outboxFigures(reader: Reader): Promise<{ rows: number; ageSeconds: number }> {
  const [row] = await reader.query<{ depth: number; age: string | null }>(
    `SELECT (SELECT COUNT(*) FROM (SELECT id FROM outbox LIMIT ${MOST_COUNTED}) AS counted) AS depth,
       (SELECT TIMESTAMPDIFF(MICROSECOND, at, NOW(6)) / 1000000 FROM outbox ORDER BY id LIMIT 1) AS age`,
  );
  return { rows: Number(row.depth), ageSeconds: Math.max(0, Number(row.age ?? 0)) };
}
