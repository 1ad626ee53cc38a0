import { ID, KEY, TABLE } from "../../../shared/db/kernel.migrations";
import type { Migration } from "../../../shared/db/migrate";

export const transfers: Migration[] = [
  {
    number: 1300,
    sentence: "Units that are set aside (frozen) in a pool for transfers, and have not left",
    sql: `CREATE TABLE IF NOT EXISTS transfer_stock (
      transfer_id ${ID} NOT NULL, sku ${KEY} NOT NULL, warehouse_code ${KEY} NOT NULL, pool_code ${KEY} NOT NULL, units INT NOT NULL,
      PRIMARY KEY (transfer_id, sku), KEY by_pool (pool_code, sku), CONSTRAINT transfer_units CHECK (units >= 0)) ${TABLE}`,
  },
];
