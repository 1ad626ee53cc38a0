import type { Reader } from "../../../shared/db/database";
import type { CountStatus } from "../enums";

export interface OpenCount {
  id: string;
  warehouse: string;
  status: CountStatus;
  createdAt: Date;
}

/**
 * Counts of a legal entity's warehouses that were begun before `to`, had a step at `from` or later, and are COUNTED or RECOUNT:
 * their variances belong to the books and are not in them yet. 100 at most, oldest first. Index by_status.
 */
export const openCounts = (reader: Reader, legalEntity: string, from: Date, to: Date): Promise<OpenCount[]> =>
  reader.query(
    `SELECT c.id, c.warehouse, c.status, c.created_at AS createdAt FROM stock_count c JOIN warehouse w ON w.code = c.warehouse
     WHERE c.status IN ('COUNTED', 'RECOUNT') AND w.legal_entity = ? AND c.created_at < ?
     AND EXISTS (SELECT 1 FROM count_step s WHERE s.count_id = c.id AND s.at >= ?) ORDER BY c.id LIMIT 100`,
    [legalEntity, to, from],
  );
