import { ID, KEY, TABLE } from "../../../shared/db/kernel.migrations";
import type { Migration } from "../../../shared/db/migrate";
import { AMOUNT, CODE, MOMENT } from "./columns.migrations";

/** Stock counts: what was to be counted, what was counted, and who decided. */
export const countMigrations: Migration[] = [
  {
    number: 1180,
    sentence: "Stock counts: what they cover, how far their plan is made, and how many of their lines are open or wait for approval",
    sql: `CREATE TABLE IF NOT EXISTS stock_count (
      id ${ID} NOT NULL PRIMARY KEY, warehouse ${KEY} NOT NULL, merchant ${KEY} NOT NULL, status ${CODE} NOT NULL, blind TINYINT NOT NULL,
      tolerance_percent DECIMAL(9,6) NOT NULL, tolerance_value ${AMOUNT} NULL, skus JSON NULL, locations JSON NULL, abc_class ${CODE} NULL,
      planned TINYINT NOT NULL, plan_after JSON NULL, open_lines INT NOT NULL, pending_lines INT NOT NULL,
      created_by ${KEY} NOT NULL, created_at ${MOMENT} NOT NULL, version BIGINT NOT NULL,
      KEY by_warehouse (warehouse, status, id), KEY by_status (status, id), KEY by_plan (planned, id),
      CONSTRAINT count_lines_left CHECK (open_lines >= 0 AND pending_lines >= 0)) ${TABLE}`,
  },
  {
    number: 1181,
    sentence: "Places of a count as they stand: counted is null while a place is open; seq is the item's last line when it was recorded",
    sql: `CREATE TABLE IF NOT EXISTS count_line (
      count_id ${ID} NOT NULL, sku ${KEY} NOT NULL, location ${KEY} NOT NULL, lot ${KEY} NOT NULL, status ${CODE} NOT NULL,
      expected INT NULL, counted INT NULL, variance INT NULL, variance_value ${AMOUNT} NULL, within TINYINT NULL, approved TINYINT NOT NULL DEFAULT 0,
      counted_by ${KEY} NULL, seq BIGINT NULL, lot_expires_on DATE NULL, serials JSON NULL, missing JSON NULL, found JSON NULL,
      PRIMARY KEY (count_id, sku, location, lot, status), KEY by_state (count_id, approved, counted),
      CONSTRAINT count_line_counted CHECK (approved = 0 OR counted IS NOT NULL)) ${TABLE}`,
  },
  {
    number: 1182,
    sentence: "The steps of a count, who took them and when",
    sql: `CREATE TABLE IF NOT EXISTS count_step (
      count_id ${ID} NOT NULL, version BIGINT NOT NULL, action ${CODE} NOT NULL, status ${CODE} NOT NULL, affected INT NOT NULL,
      actor ${KEY} NOT NULL, at ${MOMENT} NOT NULL, PRIMARY KEY (count_id, version)) ${TABLE}`,
  },
  {
    number: 1183,
    sentence: "Every figure that was ever recorded for a place, with the books' at that moment; a recount adds, it never replaces",
    sql: `CREATE TABLE IF NOT EXISTS count_record (
      count_id ${ID} NOT NULL, version BIGINT NOT NULL, sku ${KEY} NOT NULL, location ${KEY} NOT NULL, lot ${KEY} NOT NULL, status ${CODE} NOT NULL,
      expected INT NOT NULL, counted INT NOT NULL, serials JSON NULL, PRIMARY KEY (count_id, version, sku, location, lot, status)) ${TABLE}`,
  },
  {
    number: 1184,
    sentence: "Schedules of cycle counts",
    sql: `CREATE TABLE IF NOT EXISTS count_schedule (
      id ${ID} NOT NULL PRIMARY KEY, warehouse ${KEY} NOT NULL, merchant ${KEY} NOT NULL, every_days INT NOT NULL, abc_class ${CODE} NULL, locations JSON NULL,
      blind TINYINT NOT NULL, tolerance_percent DECIMAL(9,6) NOT NULL, tolerance_value ${AMOUNT} NULL, active TINYINT NOT NULL,
      next_at ${MOMENT} NOT NULL, last_count_id ${ID} NULL, saved_by ${KEY} NOT NULL,
      KEY by_due (active, next_at), KEY by_warehouse (warehouse, id)) ${TABLE}`,
  },
  {
    number: 1185,
    sentence: "ABC classes of a warehouse's items by what was issued of them in a year",
    sql: `CREATE TABLE IF NOT EXISTS abc_class (
      warehouse ${KEY} NOT NULL, sku ${KEY} NOT NULL, class ${CODE} NOT NULL, issued_value ${AMOUNT} NOT NULL, at ${MOMENT} NOT NULL,
      PRIMARY KEY (warehouse, sku), KEY by_class (warehouse, class, sku)) ${TABLE}`,
  },
];
