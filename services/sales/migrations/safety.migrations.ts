import type { Migration } from "../../../shared/db/migrate";

export const safety: Migration[] = [
  {
    number: 1320,
    sentence: "Warehouse stock: units that the sourcing rules keep back there; its pool counts them, except while the warehouse is moved",
    sql: "ALTER TABLE warehouse_stock ADD COLUMN safety INT NOT NULL DEFAULT 0",
  },
];
