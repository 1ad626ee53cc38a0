import type { LayerMigrations } from "../../../shared/db/migrate";
import { importMigrations } from "./import.migrations";
import { journalMigrations } from "./journal.migrations";
import { ledgerMigrations } from "./ledger.migrations";
import { placeMigrations } from "./place.migrations";
import { shipMigrations } from "./ship.migrations";
import { traceMigrations } from "./trace.migrations";

export const migrations: LayerMigrations = {
  layer: "warehouse",
  migrations: [...placeMigrations, ...ledgerMigrations, ...journalMigrations, ...shipMigrations, ...traceMigrations, ...importMigrations],
  ledgerTables: [
    "movement",
    "movement_line",
    "movement_serial",
    "movement_lot",
    "journal_entry",
    "journal_line",
    "shipment_step",
    "shipment_cancellation",
  ],
};
