/** What one reservation of one line writes, and by which column a row of it is told from another's. */
const TABLES = {
  idempotency: "idempotency_key",
  order_number: "order_ref",
  reservation: "id",
  reservation_line: "reservation_id",
  virtual_stock_entry: "seq",
} as const;
export type BareTable = keyof typeof TABLES;
export const BARE_TABLES = Object.entries(TABLES) as [BareTable, string][];

export const BARE_SCHEMA = [
  "DROP DATABASE IF EXISTS strata_bare",
  "CREATE DATABASE strata_bare",
  ...[...Object.keys(TABLES), "virtual_stock"].map((table) => `CREATE TABLE strata_bare.${table} LIKE strata_sales.${table}`),
];
export const COPY_HEADER = "INSERT INTO strata_bare.virtual_stock SELECT * FROM strata_sales.virtual_stock WHERE sku = ?";
export const DROP_BARE = "DROP DATABASE strata_bare";
export const anyRowOf = (table: BareTable): string => `SELECT * FROM strata_sales.${table} LIMIT 1`;
export const insertInto = (table: BareTable, columns: string[]): string =>
  `INSERT INTO strata_bare.${table} (${columns.join(", ")}) VALUES ?`;
export const LOCK_HEADER = "SELECT * FROM strata_bare.virtual_stock WHERE sku = ? FOR UPDATE";
export const MOVE_HEADER = "UPDATE strata_bare.virtual_stock SET held = held + ?, version = version + ? WHERE sku = ?";
