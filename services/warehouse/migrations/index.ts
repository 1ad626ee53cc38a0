import type { LayerMigrations } from "../../../shared/db/migrate";
import { asOfMigrations } from "./as-of.migrations";
import { insureMigrations } from "./insure.migrations";

import { countMigrations } from "./count.migrations";
import { expiryMigrations } from "./expiry.migrations";
import { importMigrations } from "./import.migrations";
import { journalMigrations } from "./journal.migrations";
import { ledgerMigrations } from "./ledger.migrations";
import { periodMigrations } from "./period.migrations";
import { placeMigrations } from "./place.migrations";
import { receiveMigrations } from "./receive.migrations";
import { returnMigrations } from "./return.migrations";
import { shipMigrations } from "./ship.migrations";
import { transferMigrations } from "./transfer.migrations";
import { traceMigrations } from "./trace.migrations";

export const migrations: LayerMigrations = {
  layer: "warehouse",
  migrations: [
    ...placeMigrations,
    ...ledgerMigrations,
    ...journalMigrations,
    ...shipMigrations,
    ...traceMigrations,
    ...asOfMigrations,
    ...periodMigrations,
    ...insureMigrations,
    ...countMigrations,
    ...receiveMigrations,
    ...returnMigrations,
    ...transferMigrations,
    ...importMigrations,
    ...expiryMigrations,
  ],
  ledgerTables: [
    "movement",
    "movement_line",
    "movement_serial",
    "movement_lot",
    "journal_entry",
    "journal_line",
    "shipment_step",
    "shipment_cancellation",
    "period_step",
    "journal_export",
    "journal_export_entry",
    "journal_export_line",
    "count_step",
    "count_record",
    "inbound_step",
    "inbound_step_line",
    "announced_line",
    "invoice_line",
  ],
};
