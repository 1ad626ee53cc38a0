import type { Migration } from "./migrate";

/** Ids are ascii: a third of the space, and byte order is the order of time. */
export const ID = "CHAR(36) CHARACTER SET ascii COLLATE ascii_bin";
/** Business keys, codes and references: compared byte by byte. */
export const KEY = "VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
export const TABLE = "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin";

/** What every layer's schema has: the outbox and its feed, leases, positions of what it reads, idempotency keys. */
export const kernelMigrations: Migration[] = [
  {
    number: 1,
    sentence: "Leases for work with one owner",
    sql: `CREATE TABLE IF NOT EXISTS lease (
      name VARCHAR(64) NOT NULL PRIMARY KEY, owner VARCHAR(36) NOT NULL, epoch BIGINT NOT NULL, expires_at DATETIME(6) NOT NULL) ${TABLE}`,
  },
  {
    number: 2,
    sentence: "The outbox: events that are committed and have no position yet",
    sql: `CREATE TABLE IF NOT EXISTS outbox (
      id ${ID} NOT NULL PRIMARY KEY, at DATETIME(6) NOT NULL, type VARCHAR(64) NOT NULL, aggregates JSON NOT NULL,
      client ${KEY} NOT NULL, merchant ${KEY} NOT NULL, body JSON NOT NULL) ${TABLE}`,
  },
  {
    number: 3,
    sentence: "The feed: events in their dense order, what other layers read",
    sql: `CREATE TABLE IF NOT EXISTS feed (
      position BIGINT NOT NULL PRIMARY KEY, id ${ID} NOT NULL, at DATETIME(6) NOT NULL, type VARCHAR(64) NOT NULL,
      aggregates JSON NOT NULL, client ${KEY} NOT NULL, merchant ${KEY} NOT NULL, body JSON NOT NULL) ${TABLE}`,
  },
  {
    number: 4,
    sentence: "How far this layer has read each feed",
    sql: `CREATE TABLE IF NOT EXISTS feed_position (source VARCHAR(32) NOT NULL PRIMARY KEY, position BIGINT NOT NULL) ${TABLE}`,
  },
  {
    number: 5,
    sentence: "Events set aside because they cannot be applied",
    sql: `CREATE TABLE IF NOT EXISTS parked_event (
      source VARCHAR(32) NOT NULL, position BIGINT NOT NULL, event JSON NOT NULL, reason VARCHAR(500) NOT NULL,
      parked_at DATETIME(6) NOT NULL, PRIMARY KEY (source, position)) ${TABLE}`,
  },
  {
    number: 6,
    sentence: "The aggregates that wait behind a parked event",
    sql: `CREATE TABLE IF NOT EXISTS parked_key (
      source VARCHAR(32) NOT NULL, aggregate VARCHAR(200) NOT NULL, position BIGINT NOT NULL,
      PRIMARY KEY (source, aggregate, position)) ${TABLE}`,
  },
  {
    number: 7,
    sentence: "Idempotency keys, committed with their effect",
    sql: `CREATE TABLE IF NOT EXISTS idempotency (
      client ${KEY} NOT NULL, mutation VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      idempotency_key VARCHAR(200) NOT NULL, input_hash BINARY(32) NOT NULL,
      entity_id VARCHAR(200) NOT NULL, created_at DATETIME(6) NOT NULL,
      PRIMARY KEY (client, mutation, idempotency_key), KEY by_age (created_at)) ${TABLE}`,
  },
  {
    number: 8,
    sentence: "How far reconciliation has found all well",
    sql: `CREATE TABLE IF NOT EXISTS reconcile_mark (
      name VARCHAR(200) NOT NULL PRIMARY KEY, mark JSON NOT NULL, checked_at DATETIME(6) NOT NULL) ${TABLE}`,
  },
  {
    number: 9,
    sentence: "Differences between layers, found by comparing a checkpoint",
    sql: `CREATE TABLE IF NOT EXISTS checkpoint_result (
      check_id ${ID} NOT NULL, subject VARCHAR(200) NOT NULL, told BIGINT NOT NULL, found BIGINT NOT NULL,
      compared_at DATETIME(6) NOT NULL, PRIMARY KEY (check_id, subject)) ${TABLE}`,
  },
  {
    number: 10,
    sentence: "How often a parked event has failed; 0: it only waits behind one that has",
    sql: "ALTER TABLE parked_event ADD COLUMN tries INT NOT NULL DEFAULT 0",
  },
  {
    number: 11,
    sentence: "How far each reader of this layer's feed has come: what it has not taken is kept",
    sql: `CREATE TABLE IF NOT EXISTS feed_reader (
      reader VARCHAR(32) NOT NULL PRIMARY KEY, position BIGINT NOT NULL, read_at DATETIME(6) NOT NULL) ${TABLE}`,
  },
];
