import { KEY, TABLE } from "../../../shared/db/kernel.migrations";
import type { Migration } from "../../../shared/db/migrate";
import { CODE, MOMENT } from "./columns.migrations";

/** The past at a bounded cost: sums of the ledger by month and year, and indexes by when things happened. */
export const asOfMigrations: Migration[] = [
  {
    number: 1150,
    sentence: "Sums of movement lines by the month (M) and the year (Y) in which they occurred; a cache that can be dropped",
    sql: `CREATE TABLE IF NOT EXISTS stock_period (
      warehouse ${KEY} NOT NULL, sku ${KEY} NOT NULL, span CHAR(1) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, starts_on DATE NOT NULL,
      location ${KEY} NOT NULL, lot ${KEY} NOT NULL, status ${CODE} NOT NULL, pledge ${KEY} NOT NULL,
      quantity BIGINT NOT NULL, value DECIMAL(25,6) NOT NULL,
      PRIMARY KEY (warehouse, sku, span, starts_on, location, lot, status, pledge)) ${TABLE}`,
  },
  {
    number: 1151,
    sentence: "How far the lines of an item in a warehouse are in those sums: up to and with this seq",
    sql: `CREATE TABLE IF NOT EXISTS stock_period_mark (
      warehouse ${KEY} NOT NULL, sku ${KEY} NOT NULL, seq BIGINT NOT NULL, PRIMARY KEY (warehouse, sku)) ${TABLE}`,
  },
  {
    number: 1152,
    sentence: "Lines of an item by when they occurred; by_sku gave them in posting order",
    sql: "ALTER TABLE movement_line ADD KEY by_item_time (sku, occurred_at, movement_id), DROP KEY by_sku",
  },
  {
    number: 1153,
    sentence: "Movements of a warehouse, a type and a merchant by when they occurred; by_warehouse gave them in posting order",
    sql: `ALTER TABLE movement ADD KEY by_warehouse_time (warehouse, occurred_at, id), ADD KEY by_type_time (type, occurred_at, id),
      ADD KEY by_merchant_time (merchant, occurred_at, id),
      DROP KEY by_warehouse`,
  },
  {
    number: 1355,
    sentence:
      "Sums of movement lines by place over spans of 1, 2, 4 … weeks, named by the weeks before their end; a cache that can be dropped",
    sql: `CREATE TABLE IF NOT EXISTS stock_span (
      warehouse ${KEY} NOT NULL, node INT NOT NULL, sku ${KEY} NOT NULL,
      location ${KEY} NOT NULL, lot ${KEY} NOT NULL, status ${CODE} NOT NULL, pledge ${KEY} NOT NULL,
      quantity BIGINT NOT NULL, value DECIMAL(25,6) NOT NULL,
      PRIMARY KEY (warehouse, node, sku, location, lot, status, pledge)) ${TABLE}`,
  },
  {
    number: 1356,
    sentence: "The value of a warehouse's movement lines over spans of 1, 2, 4 … hours, named by the hours before their end",
    sql: `CREATE TABLE IF NOT EXISTS value_span (
      warehouse ${KEY} NOT NULL, node INT NOT NULL, value DECIMAL(30,6) NOT NULL, PRIMARY KEY (warehouse, node)) ${TABLE}`,
  },
  {
    number: 1357,
    sentence: "How far the lines of an item in a warehouse are in both: up to and with this seq; and when the first of them occurred",
    sql: `CREATE TABLE IF NOT EXISTS stock_span_mark (
      warehouse ${KEY} NOT NULL, sku ${KEY} NOT NULL, seq BIGINT NOT NULL, first_at ${MOMENT} NOT NULL, PRIMARY KEY (warehouse, sku)) ${TABLE}`,
  },
  {
    number: 1358,
    sentence: "The spans stand in for the sums by month and year",
    sql: "DROP TABLE IF EXISTS stock_period, stock_period_mark",
  },
];
