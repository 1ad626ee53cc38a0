import { KEY, TABLE } from "../../../shared/db/kernel.migrations";
import type { Migration } from "../../../shared/db/migrate";

const CODE = "CHARACTER SET ascii COLLATE ascii_bin NOT NULL";

/** What alerts are raised by, and what the watch looks for. */
export const alertTables: Migration[] = [
  {
    number: 1332,
    sentence: "Alerts: raised by every change, so that what is told of one keeps its order",
    sql: "ALTER TABLE alert ADD COLUMN version INT NOT NULL DEFAULT 1",
  },
  {
    number: 1333,
    sentence: "When alerts are raised, where it is not as the defaults say; state is empty for the whole kind",
    sql: `CREATE TABLE IF NOT EXISTS alert_rule (
      kind VARCHAR(20) ${CODE}, state VARCHAR(60) ${CODE}, enabled TINYINT NOT NULL, limit_seconds INT NULL, PRIMARY KEY (kind, state)) ${TABLE}`,
  },
  {
    number: 1334,
    sentence: "Lots with stock that will expire, as the warehouse layer has told",
    sql: `CREATE TABLE IF NOT EXISTS expiring_lot (
      warehouse_code ${KEY} NOT NULL, sku ${KEY} NOT NULL, lot ${KEY} NOT NULL, expires_on DATE NOT NULL,
      PRIMARY KEY (warehouse_code, sku, lot), KEY by_day (expires_on)) ${TABLE}`,
  },
  {
    number: 1336,
    sentence: "Allocations by how far they are and since when they are on their way",
    sql: "ALTER TABLE allocation ADD KEY by_floor (floor, shipped_at)",
  },
  {
    number: 1337,
    sentence: "What waits by its age",
    sql: "ALTER TABLE waiting ADD KEY by_age (created_at)",
  },
];
