import { KEY, TABLE } from "../../../shared/db/kernel.migrations";
import type { Migration } from "../../../shared/db/migrate";
import { AMOUNT, CODE, MOMENT } from "./columns.migrations";

/** What is stored, whose it is and where it may lie. */
export const placeMigrations: Migration[] = [
  {
    number: 1000,
    sentence: "Merchants: whose goods they are",
    sql: `CREATE TABLE IF NOT EXISTS merchant (
      code ${KEY} NOT NULL PRIMARY KEY, name VARCHAR(200) NOT NULL, ownership ${CODE} NOT NULL,
      CONSTRAINT merchant_ownership CHECK (ownership IN ('OWNED', 'CONSIGNED'))) ${TABLE}`,
  },
  {
    number: 1001,
    sentence: "The house itself is a merchant",
    sql: "INSERT IGNORE INTO merchant (code, name, ownership) VALUES ('SELF', 'Own goods', 'OWNED')",
  },
  {
    number: 1002,
    sentence: "The item master",
    sql: `CREATE TABLE IF NOT EXISTS item (
      sku ${KEY} NOT NULL PRIMARY KEY, name VARCHAR(200) NOT NULL, merchant ${KEY} NOT NULL, kind ${CODE} NOT NULL,
      components JSON NOT NULL, unit VARCHAR(32) NOT NULL, units JSON NOT NULL, weight_grams INT NULL,
      min_shelf_life_days INT NOT NULL, tracking ${CODE} NOT NULL, costing_method ${CODE} NOT NULL,
      standard_cost ${AMOUNT} NULL, version BIGINT NOT NULL, KEY by_merchant (merchant, sku), KEY by_name (name, sku)) ${TABLE}`,
  },
  {
    number: 1003,
    sentence: "Barcodes: one item and unit each",
    sql: `CREATE TABLE IF NOT EXISTS barcode (
      gtin ${KEY} NOT NULL PRIMARY KEY, sku ${KEY} NOT NULL, unit VARCHAR(32) NOT NULL, KEY by_sku (sku, gtin)) ${TABLE}`,
  },
  {
    number: 1004,
    sentence: "Warehouses",
    sql: `CREATE TABLE IF NOT EXISTS warehouse (
      code ${KEY} NOT NULL PRIMARY KEY, name VARCHAR(200) NOT NULL, currency ${CODE} NOT NULL, legal_entity ${KEY} NOT NULL,
      time_zone VARCHAR(64) NOT NULL, cutoff ${CODE} NULL, address JSON NOT NULL, version BIGINT NOT NULL) ${TABLE}`,
  },
  {
    number: 1005,
    sentence: "Locations; a location keeps its kind, because sellable figures depend on it",
    sql: `CREATE TABLE IF NOT EXISTS location (
      warehouse ${KEY} NOT NULL, code ${KEY} NOT NULL, kind ${CODE} NOT NULL, created_at ${MOMENT} NOT NULL,
      PRIMARY KEY (warehouse, code)) ${TABLE}`,
  },
];
