import { insertRows } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import { sixPlaces } from "../../../shared/units/decimal";
import type { NewEntry, PostingRule } from "./book";

/** Rules that hold today, latest first. */
export const readPostingRules = (tx: Tx): Promise<PostingRule[]> =>
  tx.query(
    `SELECT type, reason_code AS reasonCode, debit, credit FROM posting_rule WHERE valid_from <= CURRENT_DATE
     ORDER BY type, reason_code, valid_from DESC`,
  );

export async function insertEntries(tx: Tx, entries: NewEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await insertRows(
    tx,
    "journal_entry",
    entries.map(({ legalEntity, movementId, ...entry }) => ({ ...entry, legal_entity: legalEntity, movement_id: movementId })),
    ["id", "at", "legal_entity", "period", "day", "currency", "movement_id"],
  );
  const lines = entries.flatMap((entry) =>
    entry.lines.map(({ account, side, amount, units, sku, warehouse, merchant }, i) => ({
      entry_id: entry.id,
      line_no: i + 1,
      legal_entity: entry.legalEntity,
      period: entry.period,
      account,
      currency: entry.currency,
      debit: side === "debit" ? sixPlaces(amount) : "0",
      credit: side === "credit" ? sixPlaces(amount) : "0",
      units,
      sku,
      warehouse,
      merchant,
      document_type: entry.document?.type,
      document_number: entry.document?.number,
      document_line: entry.document?.line,
    })),
  );
  await insertRows(tx, "journal_line", lines, Object.keys(lines[0]) as (keyof (typeof lines)[0])[]);
}
