import { ID, KEY, TABLE } from "../../../shared/db/kernel.migrations";
import type { Migration } from "../../../shared/db/migrate";

const UNITS = "INT NOT NULL DEFAULT 0";

/** Returns that dispatch announced, and what became of the units that came in. */
export const returnMigrations: Migration[] = [
  {
    number: 1310,
    sentence: "Inbound shipments: whether returned units come in exchange for others",
    sql: "ALTER TABLE inbound_shipment ADD COLUMN exchange TINYINT NOT NULL DEFAULT 0",
  },
  {
    number: 1311,
    sentence: "Inbound lines: of what was received, what could be sold at once and what was thrown away at once",
    sql: `ALTER TABLE inbound_line ADD COLUMN restocked ${UNITS}, ADD COLUMN scrapped ${UNITS},
      ADD CONSTRAINT inbound_disposed CHECK (restocked >= 0 AND scrapped >= 0 AND restocked + scrapped <= received)`,
  },
  {
    number: 1312,
    sentence: "Inbound steps: what they restocked and scrapped",
    sql: `ALTER TABLE inbound_step_line ADD COLUMN restocked ${UNITS}, ADD COLUMN scrapped ${UNITS}`,
  },
  {
    number: 1313,
    sentence: "What a return that dispatch announced is to bring, as the customer said",
    sql: `CREATE TABLE IF NOT EXISTS announced_line (
      inbound_id ${ID} NOT NULL, line_no INT NOT NULL, sku ${KEY} NOT NULL, quantity INT NOT NULL, line_ref ${KEY} NULL, shipment_id ${ID} NULL,
      serials JSON NULL, reason VARCHAR(500) NOT NULL, PRIMARY KEY (inbound_id, line_no)) ${TABLE}`,
  },
];
