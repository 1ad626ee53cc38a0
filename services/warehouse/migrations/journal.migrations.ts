import { ID, KEY, TABLE } from "../../../shared/db/kernel.migrations";
import type { Migration } from "../../../shared/db/migrate";
import { AMOUNT, CODE, MOMENT } from "./columns.migrations";

/** The books. Accounts and rules are data; entries and their lines are only ever added. */
export const journalMigrations: Migration[] = [
  {
    number: 1020,
    sentence: "The chart of accounts; inventory marks the accounts that together equal the valuation",
    sql: `CREATE TABLE IF NOT EXISTS account (
      code ${KEY} NOT NULL PRIMARY KEY, name VARCHAR(200) NOT NULL, kind ${CODE} NOT NULL, inventory TINYINT NOT NULL DEFAULT 0) ${TABLE}`,
  },
  {
    number: 1021,
    sentence: "Accounts that every installation begins with",
    sql: `INSERT IGNORE INTO account (code, name, kind, inventory) VALUES
      ('1400', 'Inventory', 'ASSET', 1), ('1410', 'Inventory in transit', 'ASSET', 1),
      ('2100', 'Goods received not invoiced', 'LIABILITY', 0), ('5000', 'Cost of goods sold', 'EXPENSE', 0),
      ('5900', 'Inventory variances', 'EXPENSE', 0), ('6900', 'Miscellaneous inventory expense', 'EXPENSE', 0)`,
  },
  {
    number: 1022,
    sentence: "Posting rules: what a movement type debits and credits from a date on",
    sql: `CREATE TABLE IF NOT EXISTS posting_rule (
      type ${CODE} NOT NULL, reason_code ${KEY} NOT NULL, valid_from DATE NOT NULL, debit ${KEY} NOT NULL, credit ${KEY} NOT NULL,
      PRIMARY KEY (type, reason_code, valid_from)) ${TABLE}`,
  },
  {
    number: 1023,
    sentence: "Rules that every installation begins with",
    sql: `INSERT IGNORE INTO posting_rule (type, reason_code, valid_from, debit, credit) VALUES
      ('PURCHASE_RECEIPT', '', '1970-01-01', '1400', '2100'), ('MISC_RECEIPT', '', '1970-01-01', '1400', '6900'),
      ('MISC_ISSUE', '', '1970-01-01', '6900', '1400'), ('COUNT_GAIN', '', '1970-01-01', '1400', '5900'),
      ('COUNT_LOSS', '', '1970-01-01', '5900', '1400'), ('SALES_ISSUE', '', '1970-01-01', '5000', '1400')`,
  },
  {
    number: 1024,
    sentence: "Journal entries: one for every movement that moves value",
    sql: `CREATE TABLE IF NOT EXISTS journal_entry (
      id ${ID} NOT NULL PRIMARY KEY, at ${MOMENT} NOT NULL, legal_entity ${KEY} NOT NULL, period ${KEY} NOT NULL, currency ${CODE} NOT NULL,
      movement_id ${ID} NOT NULL, UNIQUE KEY by_movement (movement_id), KEY by_period (period, id)) ${TABLE}`,
  },
  {
    number: 1025,
    sentence: "Journal lines: either a debit or a credit, of one item in one warehouse",
    sql: `CREATE TABLE IF NOT EXISTS journal_line (
      entry_id ${ID} NOT NULL, line_no INT NOT NULL, legal_entity ${KEY} NOT NULL, period ${KEY} NOT NULL, account ${KEY} NOT NULL,
      currency ${CODE} NOT NULL, debit ${AMOUNT} NOT NULL, credit ${AMOUNT} NOT NULL, sku ${KEY} NOT NULL, warehouse ${KEY} NOT NULL, merchant ${KEY} NOT NULL,
      document_type ${KEY} NULL, document_number ${KEY} NULL, document_line ${KEY} NULL,
      PRIMARY KEY (entry_id, line_no), KEY by_period (legal_entity, period, account, currency, debit, credit), KEY by_account (account, entry_id),
      KEY by_merchant (merchant, entry_id),
      CONSTRAINT line_side CHECK (debit >= 0 AND credit >= 0 AND (debit = 0) <> (credit = 0))) ${TABLE}`,
  },
];
