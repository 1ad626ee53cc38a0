import { KEY, TABLE } from "../../../shared/db/kernel.migrations";
import type { Migration } from "../../../shared/db/migrate";

const UNITS = "INT NOT NULL DEFAULT 0";

export const positionTables: Migration[] = [
  {
    number: 1020,
    sentence:
      "Stock positions: the header figures of one item in one warehouse; version counts its ledger lines, raised the changes and events",
    sql: `CREATE TABLE IF NOT EXISTS stock_position (
      warehouse_code ${KEY} NOT NULL, sku ${KEY} NOT NULL,
      on_hand ${UNITS}, allocated ${UNITS}, inbound ${UNITS}, backordered ${UNITS},
      version BIGINT NOT NULL DEFAULT 0, raised BIGINT NOT NULL DEFAULT 0,
      PRIMARY KEY (warehouse_code, sku), KEY by_sku (sku, warehouse_code),
      CONSTRAINT stock_position_signs CHECK (allocated >= 0 AND inbound >= 0 AND backordered >= 0)) ${TABLE}`,
  },
  {
    number: 1021,
    sentence: "The position ledger: every change of a header figure",
    sql: `CREATE TABLE IF NOT EXISTS position_entry (
      warehouse_code ${KEY} NOT NULL, sku ${KEY} NOT NULL, seq BIGINT NOT NULL, at DATETIME(6) NOT NULL,
      cause VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, reference VARCHAR(100) NOT NULL,
      on_hand_delta INT NOT NULL, allocated_delta INT NOT NULL, inbound_delta INT NOT NULL, backordered_delta INT NOT NULL,
      PRIMARY KEY (warehouse_code, sku, seq), KEY by_reference (reference)) ${TABLE}`,
  },
  {
    number: 1022,
    sentence: "Open order demand of one item in one pool: confirmed, not shipped and not cancelled",
    sql: `CREATE TABLE IF NOT EXISTS demand (
      pool_code ${KEY} NOT NULL, sku ${KEY} NOT NULL, units BIGINT NOT NULL DEFAULT 0, version BIGINT NOT NULL DEFAULT 0,
      PRIMARY KEY (pool_code, sku), CONSTRAINT demand_sign CHECK (units >= 0)) ${TABLE}`,
  },
  {
    number: 1088,
    sentence: "Whether orders may be allocated in a warehouse, and the last move of it that was decided; who allocates locks it shared",
    sql: `CREATE TABLE IF NOT EXISTS allocation_gate (
      warehouse_code ${KEY} NOT NULL PRIMARY KEY, closed TINYINT NOT NULL DEFAULT 0, move_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL) ${TABLE}`,
  },
];
