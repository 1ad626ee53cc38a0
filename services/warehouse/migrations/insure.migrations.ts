import { ID, KEY, TABLE } from "../../../shared/db/kernel.migrations";
import type { Migration } from "../../../shared/db/migrate";
import { AMOUNT } from "./columns.migrations";

/** What lenders and insurers ask for. */
export const insureMigrations: Migration[] = [
  {
    number: 1190,
    sentence: "Items in warehouses of which units were ever pledged, by pledge",
    sql: `CREATE TABLE IF NOT EXISTS pledged_item (
      pledge ${KEY} NOT NULL, warehouse ${KEY} NOT NULL, sku ${KEY} NOT NULL, PRIMARY KEY (pledge, warehouse, sku)) ${TABLE}`,
  },
  {
    number: 1191,
    sentence: "Insurance policies of warehouses",
    sql: `CREATE TABLE IF NOT EXISTS insurance_policy (
      id ${ID} NOT NULL PRIMARY KEY, warehouse ${KEY} NOT NULL, policy_number ${KEY} NOT NULL, insured_sum ${AMOUNT} NOT NULL, starts_on DATE NOT NULL,
      ends_before DATE NOT NULL, UNIQUE KEY one_number (warehouse, policy_number),
      CONSTRAINT policy_dates CHECK (ends_before > starts_on), CONSTRAINT policy_sum CHECK (insured_sum > 0)) ${TABLE}`,
  },
  {
    number: 1192,
    sentence: "What was told last of each insured warehouse",
    sql: `CREATE TABLE IF NOT EXISTS insurance_watch (
      warehouse ${KEY} NOT NULL PRIMARY KEY, uninsured TINYINT NOT NULL, version BIGINT NOT NULL) ${TABLE}`,
  },
];
