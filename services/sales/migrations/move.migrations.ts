import { ID, KEY, TABLE } from "../../../shared/db/kernel.migrations";
import type { Migration } from "../../../shared/db/migrate";

/** Moving a warehouse to another pool. */
export const moves: Migration[] = [
  {
    number: 1080,
    sentence: "Moves of a warehouse from one pool to another, and what dispatch said",
    sql: `CREATE TABLE IF NOT EXISTS warehouse_move (
      id ${ID} NOT NULL PRIMARY KEY, warehouse_code ${KEY} NOT NULL, from_pool ${KEY} NOT NULL, to_pool ${KEY} NOT NULL,
      state VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, because VARCHAR(500) NULL, client ${KEY} NOT NULL,
      asked_at DATETIME(6) NOT NULL, decided_at DATETIME(6) NULL, KEY by_warehouse (warehouse_code, id)) ${TABLE}`,
  },
  {
    number: 1081,
    sentence: "The move that a warehouse is in",
    sql: `ALTER TABLE warehouse ADD COLUMN move_id ${ID} NULL`,
  },
  {
    number: 1082,
    sentence: "A warehouse's units that are set aside in their pool while it is moved",
    sql: "ALTER TABLE warehouse_stock ADD COLUMN set_aside INT NOT NULL DEFAULT 0",
  },
];
