import { ID, TABLE } from "../../../shared/db/kernel.migrations";
import type { Migration } from "../../../shared/db/migrate";

/** What was asked to be cancelled after confirmation. */
export const cancelling: Migration[] = [
  {
    number: 1040,
    sentence: "Reservation lines: units asked to be cancelled and not decided yet",
    sql: "ALTER TABLE reservation_line ADD COLUMN cancelling INT NOT NULL DEFAULT 0",
  },
  {
    number: 1041,
    sentence: "What was asked to be cancelled after confirmation",
    sql: `CREATE TABLE IF NOT EXISTS cancellation (
      id ${ID} NOT NULL PRIMARY KEY, reservation_id ${ID} NOT NULL, requested_at DATETIME(6) NOT NULL, reason VARCHAR(500) NOT NULL,
      outcome VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, KEY by_reservation (reservation_id, id)) ${TABLE}`,
  },
  {
    number: 1042,
    sentence: "Units of each reservation line in a cancellation, and what became of them",
    sql: `CREATE TABLE IF NOT EXISTS cancellation_line (
      cancellation_id ${ID} NOT NULL, line_no SMALLINT NOT NULL, quantity INT NOT NULL, stopped INT NOT NULL DEFAULT 0,
      too_late INT NOT NULL DEFAULT 0, PRIMARY KEY (cancellation_id, line_no),
      CONSTRAINT cancellation_line_units CHECK (quantity > 0 AND stopped >= 0 AND too_late >= 0 AND stopped + too_late <= quantity)) ${TABLE}`,
  },
];
