import { KEY, TABLE } from "../../../shared/db/kernel.migrations";
import type { Migration } from "../../../shared/db/migrate";

export const incomingTables: Migration[] = [
  {
    number: 1270,
    sentence: "What is still to come by each inbound shipment that the warehouse layer has told of; positions' inbound is the sum of it",
    sql: `CREATE TABLE IF NOT EXISTS incoming (
      inbound_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, sku ${KEY} NOT NULL, warehouse_code ${KEY} NOT NULL,
      units INT NOT NULL, expected_at DATETIME(6) NULL,
      PRIMARY KEY (inbound_id, sku), CONSTRAINT incoming_units CHECK (units >= 0)) ${TABLE}`,
  },
  {
    number: 1304,
    sentence: "Which of an item is to come, for those who wait for it",
    sql: "ALTER TABLE incoming ADD KEY by_item (sku, warehouse_code)",
  },
];
