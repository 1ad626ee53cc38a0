import { ID, KEY, TABLE } from "../../../shared/db/kernel.migrations";
import type { Migration } from "../../../shared/db/migrate";
import { AMOUNT, CODE, MOMENT } from "./columns.migrations";

/** The physical ledger: movements and their lines are only ever added, the headers are a cache of them. */
export const ledgerMigrations: Migration[] = [
  {
    number: 1010,
    sentence: "Movements: one posted inventory transaction each",
    sql: `CREATE TABLE IF NOT EXISTS movement (
      id ${ID} NOT NULL PRIMARY KEY, type ${CODE} NOT NULL, warehouse ${KEY} NOT NULL, client ${KEY} NOT NULL, merchant ${KEY} NOT NULL,
      occurred_at ${MOMENT} NOT NULL, posted_at ${MOMENT} NOT NULL, posted_by ${KEY} NOT NULL,
      reason VARCHAR(500) NULL, reason_code ${KEY} NOT NULL, supplier ${KEY} NULL, account ${KEY} NULL,
      document_type ${KEY} NULL, document_number ${KEY} NULL, document_line ${KEY} NULL,
      order_ref ${KEY} NULL, shipment_id ${ID} NULL, reversal_of ${ID} NULL,
      KEY by_warehouse (warehouse, id), KEY by_document (document_number, id), KEY by_order (order_ref, id),
      KEY by_shipment (shipment_id, id), KEY by_occurred (occurred_at), UNIQUE KEY reversed_once (reversal_of)) ${TABLE}`,
  },
  {
    number: 1011,
    sentence:
      "Movement lines: signed units and value of one item at one place; seq counts the lines of an item in a warehouse without gaps",
    sql: `CREATE TABLE IF NOT EXISTS movement_line (
      warehouse ${KEY} NOT NULL, sku ${KEY} NOT NULL, seq BIGINT NOT NULL, movement_id ${ID} NOT NULL, line_no INT NOT NULL,
      location ${KEY} NOT NULL, lot ${KEY} NOT NULL, status ${CODE} NOT NULL, pledge ${KEY} NOT NULL,
      quantity INT NOT NULL, unit_cost ${AMOUNT} NULL, value ${AMOUNT} NOT NULL, balance_after INT NOT NULL, occurred_at ${MOMENT} NOT NULL,
      PRIMARY KEY (warehouse, sku, seq), UNIQUE KEY by_movement (movement_id, line_no), KEY by_sku (sku, movement_id),
      CONSTRAINT line_balance CHECK (balance_after >= 0)) ${TABLE}`,
  },
  {
    number: 1012,
    sentence:
      "Header of an item in a warehouse: units and value, the seq of its last line (version) and the version of the last event about it (told)",
    sql: `CREATE TABLE IF NOT EXISTS item_stock (
      warehouse ${KEY} NOT NULL, sku ${KEY} NOT NULL, on_hand INT NOT NULL DEFAULT 0, value ${AMOUNT} NOT NULL DEFAULT 0,
      last_cost ${AMOUNT} NULL, sellable INT NOT NULL DEFAULT 0, allocated INT NOT NULL DEFAULT 0,
      version BIGINT NOT NULL DEFAULT 0, told BIGINT NOT NULL DEFAULT 0,
      PRIMARY KEY (warehouse, sku), KEY by_sku (sku, warehouse),
      CONSTRAINT stock_on_hand CHECK (on_hand >= 0 AND on_hand <= 2000000000),
      CONSTRAINT stock_sellable CHECK (sellable >= 0 AND sellable <= on_hand),
      CONSTRAINT stock_allocated CHECK (allocated >= 0),
      CONSTRAINT stock_value CHECK (value >= 0 AND (on_hand > 0 OR value = 0))) ${TABLE}`,
  },
  {
    number: 1013,
    sentence: "Header of one place: item, location, lot, status and pledge; lot and pledge are empty when there is none",
    sql: `CREATE TABLE IF NOT EXISTS stock_balance (
      warehouse ${KEY} NOT NULL, sku ${KEY} NOT NULL, location ${KEY} NOT NULL, lot ${KEY} NOT NULL, status ${CODE} NOT NULL, pledge ${KEY} NOT NULL,
      quantity INT NOT NULL, allocated INT NOT NULL DEFAULT 0, received_at ${MOMENT} NOT NULL,
      PRIMARY KEY (warehouse, sku, location, lot, status, pledge), KEY by_sku (sku, warehouse),
      CONSTRAINT balance_quantity CHECK (quantity >= 0), CONSTRAINT balance_allocated CHECK (allocated >= 0 AND allocated <= quantity)) ${TABLE}`,
  },
];
