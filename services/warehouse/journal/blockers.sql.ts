import type { Reader } from "../../../shared/db/database";
import type { PeriodRow } from "./periods.sql";

/** The first ten. Primary key range. */
export const earlierOpenPeriods = (
  reader: Reader,
  { legalEntity, startsOn }: PeriodRow,
): Promise<{ code: string; status: PeriodRow["status"] }[]> =>
  reader.query(
    "SELECT code, status FROM accounting_period WHERE legal_entity = ? AND starts_on < ? AND status <> 'CLOSED' ORDER BY starts_on LIMIT 10",
    [legalEntity, startsOn],
  );

/** The first ten. Index by_period of journal_line alone. */
export const unbalancedInPeriod = (
  reader: Reader,
  { legalEntity, code }: PeriodRow,
): Promise<{ entryId: string; debit: string; credit: string }[]> =>
  reader.query(
    `SELECT entry_id AS entryId, CAST(SUM(debit) AS CHAR) AS debit, CAST(SUM(credit) AS CHAR) AS credit FROM journal_line
     WHERE legal_entity = ? AND period = ? GROUP BY entry_id HAVING SUM(debit) <> SUM(credit) ORDER BY entry_id LIMIT 10`,
    [legalEntity, code],
  );

/**
 * Value that movements of the period's days moved, and what its inventory accounts say, by currency. Index by_occurred of
 * movement and by_movement of its lines; index by_period of journal_line alone.
 */
export const movedAndBooked = (
  reader: Reader,
  { legalEntity, code }: PeriodRow,
  from: Date,
  before: Date,
): Promise<{ currency: string; moved: string; booked: string }[]> =>
  reader.query(
    `SELECT currency, CAST(SUM(moved) AS CHAR) AS moved, CAST(SUM(booked) AS CHAR) AS booked FROM (
       SELECT w.currency, SUM(l.value) AS moved, 0 AS booked FROM movement m JOIN warehouse w ON w.code = m.warehouse AND w.legal_entity = ?
         JOIN movement_line l ON l.movement_id = m.id WHERE m.occurred_at >= ? AND m.occurred_at < ? GROUP BY w.currency
       UNION ALL SELECT j.currency, 0, SUM(j.debit - j.credit) FROM journal_line j JOIN account a ON a.code = j.account AND a.inventory = 1
         WHERE j.legal_entity = ? AND j.period = ? GROUP BY j.currency) both_sides
     GROUP BY currency ORDER BY currency`,
    [legalEntity, from, before, legalEntity, code],
  );
