import type { Reader } from "../../../shared/db/database";
import { Conditions } from "../each.sql";

export interface OpenItemRow {
  documentType: string;
  documentNumber: string;
  currency: string;
  supplier: string | null;
  /** Signed as they moved in stock. */
  units: number;
  /** Debits less credits. */
  rest: string;
  since: Date;
}

/**
 * The rest of an account by document, without those that are cleared; a line without a document stands under its movement.
 * Reads all lines of the account: index by_account, primary keys.
 */
export function openItems(
  reader: Reader,
  account: string,
  { asOf, merchant }: { asOf?: Date; merchant?: string },
  limit: number,
): Promise<OpenItemRow[]> {
  const wanted = new Conditions().add("e.at <= ?", asOf).add("l.merchant = ?", merchant);
  return reader.query(
    `SELECT COALESCE(l.document_type, 'MOVEMENT') AS documentType, COALESCE(l.document_number, e.movement_id) AS documentNumber, l.currency,
       MIN(m.supplier) AS supplier, CAST(COALESCE(SUM(l.units), 0) AS SIGNED) AS units, CAST(SUM(l.debit - l.credit) AS CHAR) AS rest, MIN(e.at) AS since
     FROM journal_line l JOIN journal_entry e ON e.id = l.entry_id JOIN movement m ON m.id = e.movement_id WHERE l.account = ?${wanted.and}
     GROUP BY COALESCE(l.document_type, 'MOVEMENT'), COALESCE(l.document_number, e.movement_id), l.currency
     HAVING SUM(l.debit - l.credit) <> 0 ORDER BY since, documentType, documentNumber, l.currency LIMIT ?`,
    [account, ...wanted.params, limit],
  );
}
