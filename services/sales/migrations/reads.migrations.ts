import { ID, KEY, TABLE } from "../../../shared/db/kernel.migrations";
import type { Migration } from "../../../shared/db/migrate";

/** The order in which availability changes, and what the sequencer of these changes asks. */
export const reads: Migration[] = [
  {
    number: 1060,
    sentence: "What transactions changed for storefronts, committed and not in order yet",
    sql: `CREATE TABLE IF NOT EXISTS availability_note (id ${ID} NOT NULL PRIMARY KEY, changed JSON NOT NULL) ${TABLE}`,
  },
  {
    number: 1061,
    sentence: "The last change of each listed item in each pool, in the order in which followers read",
    sql: `CREATE TABLE IF NOT EXISTS availability_change (
      pool_code ${KEY} NOT NULL, sku ${KEY} NOT NULL, position BIGINT NOT NULL,
      PRIMARY KEY (pool_code, sku), KEY by_position (pool_code, position)) ${TABLE}`,
  },
  {
    number: 1062,
    sentence: "Listings made before are the first changes",
    sql: `INSERT IGNORE INTO availability_change (pool_code, sku, position)
      SELECT pool_code, sku, ROW_NUMBER() OVER (PARTITION BY pool_code ORDER BY sku) FROM (SELECT DISTINCT pool_code, sku FROM listing) AS listed`,
  },
  {
    number: 1063,
    sentence: "Until when listings that open and close by the clock were told",
    sql: `CREATE TABLE IF NOT EXISTS availability_clock (id TINYINT NOT NULL PRIMARY KEY, told_until DATETIME(6) NOT NULL) ${TABLE}`,
  },
  {
    number: 1064,
    sentence: "That clock begins now",
    sql: "INSERT IGNORE INTO availability_clock (id, told_until) VALUES (1, NOW(6))",
  },
  {
    number: 1065,
    sentence: "Listings by when they open and close",
    sql: "ALTER TABLE listing ADD KEY by_start (starts_at), ADD KEY by_end (ends_at)",
  },
  {
    number: 1066,
    sentence: "Which kits an item is part of",
    sql: `CREATE TABLE IF NOT EXISTS kit_component (
      component_sku ${KEY} NOT NULL, kit_sku ${KEY} NOT NULL, PRIMARY KEY (component_sku, kit_sku), KEY by_kit (kit_sku)) ${TABLE}`,
  },
  {
    number: 1067,
    sentence: "The kits that are known",
    sql: `INSERT IGNORE INTO kit_component (component_sku, kit_sku)
      SELECT part.sku, item.sku FROM item, JSON_TABLE(item.components, '$[*]' COLUMNS (sku VARCHAR(64) PATH '$.sku')) AS part
      WHERE item.kind = 'KIT'`,
  },
  {
    number: 1068,
    sentence:
      "The virtual ledger by cause: without it a rare one is looked for in the whole ledger of an item (200,000 lines: 170 ms, with it 1 ms)",
    sql: "ALTER TABLE virtual_stock_entry ADD KEY by_cause (pool_code, sku, cause, seq)",
  },
];
