import type { Reader } from "../../../shared/db/database";

/** The account that a movement's entry has beside inventory and variance: the largest. Index by_movement, primary key. */
export async function otherAccountOf(reader: Reader, movementId: string): Promise<string | null> {
  const [row] = await reader.query<{ account: string }>(
    `SELECT l.account FROM journal_entry e JOIN journal_line l ON l.entry_id = e.id JOIN account a ON a.code = l.account AND a.inventory = 0
     WHERE e.movement_id = ? GROUP BY l.account ORDER BY SUM(l.debit + l.credit) DESC, l.account LIMIT 1`,
    [movementId],
  );
  return row?.account ?? null;
}
