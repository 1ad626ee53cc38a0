import { ID, KEY, TABLE } from "../../../shared/db/kernel.migrations";
import type { LayerMigrations } from "../../../shared/db/migrate";
import { cancelling } from "./cancel.migrations";
import { controls } from "./controls.migrations";
import { reads } from "./reads.migrations";
import { levels } from "./level.migrations";
import { moves } from "./move.migrations";
import { transfers } from "./transfer.migrations";
import { pages } from "./page.migrations";
import { safety } from "./safety.migrations";
import { replacements } from "./replace.migrations";

const UNITS = "INT NOT NULL DEFAULT 0";

export const migrations: LayerMigrations = {
  layer: "sales",
  ledgerTables: ["virtual_stock_entry"],
  migrations: [
    {
      number: 1001,
      sentence: "Items that the warehouse layer has told of",
      sql: `CREATE TABLE IF NOT EXISTS item (
        sku ${KEY} NOT NULL PRIMARY KEY, kind VARCHAR(10) NOT NULL, merchant ${KEY} NOT NULL) ${TABLE}`,
    },
    {
      number: 1002,
      sentence: "Pools of sellable stock",
      sql: `CREATE TABLE IF NOT EXISTS pool (
        code ${KEY} NOT NULL PRIMARY KEY, name VARCHAR(200) NOT NULL, version INT NOT NULL) ${TABLE}`,
    },
    {
      number: 1003,
      sentence: "Warehouses and the one pool that each feeds",
      sql: `CREATE TABLE IF NOT EXISTS warehouse (
        code ${KEY} NOT NULL PRIMARY KEY, pool_code ${KEY} NULL, KEY by_pool (pool_code)) ${TABLE}`,
    },
    {
      number: 1004,
      sentence: "What dispatch has told of each warehouse's sellable units, and in which pool they are counted",
      sql: `CREATE TABLE IF NOT EXISTS warehouse_stock (
        warehouse_code ${KEY} NOT NULL, sku ${KEY} NOT NULL, on_hand ${UNITS}, pool_code ${KEY} NOT NULL DEFAULT '',
        PRIMARY KEY (warehouse_code, sku), KEY by_pool (pool_code, sku)) ${TABLE}`,
    },
    {
      number: 1005,
      sentence: "Channels",
      sql: `CREATE TABLE IF NOT EXISTS channel (
        code ${KEY} NOT NULL PRIMARY KEY, name VARCHAR(200) NOT NULL, pool_code ${KEY} NOT NULL,
        max_hold_seconds INT NOT NULL, version INT NOT NULL) ${TABLE}`,
    },
    {
      number: 1006,
      sentence: "Listings: what a channel sells and under which controls",
      sql: `CREATE TABLE IF NOT EXISTS listing (
        channel_code ${KEY} NOT NULL, sku ${KEY} NOT NULL, status VARCHAR(10) NOT NULL,
        starts_at DATETIME(6) NULL, ends_at DATETIME(6) NULL,
        safety_stock ${UNITS}, low_stock_threshold ${UNITS}, max_per_order INT NULL, max_per_customer INT NULL,
        quota_mode VARCHAR(10) NOT NULL DEFAULT 'SHARED', quota_quantity INT NULL, quota_sold ${UNITS},
        preorder_limit ${UNITS}, backorder_limit ${UNITS}, oversell_limit ${UNITS},
        PRIMARY KEY (channel_code, sku), KEY by_sku (sku, channel_code)) ${TABLE}`,
    },
    {
      number: 1007,
      sentence: "Virtual stock: the header figures of one item in one pool",
      sql: `CREATE TABLE IF NOT EXISTS virtual_stock (
        pool_code ${KEY} NOT NULL, sku ${KEY} NOT NULL,
        on_hand ${UNITS}, held ${UNITS}, committed ${UNITS}, frozen ${UNITS}, safety ${UNITS}, fenced ${UNITS}, incoming ${UNITS},
        version BIGINT NOT NULL DEFAULT 0, PRIMARY KEY (pool_code, sku), KEY by_sku (sku, pool_code),
        CONSTRAINT virtual_stock_signs CHECK (held >= 0 AND committed >= 0 AND frozen >= 0 AND safety >= 0 AND fenced >= 0 AND incoming >= 0)) ${TABLE}`,
    },
    {
      number: 1008,
      sentence: "The virtual ledger: every change of a header figure",
      sql: `CREATE TABLE IF NOT EXISTS virtual_stock_entry (
        pool_code ${KEY} NOT NULL, sku ${KEY} NOT NULL, seq BIGINT NOT NULL, at DATETIME(6) NOT NULL,
        cause VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, reference VARCHAR(100) NOT NULL,
        on_hand_delta INT NOT NULL, held_delta INT NOT NULL, committed_delta INT NOT NULL, frozen_delta INT NOT NULL,
        safety_delta INT NOT NULL, fenced_delta INT NOT NULL, incoming_delta INT NOT NULL, available_after INT NOT NULL,
        PRIMARY KEY (pool_code, sku, seq)) ${TABLE}`,
    },
    {
      number: 1009,
      sentence: "Order numbers and the client and channel that first used each",
      sql: `CREATE TABLE IF NOT EXISTS order_number (
        order_ref ${KEY} NOT NULL PRIMARY KEY, client ${KEY} NOT NULL, channel_code ${KEY} NOT NULL) ${TABLE}`,
    },
    {
      number: 1010,
      sentence: "Reservations",
      sql: `CREATE TABLE IF NOT EXISTS reservation (
        id ${ID} NOT NULL PRIMARY KEY, client ${KEY} NOT NULL, merchant ${KEY} NOT NULL, order_ref ${KEY} NOT NULL,
        channel_code ${KEY} NOT NULL, pool_code ${KEY} NOT NULL, customer_ref ${KEY} NULL,
        status VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, created_at DATETIME(6) NOT NULL,
        expires_at DATETIME(6) NULL, confirmed_at DATETIME(6) NULL, version INT NOT NULL,
        KEY by_order (order_ref), KEY by_status (status, expires_at), KEY by_client (client, id)) ${TABLE}`,
    },
    {
      number: 1011,
      sentence: "Reservation lines: what of each is held, committed, fulfilled or released",
      sql: `CREATE TABLE IF NOT EXISTS reservation_line (
        pool_code ${KEY} NOT NULL, sku ${KEY} NOT NULL, reservation_id ${ID} NOT NULL, line_no SMALLINT NOT NULL,
        line_ref ${KEY} NULL, merchant ${KEY} NOT NULL, quantity INT NOT NULL,
        held ${UNITS}, committed ${UNITS}, fulfilled ${UNITS}, released ${UNITS}, held_until DATETIME(6) NULL, promised_at DATETIME(6) NULL,
        PRIMARY KEY (pool_code, sku, reservation_id, line_no), KEY by_reservation (reservation_id, line_no),
        KEY by_deadline (pool_code, sku, held_until),
        CONSTRAINT reservation_line_units CHECK (held >= 0 AND committed >= 0 AND fulfilled >= 0 AND released >= 0
          AND held + committed + fulfilled + released <= quantity)) ${TABLE}`,
    },
    ...controls,
    ...cancelling,
    ...reads,
    ...moves,
    ...replacements,
    ...transfers,
    ...levels,
    ...safety,
    ...pages,
  ],
};
