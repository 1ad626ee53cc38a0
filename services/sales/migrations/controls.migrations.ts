import { ID, KEY, TABLE } from "../../../shared/db/kernel.migrations";
import type { Migration } from "../../../shared/db/migrate";

/** Sale controls, kits, operators' adjustments and incoming stock. */
export const controls: Migration[] = [
  {
    number: 1012,
    sentence: "A listing's pool, its sale, and what of its fence is left",
    sql: `ALTER TABLE listing ADD COLUMN pool_code ${KEY} NOT NULL DEFAULT '', ADD COLUMN generation INT NOT NULL DEFAULT 0,
      ADD COLUMN fenced INT NOT NULL DEFAULT 0, ADD COLUMN fenced_at DATETIME(6) NULL`,
  },
  {
    number: 1013,
    sentence: "The pool of listings made before",
    sql: "UPDATE listing l JOIN channel c ON c.code = l.channel_code SET l.pool_code = c.pool_code WHERE l.pool_code = ''",
  },
  {
    number: 1014,
    sentence: "Whose a reservation line is, which sale it counts in, and the kit it is part of",
    sql: `ALTER TABLE reservation_line ADD COLUMN channel_code ${KEY} NOT NULL DEFAULT '', ADD COLUMN customer_ref ${KEY} NULL,
      ADD COLUMN generation INT NOT NULL DEFAULT 0, ADD COLUMN stocked TINYINT NOT NULL DEFAULT 1,
      ADD COLUMN kit_sku ${KEY} NULL, ADD COLUMN kit_line SMALLINT NULL, ADD COLUMN per_kit INT NOT NULL DEFAULT 1,
      ADD KEY by_customer (pool_code, sku, customer_ref)`,
  },
  {
    number: 1015,
    sentence: "How far below zero a ledger line was allowed to take what is available; its reference as a key",
    sql: "ALTER TABLE virtual_stock_entry ADD COLUMN permitted INT NOT NULL DEFAULT 0, ADD KEY by_reference (pool_code, sku, reference, seq)",
  },
  { number: 1016, sentence: "What a kit is made of", sql: "ALTER TABLE item ADD COLUMN components JSON NULL" },
  {
    number: 1017,
    sentence: "Operators' adjustments: what was frozen or given back, by whom and why",
    sql: `CREATE TABLE IF NOT EXISTS adjustment (
      id ${ID} NOT NULL PRIMARY KEY, pool_code ${KEY} NOT NULL, sku ${KEY} NOT NULL, frozen_delta INT NOT NULL,
      reason VARCHAR(500) NOT NULL, document ${KEY} NULL, client ${KEY} NOT NULL, at DATETIME(6) NOT NULL) ${TABLE}`,
  },
  {
    number: 1018,
    sentence: "What is on its way to a warehouse, by document",
    sql: `CREATE TABLE IF NOT EXISTS incoming_stock (
      warehouse_code ${KEY} NOT NULL, sku ${KEY} NOT NULL, document ${KEY} NOT NULL, units INT NOT NULL, expected_at DATETIME(6) NULL,
      pool_code ${KEY} NOT NULL DEFAULT '', PRIMARY KEY (warehouse_code, sku, document), KEY by_pool (pool_code, sku, expected_at)) ${TABLE}`,
  },
];
