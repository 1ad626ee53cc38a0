import type { Reader } from "../../shared/db/database";

/**
 * One limited query for each of several keys, in one statement: a page per parent at the cost of that page, whatever lies
 * behind it. `select` is everything after SELECT, the same for all; `params` are one key's.
 */
export async function eachOf<Row, Key>(
  reader: Reader,
  keys: readonly Key[],
  select: string,
  params: (key: Key) => unknown[],
): Promise<Row[][]> {
  const branches = keys.map((_, i) => `(SELECT ${i} AS parent, ${select})`);
  const rows = await reader.query<Row & { parent: number }>(branches.join(" UNION ALL "), keys.flatMap(params));
  const groups: Row[][] = keys.map(() => []);
  for (const row of rows) groups[row.parent].push(row);
  return groups;
}

/** Fewer keys than MariaDB turns into a subquery (1,000), so that rows are read and locked along the index, in its order. */
const KEYS_A_STATEMENT = 500;

/** One statement for each 500 keys, in their order. */
export async function inParts<Row, Key>(keys: readonly Key[], ask: (some: Key[]) => Promise<Row[]>): Promise<Row[]> {
  const rows: Row[] = [];
  for (let at = 0; at < keys.length; at += KEYS_A_STATEMENT) rows.push(...(await ask(keys.slice(at, at + KEYS_A_STATEMENT))));
  return rows;
}

/** JSON comes as text from MariaDB and as a value from MySQL. */
export const fromJson = <T>(value: unknown): T => (typeof value === "string" ? JSON.parse(value) : value) as T;

/** The database's clock. */
export async function databaseNow(reader: Reader): Promise<Date> {
  const [{ now }] = await reader.query<{ now: Date }>("SELECT NOW(6) AS now");
  return now;
}

/** `WHERE a AND b`, with the parameters of those parts that are wanted. */
export class Conditions {
  private readonly parts: string[] = [];
  readonly params: unknown[] = [];

  /** Adds a part unless its value is absent. */
  add(part: string, value: unknown): this {
    if (value === undefined || value === null) return this;
    this.parts.push(part);
    this.params.push(...(Array.isArray(value) ? value : [value]));
    return this;
  }

  get where(): string {
    return this.parts.length === 0 ? "" : `WHERE ${this.parts.join(" AND ")}`;
  }

  /** The same parts behind a WHERE that already stands. */
  get and(): string {
    return this.parts.map((part) => ` AND ${part}`).join("");
  }
}
