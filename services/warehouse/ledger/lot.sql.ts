import type { Reader } from "../../../shared/db/database";
import { byteOrder, lockRows } from "../../../shared/db/lock-order";
import { insertRows, writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import { inParts } from "../each.sql";

export interface LotRow {
  sku: string;
  code: string;
  /** The last day on which it is good, as YYYY-MM-DD; null when it does not expire. */
  expiresOn: string | null;
  receivedAt: Date;
  blocked: boolean;
  /** Not written yet. */
  fresh?: true;
}

export interface LotKey {
  sku: string;
  lot: string;
}

const LOT = "sku, code, DATE_FORMAT(expires_on, '%Y-%m-%d') AS expiresOn, received_at AS receivedAt, blocked FROM lot";

const lotRow = (row: Omit<LotRow, "blocked"> & { blocked: number }): LotRow => ({ ...row, blocked: row.blocked === 1 });

const anyOf = (keys: readonly LotKey[]): [string, string[]] => [
  keys.map(() => "(sku = ? AND code = ?)").join(" OR "),
  keys.flatMap(({ sku, lot }) => [sku, lot]),
];

/** Primary key. */
export async function readLots(reader: Reader, keys: readonly LotKey[]): Promise<LotRow[]> {
  const rows = await inParts(keys, (some) => {
    const [where, params] = anyOf(some);
    return reader.query<Omit<LotRow, "blocked"> & { blocked: number }>(`SELECT ${LOT} WHERE ${where}`, params);
  });
  return rows.map(lotRow);
}

/** Keeps lots from being blocked until the transaction ends, while others do the same. Primary key, in its order. */
export async function shareLots(tx: Tx, keys: LotKey[]): Promise<void> {
  const inOrder = [...keys].sort((a, b) => byteOrder(a.sku, b.sku) || byteOrder(a.lot, b.lot));
  await inParts(inOrder, (some) => {
    const [where, params] = anyOf(some);
    return lockRows(tx, "stock", `SELECT code FROM lot WHERE ${where} ORDER BY sku, code LOCK IN SHARE MODE`, params);
  });
}

export const lockLot = async (tx: Tx, sku: string, code: string): Promise<LotRow | undefined> => {
  const sql = `SELECT ${LOT} WHERE sku = ? AND code = ? LIMIT 1 FOR UPDATE`;
  const [row] = await lockRows<Omit<LotRow, "blocked"> & { blocked: number }>(tx, "stock", sql, [sku, code]);
  return row && lotRow(row);
};

export const insertLots = (tx: Tx, rows: LotRow[]): Promise<void> =>
  insertRows(
    tx,
    "lot",
    rows.map(({ sku, code, expiresOn, receivedAt, blocked }) => ({
      sku,
      code,
      expires_on: expiresOn,
      received_at: receivedAt,
      blocked: blocked ? 1 : 0,
    })),
    ["sku", "code", "expires_on", "received_at", "blocked"],
  );

export const insertMovementLots = (tx: Tx, rows: { sku: string; lot: string; movement_id: string }[]): Promise<void> =>
  insertRows(tx, "movement_lot", rows, ["sku", "lot", "movement_id"]);

/** Items of which units were ever pledged, by pledge: where a statement looks. */
export const rememberPledged = (tx: Tx, warehouse: string, places: { pledge: string; sku: string }[]): Promise<void> =>
  writeHeaders(
    tx,
    "pledged_item",
    places.map(({ pledge, sku }) => ({ pledge, warehouse, sku })),
    ["pledge", "warehouse", "sku"],
    ["sku"],
  );

export const setBlocked = (tx: Tx, sku: string, code: string, blocked: boolean): Promise<unknown> =>
  tx.execute("UPDATE lot SET blocked = ? WHERE sku = ? AND code = ?", [blocked ? 1 : 0, sku, code]);

/** Where a lot lies now. Index by_lot of the balances. */
export const warehousesOfLot = async (reader: Reader, sku: string, code: string): Promise<string[]> => {
  const rows = await reader.query<{ warehouse: string }>(
    "SELECT DISTINCT warehouse FROM stock_balance WHERE sku = ? AND lot = ? AND quantity > 0 ORDER BY warehouse",
    [sku, code],
  );
  return rows.map(({ warehouse }) => warehouse);
};

/**
 * Items in warehouses with AVAILABLE units of a lot that has passed its day. Reads every lot with an expiry (index by_expiry) and,
 * of those that are over, their balances (index by_lot).
 */
export const overdueStock = (reader: Reader, limit: number): Promise<{ warehouse: string; sku: string }[]> =>
  reader.query(
    `SELECT DISTINCT b.warehouse, b.sku FROM lot l JOIN item i ON i.sku = l.sku
     JOIN stock_balance b ON b.sku = l.sku AND b.lot = l.code AND b.status = 'AVAILABLE' AND b.quantity > b.allocated
     WHERE l.expires_on IS NOT NULL AND l.expires_on < UTC_DATE() + INTERVAL i.min_shelf_life_days DAY
     ORDER BY b.warehouse, b.sku LIMIT ?`,
    [limit],
  );
