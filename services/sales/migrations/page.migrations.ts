import type { Migration } from "../../../shared/db/migrate";

export const pages: Migration[] = [
  {
    number: 1490,
    sentence:
      "Reservations of a status by id, as they are paged: by deadline, those of a rare status were looked for among all (2 million: 6 s)",
    sql: "ALTER TABLE reservation DROP KEY by_status, ADD KEY by_state (status, id, expires_at)",
  },
];
