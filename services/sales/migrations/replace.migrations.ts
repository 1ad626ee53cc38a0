import { ID, KEY, TABLE } from "../../../shared/db/kernel.migrations";
import type { Migration } from "../../../shared/db/migrate";

/** What returns are to be replaced with. */
export const replacements: Migration[] = [
  {
    number: 1310,
    sentence: "Replacements that dispatch wants committed, one for a return: WANTED, WAITING, COMMITTED or WITHDRAWN",
    sql: `CREATE TABLE IF NOT EXISTS replacement (
      return_id ${ID} NOT NULL PRIMARY KEY, reservation_id ${ID} NOT NULL, order_ref ${KEY} NOT NULL, client ${KEY} NOT NULL, merchant ${KEY} NOT NULL,
      channel_code ${KEY} NOT NULL, pool_code ${KEY} NOT NULL, actor ${KEY} NOT NULL,
      status VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, version INT NOT NULL, KEY by_status (status, return_id)) ${TABLE}`,
  },
  {
    number: 1311,
    sentence: "The units of a replacement, item by item",
    sql: `CREATE TABLE IF NOT EXISTS replacement_line (
      return_id ${ID} NOT NULL, sku ${KEY} NOT NULL, quantity INT NOT NULL, PRIMARY KEY (return_id, sku),
      CONSTRAINT replacement_units CHECK (quantity > 0)) ${TABLE}`,
  },
];
