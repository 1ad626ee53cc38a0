import { isDuplicate } from "./retry";
import type { Tx } from "./transaction";

/** Rows of one INSERT; larger sets are sent in several. Keeps a statement well below max_allowed_packet. */
const ROWS_A_STATEMENT = 1_000;

/** Inserts rows in one statement per thousand; an absent property is NULL, an object or array becomes JSON text. */
export async function insertRows<Row extends object>(tx: Tx, table: string, rows: Row[], columns: (keyof Row & string)[]): Promise<void> {
  for (let at = 0; at < rows.length; at += ROWS_A_STATEMENT) {
    const values = rows.slice(at, at + ROWS_A_STATEMENT).map((row) => columns.map((column) => toSql(row[column])));
    await tx.store(`INSERT INTO ${table} (${columns.join(", ")}) VALUES ?`, [values], values.length);
  }
}

/** A duplicate that `insertRows` met in one of these tables. */
export const isDuplicateIn = (error: unknown, tables: string[]): boolean =>
  isDuplicate(error) && tables.some((table) => (error as { query?: string }).query?.startsWith(`INSERT INTO ${table} `));

/**
 * Writes back header rows that this transaction has locked: inserts or, where the key exists, sets `changing` columns.
 * Never for ledger tables: the runtime user may only insert there.
 */
export async function writeHeaders<Row extends object>(
  tx: Tx,
  table: string,
  rows: Row[],
  columns: (keyof Row & string)[],
  changing: (keyof Row & string)[],
): Promise<void> {
  for (let at = 0; at < rows.length; at += ROWS_A_STATEMENT) {
    const values = rows.slice(at, at + ROWS_A_STATEMENT).map((row) => columns.map((column) => toSql(row[column])));
    const set = changing.map((column) => `${column} = VALUES(${column})`).join(", ");
    await tx.store(`INSERT INTO ${table} (${columns.join(", ")}) VALUES ? ON DUPLICATE KEY UPDATE ${set}`, [values], values.length);
  }
}

/**
 * Deletes rows by their `id`. Joined from the ids, so that each row is found by its key: with IN, MariaDB scans a small table,
 * and a scan waits for every row that a transaction still holds open.
 */
export async function deleteById(tx: Tx, table: string, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  const given = ids.map(() => "SELECT CONVERT(? USING ascii) COLLATE ascii_bin AS id").join(" UNION ALL ");
  await tx.execute(`DELETE t FROM (${given}) AS given STRAIGHT_JOIN ${table} AS t ON t.id = given.id`, ids);
}

function toSql(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (typeof value === "object" && !(value instanceof Date) && !Buffer.isBuffer(value)) return JSON.stringify(value);
  return value;
}

/** A JSON column's value: MariaDB answers text, MySQL the value. */
export const fromJson = <T>(value: unknown): T => (typeof value === "string" ? JSON.parse(value) : value) as T;
