import type { Reader } from "../../../shared/db/database";
import { deleteById, fromJson, insertRows, writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import type { ItemRow } from "../stock/stock.sql";
import type { OfStock } from "./note-changes";

/** What one transaction changed: SKUs by pool. */
export interface Note {
  id: string;
  changed: (readonly [pool: string, skus: readonly string[]])[];
}

export const insertNote = (tx: Tx, note: Note): Promise<void> => insertRows(tx, "availability_note", [note], ["id", "changed"]);

/** Which kits an item is part of, kept beside `item` because its JSON cannot be asked from that side. Index by_kit. */
export async function saveKitComponents(tx: Tx, items: Pick<ItemRow, "sku" | "components">[]): Promise<void> {
  await tx.execute("DELETE FROM kit_component WHERE kit_sku IN (?)", [items.map(({ sku }) => sku)]);
  const parts = items.flatMap(({ sku, components }) => (components ?? []).map((part) => ({ component_sku: part.sku, kit_sku: sku })));
  await insertRows(tx, "kit_component", parts, ["component_sku", "kit_sku"]);
}

/**
 * Whether the sequencer has anything to do. In one statement, asked five times a second: first row of the notes, then two index
 * ranges over the listings, which hold what has opened or closed and was not told yet, so next to nothing.
 */
export async function hasUntold(reader: Reader): Promise<boolean> {
  const [{ untold }] = await reader.query<{ untold: number }>(
    `SELECT EXISTS (SELECT 1 FROM availability_note) OR EXISTS (SELECT 1 FROM availability_clock c JOIN listing l
       ON l.starts_at > c.told_until AND l.starts_at <= ${UNTIL}) OR EXISTS (SELECT 1 FROM availability_clock c JOIN listing l
       ON l.ends_at > c.told_until AND l.ends_at <= ${UNTIL}) AS untold`,
  );
  return Number(untold) === 1;
}

// A replica's clock may run a little behind: whoever is told reads there, and must find the listing open already.
const UNTIL = "NOW(6) - INTERVAL 250000 MICROSECOND";

/** Committed notes, oldest id first. Primary key order. */
export async function readNotes(tx: Tx, limit: number): Promise<Note[]> {
  const rows = await tx.query<Note>("SELECT id, changed FROM availability_note ORDER BY id LIMIT ?", [limit]);
  return rows.map(({ id, changed }) => ({ id, changed: fromJson<Note["changed"]>(changed) }));
}

export const deleteNotes = (tx: Tx, notes: Note[]): Promise<void> =>
  deleteById(
    tx,
    "availability_note",
    notes.map(({ id }) => id),
  );

/** Listings that the clock has opened or closed since it was last told, and until when that was looked at. Indexes by_start, by_end. */
export async function readTimed(tx: Tx): Promise<{ until: Date; rows: OfStock[] }> {
  const [{ until, told }] = await tx.query<{ until: Date; told: Date }>(
    `SELECT CAST(${UNTIL} AS DATETIME(6)) AS until, told_until AS told FROM availability_clock WHERE id = 1`,
  );
  const rows = await tx.query<OfStock>(
    `SELECT pool_code, sku FROM listing WHERE starts_at > ? AND starts_at <= ?
     UNION SELECT pool_code, sku FROM listing WHERE ends_at > ? AND ends_at <= ?`,
    [told, until, told, until],
  );
  return { until, rows };
}

/** Never backwards, whatever the clock does. */
export async function moveClock(tx: Tx, until: Date): Promise<void> {
  await tx.execute("UPDATE availability_clock SET told_until = ? WHERE id = 1 AND told_until < ?", [until, until]);
}

/** Where some items are listed, as themselves or as part of a kit. Index by_sku of listing, primary key of kit_component. */
export const readListed = (tx: Tx, skus: string[]): Promise<(OfStock & { cause: string })[]> =>
  tx.query(
    `SELECT sku AS cause, pool_code, sku FROM listing WHERE sku IN (?)
     UNION SELECT k.component_sku, l.pool_code, l.sku FROM kit_component k JOIN listing l ON l.sku = k.kit_sku WHERE k.component_sku IN (?)`,
    [skus, skus],
  );

/** The last position given out in a pool; the caller holds the lease. Index by_position. */
export async function lastPosition(tx: Tx, pool: string): Promise<number> {
  const [{ last }] = await tx.query<{ last: number | null }>("SELECT MAX(position) AS last FROM availability_change WHERE pool_code = ?", [
    pool,
  ]);
  return Number(last ?? 0);
}

export interface ChangeRow extends OfStock {
  position: number;
}

export const saveChanges = (tx: Tx, rows: ChangeRow[]): Promise<void> =>
  writeHeaders(tx, "availability_change", rows, ["pool_code", "sku", "position"], ["position"]);

/** The next changes of a pool in their order, and whether each is listed in the channel. Index by_position, primary key of listing. */
export async function readChanges(
  reader: Reader,
  { pool, channel, after, limit }: { pool: string; channel: string; after: number; limit: number },
): Promise<{ sku: string; position: number; listed: boolean }[]> {
  const rows = await reader.query<{ sku: string; position: number; listed: number }>(
    `SELECT c.sku, c.position, l.sku IS NOT NULL AS listed FROM availability_change c FORCE INDEX (by_position)
       LEFT JOIN listing l ON l.channel_code = ? AND l.sku = c.sku
     WHERE c.pool_code = ? AND c.position > ? ORDER BY c.position LIMIT ?`,
    [channel, pool, after, limit],
  );
  return rows.map((row) => ({ sku: row.sku, position: Number(row.position), listed: Number(row.listed) === 1 }));
}
