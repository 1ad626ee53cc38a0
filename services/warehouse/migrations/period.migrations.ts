import { ID, KEY, TABLE } from "../../../shared/db/kernel.migrations";
import type { Migration } from "../../../shared/db/migrate";
import { AMOUNT, CODE, MOMENT } from "./columns.migrations";

/** Legal entities, their accounting periods, and what was handed to the general ledger. */
export const periodMigrations: Migration[] = [
  {
    number: 1130,
    sentence: "Legal entities: whose books; their periods go by their time zone, which never changes",
    sql: `CREATE TABLE IF NOT EXISTS legal_entity (code ${KEY} NOT NULL PRIMARY KEY, time_zone VARCHAR(64) NOT NULL) ${TABLE}`,
  },
  {
    number: 1131,
    sentence: "MAIN is there from the beginning",
    sql: "INSERT IGNORE INTO legal_entity (code, time_zone) VALUES ('MAIN', 'UTC')",
  },
  {
    number: 1132,
    sentence: "Accounting periods, half-open, by local days of their legal entity",
    sql: `CREATE TABLE IF NOT EXISTS accounting_period (
      legal_entity ${KEY} NOT NULL, starts_on DATE NOT NULL, code ${KEY} NOT NULL, ends_before DATE NOT NULL, status ${CODE} NOT NULL,
      PRIMARY KEY (legal_entity, starts_on), UNIQUE KEY by_code (legal_entity, code),
      CONSTRAINT period_days CHECK (starts_on < ends_before), CONSTRAINT period_status CHECK (status IN ('OPEN', 'CLOSING', 'CLOSED'))) ${TABLE}`,
  },
  {
    number: 1133,
    sentence: "The calendar months that have entries already are periods",
    sql: `INSERT IGNORE INTO accounting_period (legal_entity, starts_on, code, ends_before, status)
      SELECT DISTINCT legal_entity, STR_TO_DATE(CONCAT(period, '-01'), '%Y-%m-%d'), period,
        STR_TO_DATE(CONCAT(period, '-01'), '%Y-%m-%d') + INTERVAL 1 MONTH, 'OPEN' FROM journal_entry`,
  },
  {
    number: 1134,
    sentence: "The steps of a period: who closed or reopened it, when and why",
    sql: `CREATE TABLE IF NOT EXISTS period_step (
      legal_entity ${KEY} NOT NULL, period ${KEY} NOT NULL, id ${ID} NOT NULL, status ${CODE} NOT NULL, actor ${KEY} NOT NULL, at ${MOMENT} NOT NULL,
      reason VARCHAR(500) NULL, PRIMARY KEY (legal_entity, period, id)) ${TABLE}`,
  },
  {
    number: 1135,
    sentence: "Exports of the journal to the general ledger; final are those of a closed period",
    sql: `CREATE TABLE IF NOT EXISTS journal_export (
      id ${ID} NOT NULL PRIMARY KEY, legal_entity ${KEY} NOT NULL, period ${KEY} NOT NULL, level ${CODE} NOT NULL, actor ${KEY} NOT NULL, at ${MOMENT} NOT NULL,
      final TINYINT NOT NULL, complete TINYINT NOT NULL, entries INT NOT NULL, line_count INT NOT NULL,
      KEY by_period (legal_entity, period, id)) ${TABLE}`,
  },
  {
    number: 1136,
    sentence: "Which export took an entry: one at most",
    sql: `CREATE TABLE IF NOT EXISTS journal_export_entry (
      entry_id ${ID} NOT NULL PRIMARY KEY, export_id ${ID} NOT NULL, KEY by_export (export_id, entry_id)) ${TABLE}`,
  },
  {
    number: 1137,
    sentence: "The lines of an export of level SUMMARY",
    sql: `CREATE TABLE IF NOT EXISTS journal_export_line (
      export_id ${ID} NOT NULL, line_no INT NOT NULL, day DATE NOT NULL, account ${KEY} NOT NULL, merchant ${KEY} NOT NULL, currency ${CODE} NOT NULL,
      debit ${AMOUNT} NOT NULL, credit ${AMOUNT} NOT NULL, PRIMARY KEY (export_id, line_no)) ${TABLE}`,
  },
  {
    number: 1138,
    sentence: "Entries know their day in the legal entity's time zone; in those from before it is the day in UTC",
    sql: "ALTER TABLE journal_entry ADD COLUMN day DATE NULL",
  },
  {
    number: 1139,
    sentence: "Journal lines know the signed units that moved in stock",
    sql: "ALTER TABLE journal_line ADD COLUMN units INT NULL",
  },
  {
    number: 1140,
    sentence: "Units of the lines from before: each movement line with a value made two",
    sql: `UPDATE journal_line l JOIN journal_entry e ON e.id = l.entry_id JOIN (
        SELECT movement_id, quantity, ROW_NUMBER() OVER (PARTITION BY movement_id ORDER BY line_no) AS nth FROM movement_line WHERE value <> 0) m
      ON m.movement_id = e.movement_id AND m.nth = (l.line_no + 1) DIV 2 SET l.units = m.quantity WHERE l.units IS NULL`,
  },
];
