import { ID, KEY, TABLE } from "../../../shared/db/kernel.migrations";
import type { Migration } from "../../../shared/db/migrate";

const CODE = "CHARACTER SET ascii COLLATE ascii_bin NOT NULL";
const NOTICE = `id ${ID} NOT NULL, at DATETIME(6) NOT NULL, topic VARCHAR(10) ${CODE}, kind VARCHAR(30) ${CODE},
      client ${KEY} NOT NULL, merchant ${KEY} NOT NULL, channel_code ${KEY} NOT NULL, order_ref ${KEY} NOT NULL, body JSON NOT NULL`;

/** What is told to those outside: what happened to orders, and alerts. */
export const noticeTables: Migration[] = [
  {
    number: 1330,
    sentence: "What clients are to be told, committed with its cause and without a position yet",
    sql: `CREATE TABLE IF NOT EXISTS notice_written (${NOTICE}, aggregates JSON NOT NULL, PRIMARY KEY (id)) ${TABLE}`,
  },
  {
    number: 1331,
    sentence: "What clients are told, in one dense order: a cursor into it stays good for ever",
    sql: `CREATE TABLE IF NOT EXISTS notice (
      position BIGINT NOT NULL PRIMARY KEY, ${NOTICE}, KEY by_topic (topic, position), KEY by_client (topic, client, position),
      KEY by_order (topic, order_ref, position), KEY by_channel (topic, channel_code, position)) ${TABLE}`,
  },
];
