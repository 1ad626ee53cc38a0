import { ID, KEY, TABLE } from "../../../shared/db/kernel.migrations";
import type { Migration } from "../../../shared/db/migrate";

/** Changes to fulfillments after the fact. */
export const changeTables: Migration[] = [
  {
    number: 1320,
    sentence: "Fulfillment orders: whether a person holds it, and the warehouse where the buyer collects it",
    sql: `ALTER TABLE fulfillment_order ADD COLUMN held TINYINT NOT NULL DEFAULT 0, ADD COLUMN pickup_at ${KEY} NULL`,
  },
  {
    number: 1321,
    sentence: "Allocations: when the warehouse is to be told of it; null once it has been",
    sql: "ALTER TABLE allocation ADD COLUMN release_at DATETIME(6) NULL, ADD KEY by_release (release_at, fulfillment_id)",
  },
  {
    number: 1322,
    sentence: "Units that a warehouse was asked to stop and has not answered; without a cancellation they are sourced anew",
    sql: `CREATE TABLE IF NOT EXISTS stop_line (
      allocation_id ${ID} NOT NULL, request_id ${ID} NOT NULL, cancellation_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      sku ${KEY} NOT NULL, units INT NOT NULL, by_house TINYINT NOT NULL DEFAULT 0,
      PRIMARY KEY (allocation_id, request_id, cancellation_id, sku), CONSTRAINT stop_line_units CHECK (units > 0)) ${TABLE}`,
  },
  {
    number: 1323,
    sentence: "Questions that are open in allocation.cancelling, which stop_line takes over",
    sql: `INSERT IGNORE INTO stop_line (allocation_id, request_id, cancellation_id, sku, units)
      SELECT a.id, a.cancelling, a.cancelling, l.sku, l.quantity - l.shipped FROM allocation a JOIN allocation_line l ON l.allocation_id = a.id
      WHERE a.cancelling IS NOT NULL AND l.quantity > l.shipped`,
  },
  {
    number: 1327,
    sentence: "Items of which a warehouse may have less than is allocated there: allocations are to be taken back",
    sql: `CREATE TABLE IF NOT EXISTS overdrawn (warehouse_code ${KEY} NOT NULL, sku ${KEY} NOT NULL, PRIMARY KEY (warehouse_code, sku)) ${TABLE}`,
  },
];

/** By what warehouses are chosen. */
export const sourcingTables: Migration[] = [
  {
    number: 1324,
    sentence: "Warehouses: region and postal code, for addresses that have no coordinates",
    sql: `ALTER TABLE warehouse ADD COLUMN region VARCHAR(100) NULL, ADD COLUMN postal_code VARCHAR(40) NULL`,
  },
  {
    number: 1325,
    sentence: "What a shipment costs, by warehouse, zone and weight; all in one currency",
    sql: `CREATE TABLE IF NOT EXISTS shipping_rate (
      warehouse_code ${KEY} NOT NULL, zone VARCHAR(6) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, up_to_grams INT NOT NULL,
      price DECIMAL(19,6) NOT NULL, currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      PRIMARY KEY (warehouse_code, zone, up_to_grams),
      CONSTRAINT shipping_rate_signs CHECK (up_to_grams > 0 AND price >= 0)) ${TABLE}`,
  },
  {
    number: 1326,
    sentence: "Units of orders that left a warehouse, by day: what days of supply are reckoned by",
    sql: `CREATE TABLE IF NOT EXISTS shipped_daily (
      warehouse_code ${KEY} NOT NULL, sku ${KEY} NOT NULL, day DATE NOT NULL, units BIGINT NOT NULL,
      PRIMARY KEY (warehouse_code, sku, day)) ${TABLE}`,
  },
  {
    number: 1328,
    sentence: "Units of each item that no rule gives away in a warehouse, at most; and warehouses whose positions are to be reckoned again",
    sql: `CREATE TABLE IF NOT EXISTS safety_limit (
      warehouse_code ${KEY} NOT NULL PRIMARY KEY, units INT NOT NULL, due TINYINT NOT NULL DEFAULT 1, after_sku ${KEY} NOT NULL) ${TABLE}`,
  },
  {
    number: 1329,
    sentence: "Stock positions: units that no rule gives away, as sales was told",
    sql: "ALTER TABLE stock_position ADD COLUMN kept INT NOT NULL DEFAULT 0",
  },
  {
    number: 1360,
    sentence: "Work that a change of configuration asks for",
    sql: `CREATE TABLE IF NOT EXISTS due_work (job VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY) ${TABLE}`,
  },
  {
    number: 1361,
    sentence: "How many shipments are to leave a warehouse on a day of its own, where a rule limits them",
    sql: `CREATE TABLE IF NOT EXISTS daily_load (
      warehouse_code ${KEY} NOT NULL, day CHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, shipments INT NOT NULL,
      PRIMARY KEY (warehouse_code, day)) ${TABLE}`,
  },
  {
    number: 1362,
    sentence: "Allocations: the day of a limited warehouse on which it is to leave, and the cut-off by which",
    sql: "ALTER TABLE allocation ADD COLUMN ship_day CHAR(10) CHARACTER SET ascii COLLATE ascii_bin NULL, ADD COLUMN ship_by DATETIME(6) NULL",
  },
];
