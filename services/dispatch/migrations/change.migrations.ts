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
];
