import type { Migration } from "../../../shared/db/migrate";
import { MOMENT } from "./columns.migrations";

/** Transfers that dispatch releases. */
export const transferMigrations: Migration[] = [
  {
    number: 1300,
    sentence: "Outbound shipments: when a transfer is due where it goes",
    sql: `ALTER TABLE outbound_shipment ADD COLUMN expected_at ${MOMENT} NULL`,
  },
];
