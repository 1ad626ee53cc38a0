import { ID, KEY, TABLE } from "../../../shared/db/kernel.migrations";
import type { Migration } from "../../../shared/db/migrate";
import { AMOUNT, CODE, MOMENT } from "./columns.migrations";

/** Inbound shipments, what was received for them, and what suppliers have invoiced of it. */
export const receiveMigrations: Migration[] = [
  {
    number: 1170,
    sentence: "Inbound shipments; is_open is null once one is closed, so that a document is open once for each kind and warehouse",
    sql: `CREATE TABLE IF NOT EXISTS inbound_shipment (
      id ${ID} NOT NULL PRIMARY KEY, kind ${CODE} NOT NULL, client ${KEY} NOT NULL, merchant ${KEY} NOT NULL,
      document_type ${KEY} NOT NULL, document_number ${KEY} NOT NULL, document_line ${KEY} NULL, supplier ${KEY} NULL, order_ref ${KEY} NULL,
      warehouse ${KEY} NOT NULL, status ${CODE} NOT NULL, expected_at ${MOMENT} NULL, over_receipt_percent DECIMAL(9,4) NOT NULL,
      is_open TINYINT NULL, version BIGINT NOT NULL,
      UNIQUE KEY open_once (document_number, warehouse, kind, document_type, is_open), KEY by_warehouse (warehouse, status, id),
      KEY by_status (status, id), KEY by_order (order_ref, is_open)) ${TABLE}`,
  },
  {
    number: 1171,
    sentence: "What an inbound is to bring, item by item: the header of its steps; most is what the tolerance lets come in or be rejected",
    sql: `CREATE TABLE IF NOT EXISTS inbound_line (
      inbound_id ${ID} NOT NULL, sku ${KEY} NOT NULL, expected INT NOT NULL, received INT NOT NULL, rejected INT NOT NULL, most INT NOT NULL,
      unit_cost ${AMOUNT} NULL, PRIMARY KEY (inbound_id, sku),
      CONSTRAINT inbound_units CHECK (expected > 0 AND received >= 0 AND rejected >= 0 AND received + rejected <= most)) ${TABLE}`,
  },
  {
    number: 1172,
    sentence: "The steps of an inbound, who took them and when",
    sql: `CREATE TABLE IF NOT EXISTS inbound_step (
      inbound_id ${ID} NOT NULL, version BIGINT NOT NULL, status ${CODE} NOT NULL, note VARCHAR(500) NULL, actor ${KEY} NOT NULL, at ${MOMENT} NOT NULL,
      PRIMARY KEY (inbound_id, version)) ${TABLE}`,
  },
  {
    number: 1173,
    sentence: "What each step of an inbound changed in its lines: signed units",
    sql: `CREATE TABLE IF NOT EXISTS inbound_step_line (
      inbound_id ${ID} NOT NULL, version BIGINT NOT NULL, line_no INT NOT NULL, sku ${KEY} NOT NULL,
      expected INT NOT NULL, received INT NOT NULL, rejected INT NOT NULL, reject_reason VARCHAR(500) NULL,
      PRIMARY KEY (inbound_id, version, line_no)) ${TABLE}`,
  },
  {
    number: 1174,
    sentence: "What a supplier has invoiced of a document, item by item in each warehouse; cleared is what it took from goods received",
    sql: `CREATE TABLE IF NOT EXISTS invoice_line (
      document_type ${KEY} NOT NULL, document_number ${KEY} NOT NULL, invoice_number ${KEY} NOT NULL, warehouse ${KEY} NOT NULL, sku ${KEY} NOT NULL,
      units INT NOT NULL, cleared ${AMOUNT} NOT NULL, amount ${AMOUNT} NOT NULL, movement_id ${ID} NOT NULL,
      PRIMARY KEY (document_number, document_type, invoice_number, warehouse, sku), KEY by_movement (movement_id),
      CONSTRAINT invoiced_units CHECK (units > 0)) ${TABLE}`,
  },
  {
    number: 1175,
    sentence: "What is owed to suppliers",
    sql: "INSERT IGNORE INTO account (code, name, kind, inventory) VALUES ('2000', 'Accounts payable', 'LIABILITY', 0)",
  },
  {
    number: 1176,
    sentence: "What a matched invoice and a closed work order move between accounts, beside stock",
    sql: `INSERT IGNORE INTO posting_rule (type, reason_code, valid_from, debit, credit) VALUES
      ('COST_ADJUSTMENT', 'INVOICE', '1970-01-01', '2100', '2000'), ('COST_ADJUSTMENT', 'WORK_ORDER', '1970-01-01', '5110', '1500')`,
  },
  {
    number: 1359,
    sentence: "Credit notes are invoices with a minus; credits names the invoice of theirs, a price that is lowered has no units",
    sql: `ALTER TABLE invoice_line ADD COLUMN credits ${KEY} NULL, DROP CONSTRAINT invoiced_units`,
  },
];
