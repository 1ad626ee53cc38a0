import type { Reader } from "../../../shared/db/database";
import { lockRows } from "../../../shared/db/lock-order";
import { insertRows, writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import { Conditions, eachOf, fromJson } from "../each.sql";
import type { AbcClass, CountStatus, StockStatus } from "../enums";

export interface CountRow {
  id: string;
  warehouseCode: string;
  /** Whose items alone; empty: everybody's. */
  merchant: string;
  status: CountStatus;
  blind: boolean;
  tolerancePercent: number;
  toleranceValue: string | null;
  skus: string[] | null;
  locations: string[] | null;
  abcClass: AbcClass | null;
  /** Whether every place that held units has its line. */
  planned: boolean;
  /** The last place that the plan has reached. */
  planAfter: string[] | null;
  openLines: number;
  pendingLines: number;
  createdBy: string;
  createdAt: Date;
  version: number;
}

/** A place that is counted: units of all pledges together. */
export interface CountPlace {
  sku: string;
  location: string;
  lot: string;
  status: StockStatus;
}

export interface CountLineRow extends CountPlace {
  countId: string;
  expected: number | null;
  counted: number | null;
  variance: number | null;
  varianceValue: string | null;
  within: boolean | null;
  approved: boolean;
  countedBy: string | null;
  seq: number | null;
  lotExpiresOn: string | null;
  serials: string[] | null;
  missing: string[] | null;
  found: string[] | null;
}

const COUNT = `id, warehouse AS warehouseCode, merchant, status, blind, tolerance_percent AS tolerancePercent, tolerance_value AS toleranceValue, skus, locations,
  abc_class AS abcClass, planned, plan_after AS planAfter, open_lines AS openLines, pending_lines AS pendingLines, created_by AS createdBy,
  created_at AS createdAt, version FROM stock_count`;
const LINE = `count_id AS countId, sku, location, lot, status, expected, counted, variance, variance_value AS varianceValue, within, approved,
  counted_by AS countedBy, seq, DATE_FORMAT(lot_expires_on, '%Y-%m-%d') AS lotExpiresOn, serials, missing, found FROM count_line`;
const PLACE = ["sku", "location", "lot", "status"] as const;

type Stored = Record<string, never>;

const parsed = <T>(value: unknown): T | null => (value === null ? null : fromJson<T>(value));

const countRow = (row: Stored): CountRow => ({
  ...(row as unknown as CountRow),
  blind: row.blind === 1,
  planned: row.planned === 1,
  tolerancePercent: Number(row.tolerancePercent),
  skus: parsed(row.skus),
  locations: parsed(row.locations),
  planAfter: parsed(row.planAfter),
  version: Number(row.version),
});

const lineRow = (row: Stored): CountLineRow => ({
  ...(row as unknown as CountLineRow),
  within: row.within === null ? null : row.within === 1,
  approved: row.approved === 1,
  seq: row.seq === null ? null : Number(row.seq),
  serials: parsed(row.serials),
  missing: parsed(row.missing),
  found: parsed(row.found),
});

export const countPlaceKey = (place: CountPlace): string => JSON.stringify(PLACE.map((column) => place[column]));

/** Primary key. */
export const readCounts = async (reader: Reader, ids: readonly string[]): Promise<CountRow[]> =>
  (await reader.query<Stored>(`SELECT ${COUNT} WHERE id IN (?)`, [ids])).map(countRow);

export async function lockCountRow(tx: Tx, id: string): Promise<CountRow | undefined> {
  const [row] = await lockRows<Stored>(tx, "document", `SELECT ${COUNT} WHERE id = ? LIMIT 1 FOR UPDATE`, [id]);
  return row && countRow(row);
}

export interface CountFilter {
  warehouse?: string;
  status?: CountStatus;
  merchant?: string;
  after?: unknown;
}

/** A page, newest first. Index by_warehouse, by_status or the primary key. */
export async function listCounts(reader: Reader, { warehouse, status, merchant, after }: CountFilter, limit: number): Promise<CountRow[]> {
  const wanted = new Conditions()
    .add("warehouse = ?", warehouse)
    .add("status = ?", status)
    .add("merchant = ?", merchant)
    .add("id < ?", after);
  return (await reader.query<Stored>(`SELECT ${COUNT} ${wanted.where} ORDER BY id DESC LIMIT ?`, [...wanted.params, limit])).map(countRow);
}

export const insertCount = (tx: Tx, row: CountRow): Promise<void> =>
  insertRows(
    tx,
    "stock_count",
    [
      {
        id: row.id,
        warehouse: row.warehouseCode,
        merchant: row.merchant,
        status: row.status,
        blind: row.blind ? 1 : 0,
        tolerance_percent: row.tolerancePercent,
        tolerance_value: row.toleranceValue,
        skus: row.skus,
        locations: row.locations,
        abc_class: row.abcClass,
        planned: row.planned ? 1 : 0,
        plan_after: row.planAfter,
        open_lines: row.openLines,
        pending_lines: row.pendingLines,
        created_by: row.createdBy,
        created_at: row.createdAt,
        version: row.version,
      },
    ],
    [
      ...(["id", "warehouse", "merchant", "status", "blind", "tolerance_percent", "tolerance_value", "skus", "locations"] as const),
      ...(["abc_class", "planned", "plan_after", "open_lines", "pending_lines", "created_by", "created_at", "version"] as const),
    ],
  );

/** Writes back what changes of a count that is locked. */
export const saveCountRow = (tx: Tx, { id, status, planned, planAfter, openLines, pendingLines, version }: CountRow): Promise<unknown> =>
  tx.execute(
    "UPDATE stock_count SET status = ?, planned = ?, plan_after = ?, open_lines = ?, pending_lines = ?, version = ? WHERE id = ?",
    [status, planned ? 1 : 0, planAfter && JSON.stringify(planAfter), openLines, pendingLines, version, id],
  );

/** (a, b) > (x, y) written out, because neither server uses an index for the short form everywhere. */
function further(after: (string | number)[] | null | undefined, table = ""): [string, unknown[] | undefined] {
  if (!after) return ["", undefined];
  const parts = PLACE.map(
    (column, i) => `(${[...PLACE.slice(0, i).map((same) => `${table}${same} = ?`), `${table}${column} > ?`].join(" AND ")})`,
  );
  return [`(${parts.join(" OR ")})`, PLACE.flatMap((_, i) => after.slice(0, i + 1))];
}

/** A page of each count's lines. Primary key range. */
export async function linesOfCounts(
  reader: Reader,
  ids: readonly string[],
  after: (string | number)[] | undefined,
  limit: number,
): Promise<CountLineRow[][]> {
  const wanted = new Conditions().add(...further(after));
  const select = `${LINE} WHERE count_id = ?${wanted.and} ORDER BY ${PLACE.join(", ")} LIMIT ?`;
  const groups = await eachOf<Stored, string>(reader, ids, select, (id) => [id, ...wanted.params, limit]);
  return groups.map((rows) => rows.map(lineRow));
}

/** All lines of some items; the count is locked, so they stay. Primary key ranges. */
export async function linesOfItems(reader: Reader, countId: string, skus: string[]): Promise<CountLineRow[]> {
  if (skus.length === 0) return [];
  return (await reader.query<Stored>(`SELECT ${LINE} WHERE count_id = ? AND sku IN (?)`, [countId, skus])).map(lineRow);
}

/** Lines that are counted and not approved, in order. Index by_state. */
export const pendingLines = async (reader: Reader, countId: string, limit: number): Promise<CountLineRow[]> =>
  (
    await reader.query<Stored>(
      `SELECT ${LINE} WHERE count_id = ? AND approved = 0 AND counted IS NOT NULL ORDER BY ${PLACE.join(", ")} LIMIT ?`,
      [countId, limit],
    )
  ).map(lineRow);

/** Places that nobody has counted yet, in order. Index by_state. */
export const openPlaces = (reader: Reader, countId: string, limit: number): Promise<CountPlace[]> =>
  reader.query(
    `SELECT ${PLACE.join(", ")} FROM count_line WHERE count_id = ? AND approved = 0 AND counted IS NULL ORDER BY ${PLACE.join(", ")} LIMIT ?`,
    [countId, limit],
  );

/** The next places that hold units and belong to a count. Primary key range of the warehouse's balances, or of the items'. */
export function placesToCount(reader: Reader, count: CountRow, excluded: string[], limit: number): Promise<CountPlace[]> {
  const wanted = new Conditions()
    .add("b.warehouse = ?", count.warehouseCode)
    .add("b.location NOT IN (?)", [excluded])
    .add("b.sku IN (?)", count.skus && [count.skus])
    .add("b.location IN (?)", count.locations && [count.locations])
    .add("b.sku IN (SELECT i.sku FROM item i WHERE i.merchant = ?)", count.merchant || undefined)
    .add(
      "b.sku IN (SELECT a.sku FROM abc_class a WHERE a.warehouse = ? AND a.class = ?)",
      count.abcClass && [count.warehouseCode, count.abcClass],
    )
    .add(...further(count.planAfter, "b."));
  const columns = PLACE.map((column) => `b.${column}`).join(", ");
  return reader.query(`SELECT DISTINCT ${columns} FROM stock_balance b ${wanted.where} AND b.quantity > 0 ORDER BY ${columns} LIMIT ?`, [
    ...wanted.params,
    limit,
  ]);
}

/** Opens places that have no line yet; gives back how many. */
export async function insertOpenLines(tx: Tx, countId: string, places: CountPlace[]): Promise<number> {
  if (places.length === 0) return 0;
  const values = places.map((place) => [countId, ...PLACE.map((column) => place[column])]);
  return (await tx.execute(`INSERT IGNORE INTO count_line (count_id, ${PLACE.join(", ")}) VALUES ?`, [values])).affectedRows;
}

const LINE_COLUMNS = [
  "expected",
  "counted",
  "variance",
  "variance_value",
  "within",
  "approved",
  "counted_by",
  "seq",
  "lot_expires_on",
  "serials",
  "missing",
  "found",
] as const;

/** Writes lines of a count that is locked. */
export const writeLines = (tx: Tx, lines: CountLineRow[]): Promise<void> =>
  writeHeaders(
    tx,
    "count_line",
    lines.map(({ countId, varianceValue, countedBy, lotExpiresOn, within, approved, ...row }) => ({
      ...row,
      count_id: countId,
      variance_value: varianceValue,
      within: within === null ? null : Number(within),
      approved: Number(approved),
      counted_by: countedBy,
      lot_expires_on: lotExpiresOn,
    })),
    ["count_id", ...PLACE, ...LINE_COLUMNS],
    [...LINE_COLUMNS],
  );
