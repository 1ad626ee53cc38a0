import { KEY, TABLE } from "../../../shared/db/kernel.migrations";
import type { Migration } from "../../../shared/db/migrate";

export const expiryMigrations: Migration[] = [
  {
    number: 1330,
    sentence: "Lots of which was told that they will expire with stock; there is 0 once they were told to do so no more",
    sql: `CREATE TABLE IF NOT EXISTS expiring_lot (
      warehouse ${KEY} NOT NULL, sku ${KEY} NOT NULL, lot ${KEY} NOT NULL, expires_on DATE NOT NULL, there TINYINT NOT NULL, version INT NOT NULL,
      PRIMARY KEY (warehouse, sku, lot), KEY by_presence (there, warehouse, sku, lot)) ${TABLE}`,
  },
];
