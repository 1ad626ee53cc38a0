import { KEY, TABLE } from "../../../shared/db/kernel.migrations";
import type { Migration } from "../../../shared/db/migrate";

export const levels: Migration[] = [
  {
    number: 1330,
    sentence: "What was told last of how much a channel has of an item: OK, LOW or OUT",
    sql: `CREATE TABLE IF NOT EXISTS stock_level (
      channel_code ${KEY} NOT NULL, sku ${KEY} NOT NULL, level VARCHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, version INT NOT NULL,
      PRIMARY KEY (channel_code, sku)) ${TABLE}`,
  },
  {
    number: 1331,
    sentence: "Items that were told to be promised beyond their stock, until that is over",
    sql: `CREATE TABLE IF NOT EXISTS oversold (pool_code ${KEY} NOT NULL, sku ${KEY} NOT NULL, PRIMARY KEY (pool_code, sku)) ${TABLE}`,
  },
];
