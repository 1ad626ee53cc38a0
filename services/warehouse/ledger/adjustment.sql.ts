import type { Reader } from "../../../shared/db/database";

export interface ReceivedLine {
  sku: string;
  seq: number;
  units: number;
}

/** What a receipt brought, line by line. Index by_movement. */
export async function receivedLines(reader: Reader, movementId: string): Promise<ReceivedLine[]> {
  const rows = await reader.query<ReceivedLine>(
    "SELECT sku, seq, quantity AS units FROM movement_line WHERE movement_id = ? AND quantity > 0 ORDER BY line_no",
    [movementId],
  );
  return rows.map((row) => ({ ...row, seq: Number(row.seq) }));
}

/** The accounts that took an item's issues since one of its lines, weighted by amount. Primary key range of the item's lines since. */
export async function accountsOfIssues(
  reader: Reader,
  warehouse: string,
  sku: string,
  since: number,
): Promise<{ account: string; weight: number }[]> {
  const rows = await reader.query<{ account: string; weight: string }>(
    `SELECT j.account, CAST(SUM(j.debit) AS CHAR) AS weight FROM
       (SELECT DISTINCT movement_id FROM movement_line WHERE warehouse = ? AND sku = ? AND seq > ? AND value < 0) issued
     JOIN journal_entry e ON e.movement_id = issued.movement_id
     JOIN journal_line j ON j.entry_id = e.id AND j.sku = ? AND j.debit > 0
     JOIN account a ON a.code = j.account AND a.inventory = 0 GROUP BY j.account ORDER BY j.account`,
    [warehouse, sku, since, sku],
  );
  return rows.map(({ account, weight }) => ({ account, weight: Number(weight) }));
}
