import { ID, KEY, TABLE } from "../../../shared/db/kernel.migrations";
import type { Migration } from "../../../shared/db/migrate";
import { AMOUNT, CODE, MOMENT } from "./columns.migrations";

/** Lots, serial numbers, FIFO layers, goods in transit, and what they are booked on. */
export const traceMigrations: Migration[] = [
  {
    number: 1100,
    sentence: "Lots: units of an item that came in together",
    sql: `CREATE TABLE IF NOT EXISTS lot (
      sku ${KEY} NOT NULL, code ${KEY} NOT NULL, expires_on DATE NULL, received_at ${MOMENT} NOT NULL, blocked TINYINT NOT NULL DEFAULT 0,
      PRIMARY KEY (sku, code), KEY by_expiry (expires_on, sku, code)) ${TABLE}`,
  },
  {
    number: 1101,
    sentence: "Serial numbers: where each unit is; warehouse is null when it is not in stock",
    sql: `CREATE TABLE IF NOT EXISTS serial (
      sku ${KEY} NOT NULL, serial ${KEY} NOT NULL, warehouse ${KEY} NULL, location ${KEY} NOT NULL, lot ${KEY} NOT NULL, status ${CODE} NOT NULL,
      pledge ${KEY} NOT NULL, shipment_id ${ID} NULL,
      PRIMARY KEY (sku, serial), KEY by_place (warehouse, sku, location, serial)) ${TABLE}`,
  },
  {
    number: 1102,
    sentence: "The serial numbers of movement lines",
    sql: `CREATE TABLE IF NOT EXISTS movement_serial (
      movement_id ${ID} NOT NULL, line_no INT NOT NULL, sku ${KEY} NOT NULL, serial ${KEY} NOT NULL,
      PRIMARY KEY (movement_id, line_no, serial), KEY by_serial (sku, serial, movement_id)) ${TABLE}`,
  },
  {
    number: 1103,
    sentence: "FIFO: what is left of each receipt; seq is its line's",
    sql: `CREATE TABLE IF NOT EXISTS cost_layer (
      warehouse ${KEY} NOT NULL, sku ${KEY} NOT NULL, seq BIGINT NOT NULL, transit TINYINT NOT NULL, received INT NOT NULL, units INT NOT NULL, value ${AMOUNT} NOT NULL,
      PRIMARY KEY (warehouse, sku, seq), CONSTRAINT layer_left CHECK (units > 0 AND units <= received AND value >= 0)) ${TABLE}`,
  },
  {
    number: 1104,
    sentence: "An item's standard cost in a warehouse, and its units and value on their way there",
    sql: `ALTER TABLE item_stock ADD COLUMN standard_cost ${AMOUNT} NULL, ADD COLUMN transit_units INT NOT NULL DEFAULT 0,
      ADD COLUMN transit_value ${AMOUNT} NOT NULL DEFAULT 0,
      ADD CONSTRAINT stock_transit CHECK (transit_units >= 0 AND transit_units <= on_hand AND transit_value >= 0 AND transit_value <= value)`,
  },
  {
    number: 1105,
    sentence: "Movements say which document of this layer posted them, and what they return or adjust",
    sql: `ALTER TABLE movement ADD COLUMN inbound_id ${ID} NULL, ADD COLUMN count_id ${ID} NULL, ADD COLUMN of_movement ${ID} NULL,
      ADD KEY by_inbound (inbound_id, id), ADD KEY by_count (count_id, id), ADD KEY by_of_movement (of_movement, id)`,
  },
  {
    number: 1106,
    sentence: "Accounts of work in process, transfers and variances",
    sql: `INSERT IGNORE INTO account (code, name, kind, inventory) VALUES
      ('1420', 'Transfer clearing', 'ASSET', 0), ('1500', 'Work in process', 'ASSET', 0), ('5100', 'Purchase price variance', 'EXPENSE', 0),
      ('5110', 'Production variance', 'EXPENSE', 0), ('5120', 'Standard cost revaluation', 'EXPENSE', 0), ('5910', 'Scrapped goods', 'EXPENSE', 0),
      ('5920', 'Losses in transit', 'EXPENSE', 0)`,
  },
  {
    number: 1107,
    sentence: "Posting rules of every type of movement that moves value; reason VARIANCE says where differences go",
    sql: `INSERT IGNORE INTO posting_rule (type, reason_code, valid_from, debit, credit) VALUES
      ('CUSTOMER_RETURN', '', '1970-01-01', '1400', '5000'), ('EXCHANGE_IN', '', '1970-01-01', '1400', '5000'),
      ('PRODUCTION_RECEIPT', '', '1970-01-01', '1400', '1500'), ('SCRAP_RECEIPT', '', '1970-01-01', '1400', '1500'),
      ('TRANSFER_IN', '', '1970-01-01', '1400', '1420'), ('MATERIAL_RETURN', '', '1970-01-01', '1400', '1500'),
      ('SUPPLIER_RETURN', '', '1970-01-01', '2100', '1400'), ('EXCHANGE_OUT', '', '1970-01-01', '5000', '1400'),
      ('MATERIAL_ISSUE', '', '1970-01-01', '1500', '1400'), ('TRANSFER_OUT', '', '1970-01-01', '1420', '1400'),
      ('SCRAP_ISSUE', '', '1970-01-01', '5910', '1400'), ('TRANSFER_LOSS', '', '1970-01-01', '5920', '1410'),
      ('COST_ADJUSTMENT', '', '1970-01-01', '1400', '2100'), ('COST_ADJUSTMENT', 'STANDARD', '1970-01-01', '1400', '5120'),
      ('PURCHASE_RECEIPT', 'VARIANCE', '1970-01-01', '5100', '5100'), ('CUSTOMER_RETURN', 'VARIANCE', '1970-01-01', '5100', '5100'),
      ('EXCHANGE_IN', 'VARIANCE', '1970-01-01', '5100', '5100'), ('PRODUCTION_RECEIPT', 'VARIANCE', '1970-01-01', '5110', '5110'),
      ('SCRAP_RECEIPT', 'VARIANCE', '1970-01-01', '5110', '5110'), ('TRANSFER_IN', 'VARIANCE', '1970-01-01', '5100', '5100'),
      ('MISC_RECEIPT', 'VARIANCE', '1970-01-01', '5100', '5100'), ('COUNT_GAIN', 'VARIANCE', '1970-01-01', '5900', '5900'),
      ('MATERIAL_RETURN', 'VARIANCE', '1970-01-01', '5110', '5110'), ('SUPPLIER_RETURN', 'VARIANCE', '1970-01-01', '5100', '5100'),
      ('COST_ADJUSTMENT', 'VARIANCE', '1970-01-01', '5100', '5100'), ('SALES_ISSUE', 'VARIANCE', '1970-01-01', '5100', '5100'),
      ('EXCHANGE_OUT', 'VARIANCE', '1970-01-01', '5100', '5100'), ('MATERIAL_ISSUE', 'VARIANCE', '1970-01-01', '5110', '5110'),
      ('TRANSFER_OUT', 'VARIANCE', '1970-01-01', '5100', '5100'), ('MISC_ISSUE', 'VARIANCE', '1970-01-01', '5100', '5100'),
      ('COUNT_LOSS', 'VARIANCE', '1970-01-01', '5900', '5900'), ('SCRAP_ISSUE', 'VARIANCE', '1970-01-01', '5100', '5100'),
      ('TRANSFER_LOSS', 'VARIANCE', '1970-01-01', '5100', '5100')`,
  },
  {
    number: 1108,
    sentence: "Where a lot lies is found without reading other lots",
    sql: "ALTER TABLE stock_balance ADD KEY by_lot (sku, lot)",
  },
  {
    number: 1109,
    sentence: "What the other side of a line gave or got, where that is not its value: what returns and reversals go by",
    sql: `ALTER TABLE movement_line ADD COLUMN worth ${AMOUNT} NULL`,
  },
  {
    number: 1110,
    sentence: "The movements of each lot; items without lots write none",
    sql: `CREATE TABLE IF NOT EXISTS movement_lot (
      sku ${KEY} NOT NULL, lot ${KEY} NOT NULL, movement_id ${ID} NOT NULL, PRIMARY KEY (sku, lot, movement_id)) ${TABLE}`,
  },
];
