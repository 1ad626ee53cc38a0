import { KEY, TABLE } from "../../../shared/db/kernel.migrations";
import type { Migration } from "../../../shared/db/migrate";

const CODE = "CHARACTER SET ascii COLLATE ascii_bin NOT NULL";

/** What the other layers have told, and the rules by which this one decides. */
export const knownTables: Migration[] = [
  {
    number: 1001,
    sentence: "Items that the warehouse layer has told of",
    sql: `CREATE TABLE IF NOT EXISTS item (
      sku ${KEY} NOT NULL PRIMARY KEY, name VARCHAR(500) NOT NULL, kind VARCHAR(10) ${CODE}, merchant ${KEY} NOT NULL,
      weight_grams INT NULL, components JSON NOT NULL, version BIGINT NOT NULL) ${TABLE}`,
  },
  {
    number: 1002,
    sentence: "Warehouses that the warehouse layer has told of, and where they are",
    sql: `CREATE TABLE IF NOT EXISTS warehouse (
      code ${KEY} NOT NULL PRIMARY KEY, name VARCHAR(500) NOT NULL, country_code VARCHAR(2) NOT NULL,
      latitude DOUBLE NULL, longitude DOUBLE NULL, time_zone VARCHAR(64) NOT NULL, cutoff VARCHAR(8) NULL, version BIGINT NOT NULL) ${TABLE}`,
  },
  {
    number: 1003,
    sentence: "Pools that the sales layer has told of",
    sql: `CREATE TABLE IF NOT EXISTS pool (code ${KEY} NOT NULL PRIMARY KEY, name VARCHAR(500) NOT NULL, version BIGINT NOT NULL) ${TABLE}`,
  },
  {
    number: 1004,
    sentence: "The one pool that each warehouse feeds",
    sql: `CREATE TABLE IF NOT EXISTS pool_warehouse (
      warehouse_code ${KEY} NOT NULL PRIMARY KEY, pool_code ${KEY} NOT NULL, KEY by_pool (pool_code, warehouse_code)) ${TABLE}`,
  },
  {
    number: 1005,
    sentence: "Channels that the sales layer has told of",
    sql: `CREATE TABLE IF NOT EXISTS channel (
      code ${KEY} NOT NULL PRIMARY KEY, name VARCHAR(500) NOT NULL, pool_code ${KEY} NOT NULL, version BIGINT NOT NULL) ${TABLE}`,
  },
  {
    number: 1006,
    sentence: "Sourcing rules, one a channel; the empty channel code is the general rule",
    sql: `CREATE TABLE IF NOT EXISTS sourcing_rule (
      channel_code ${KEY} NOT NULL PRIMARY KEY, strategy VARCHAR(20) ${CODE}, allow_split TINYINT NOT NULL,
      max_shipments INT NULL, version INT NOT NULL, saved_at DATETIME(6) NOT NULL) ${TABLE}`,
  },
  {
    number: 1007,
    sentence: "The warehouses that a sourcing rule names",
    sql: `CREATE TABLE IF NOT EXISTS sourcing_node (
      channel_code ${KEY} NOT NULL, warehouse_code ${KEY} NOT NULL, priority INT NOT NULL, enabled TINYINT NOT NULL,
      daily_capacity INT NULL, safety_stock INT NOT NULL, ships_to JSON NULL, PRIMARY KEY (channel_code, warehouse_code)) ${TABLE}`,
  },
  {
    number: 1008,
    sentence: "Alerts: what a person should look at; open_key allows one unresolved alert a kind and subject",
    sql: `CREATE TABLE IF NOT EXISTS alert (
      id CHAR(36) ${CODE} PRIMARY KEY, kind VARCHAR(20) ${CODE}, severity VARCHAR(10) ${CODE}, status VARCHAR(15) ${CODE},
      subject VARCHAR(200) NOT NULL, message VARCHAR(1000) NOT NULL, raised_at DATETIME(6) NOT NULL,
      acknowledged_by ${KEY} NULL, resolved_at DATETIME(6) NULL, resolved_by ${KEY} NULL, note VARCHAR(500) NULL,
      open_key VARCHAR(230) NULL, UNIQUE KEY one_open (open_key), KEY by_status (status, id), KEY by_kind (kind, id)) ${TABLE}`,
  },
];
