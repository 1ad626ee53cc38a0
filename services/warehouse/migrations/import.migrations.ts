import { ID, KEY, TABLE } from "../../../shared/db/kernel.migrations";
import type { Migration } from "../../../shared/db/migrate";
import { CODE, MOMENT } from "./columns.migrations";

/** What was handed in through the transaction interface, and what became of it. */
export const importMigrations: Migration[] = [
  {
    number: 1160,
    sentence: "Batches that were handed in; one that was only tried has no reference",
    sql: `CREATE TABLE IF NOT EXISTS import_batch (
      id ${ID} NOT NULL PRIMARY KEY, client ${KEY} NOT NULL, merchant ${KEY} NOT NULL, source ${KEY} NOT NULL, batch_ref ${KEY} NULL,
      input_hash BINARY(32) NOT NULL, policy ${CODE} NOT NULL, status ${CODE} NOT NULL, total INT NOT NULL, posted INT NOT NULL, failed INT NOT NULL,
      created_at ${MOMENT} NOT NULL, worked_at ${MOMENT} NOT NULL,
      UNIQUE KEY by_ref (client, source, batch_ref), KEY by_status (status, worked_at),
      CONSTRAINT import_counts CHECK (posted >= 0 AND failed >= 0 AND posted + failed <= total)) ${TABLE}`,
  },
  {
    number: 1161,
    sentence: "The rows of batches: as they were handed in, and posted as which movement or failed for which reason",
    sql: `CREATE TABLE IF NOT EXISTS import_row (
      batch_id ${ID} NOT NULL, row_no INT NOT NULL, state ${CODE} NOT NULL, movement MEDIUMTEXT NULL, movement_id ${ID} NULL,
      code ${CODE} NULL, message VARCHAR(1000) NULL, field VARCHAR(500) NULL, PRIMARY KEY (batch_id, row_no)) ${TABLE}`,
  },
  {
    number: 1360,
    sentence: "When the rows of a batch were removed, and an index of the batches whose rows are there by their last work",
    sql: `ALTER TABLE import_batch ADD COLUMN pruned_at ${MOMENT} NULL, ADD KEY by_pruned (pruned_at, status, worked_at)`,
  },
];
