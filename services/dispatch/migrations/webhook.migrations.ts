import { ID, KEY, TABLE } from "../../../shared/db/kernel.migrations";
import type { Migration } from "../../../shared/db/migrate";

export const webhookTables: Migration[] = [
  {
    number: 1340,
    sentence: "Where what clients are told is sent; position is how far that has been done, failures how often the next was tried",
    sql: `CREATE TABLE IF NOT EXISTS webhook (
      id ${ID} NOT NULL PRIMARY KEY, client ${KEY} NOT NULL, merchant ${KEY} NULL, every_client TINYINT NOT NULL, url VARCHAR(500) NOT NULL,
      secret VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, order_events TINYINT NOT NULL, alerts TINYINT NOT NULL,
      enabled TINYINT NOT NULL, deleted TINYINT NOT NULL DEFAULT 0, position BIGINT NOT NULL, failures INT NOT NULL DEFAULT 0,
      due_at DATETIME(6) NOT NULL, last_error VARCHAR(300) NULL, created_at DATETIME(6) NOT NULL,
      KEY by_client (client, deleted, id), KEY by_due (enabled, deleted, due_at)) ${TABLE}`,
  },
  {
    number: 1341,
    sentence: "What could not be delivered after many tries; replay asks for it again",
    sql: `CREATE TABLE IF NOT EXISTS webhook_dead (
      webhook_id ${ID} NOT NULL, position BIGINT NOT NULL, reason VARCHAR(300) NOT NULL, replay TINYINT NOT NULL DEFAULT 0,
      PRIMARY KEY (webhook_id, position), KEY by_replay (replay, webhook_id, position)) ${TABLE}`,
  },
];
