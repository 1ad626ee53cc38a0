import { byteOrder, lockRows } from "../../../shared/db/lock-order";
import { writeHeaders } from "../../../shared/db/rows.sql";
import type { Reader } from "../../../shared/db/database";
import type { Tx } from "../../../shared/db/transaction";
import type { OrderConfirmed } from "../../../shared/flow/messages";
import type { ItemRow } from "../stock/stock.sql";

export const saveItems = (tx: Tx, rows: ItemRow[]): Promise<void> =>
  writeHeaders(tx, "item", rows, ["sku", "kind", "merchant", "components"], ["kind", "merchant", "components"]);

/** A warehouse is told again whenever its address changes; its pool is decided here and kept. */
export async function addWarehouses(tx: Tx, codes: string[]): Promise<void> {
  if (codes.length > 0) await tx.execute("INSERT IGNORE INTO warehouse (code) VALUES ?", [codes.map((code) => [code])]);
}

export interface WarehouseStockRow {
  warehouse_code: string;
  sku: string;
  on_hand: number;
  /** The pool in which these units are counted; empty while in none. */
  pool_code: string;
  /** Of these units, those that the pool may not sell because the warehouse is being moved: all, or none. */
  set_aside: number;
  /** Units that the sourcing rules keep back; the pool counts them, except while the warehouse is moved. */
  safety: number;
}

export const WAREHOUSE_STOCK = ["warehouse_code", "sku", "on_hand", "pool_code", "set_aside", "safety"] as const;

/** Locks what sales knows of some warehouses' stock, in key order, a statement a warehouse. */
export async function lockWarehouseStock(tx: Tx, keys: Map<string, Set<string>>): Promise<WarehouseStockRow[]> {
  const rows: WarehouseStockRow[] = [];
  for (const warehouse of [...keys.keys()].sort(byteOrder)) {
    rows.push(
      ...(await lockRows<WarehouseStockRow>(
        tx,
        "document",
        `SELECT ${WAREHOUSE_STOCK.join(", ")} FROM warehouse_stock WHERE warehouse_code = ? AND sku IN (?) ORDER BY warehouse_code, sku FOR UPDATE`,
        [warehouse, [...keys.get(warehouse)!]],
      )),
    );
  }
  return rows;
}

export const saveWarehouseStock = (tx: Tx, rows: WarehouseStockRow[]): Promise<void> =>
  writeHeaders(tx, "warehouse_stock", rows, [...WAREHOUSE_STOCK], ["on_hand", "pool_code", "set_aside", "safety"]);

export interface IncomingRow {
  warehouse_code: string;
  sku: string;
  document: string;
  /** The open rest. */
  units: number;
  expected_at: Date | null;
  /** The pool in which it is counted; empty while in none. */
  pool_code: string;
}

export const INCOMING = ["warehouse_code", "sku", "document", "units", "expected_at", "pool_code"] as const;

/** What is on its way to a warehouse. The caller holds the warehouse's row, under which this is written. Primary key range. */
export const readIncoming = (tx: Tx, warehouse: string, skus: string[]): Promise<IncomingRow[]> =>
  tx.query<IncomingRow>(`SELECT ${INCOMING.join(", ")} FROM incoming_stock WHERE warehouse_code = ? AND sku IN (?)`, [warehouse, skus]);

export const readUncountedIncoming = (reader: Reader, warehouse: string, pool: string): Promise<IncomingRow[]> =>
  reader.query<IncomingRow>(`SELECT ${INCOMING.join(", ")} FROM incoming_stock WHERE warehouse_code = ? AND pool_code <> ? AND units > 0`, [
    warehouse,
    pool,
  ]);

export const saveIncoming = (tx: Tx, rows: IncomingRow[]): Promise<void> =>
  writeHeaders(tx, "incoming_stock", rows, [...INCOMING], ["units", "expected_at", "pool_code"]);

export interface PromisedLine {
  reservation_id: string;
  order_ref: string;
  units: number;
}

/** Who was promised units of an item, those that are short first: not confirmed, then the latest confirmed. Primary key range. */
export const promisedLatestFirst = (tx: Tx, pool: string, sku: string, limit: number): Promise<PromisedLine[]> =>
  tx.query<PromisedLine>(
    `SELECT l.reservation_id, r.order_ref, CAST(l.held + l.committed AS SIGNED) AS units
     FROM reservation_line l JOIN reservation r ON r.id = l.reservation_id
     WHERE l.pool_code = ? AND l.sku = ? AND l.held + l.committed > 0
     ORDER BY r.confirmed_at IS NOT NULL, r.confirmed_at DESC, l.reservation_id DESC LIMIT ?`,
    [pool, sku, limit],
  );

/** Units by SKU in the confirmations of a pool that this layer has told after a place in its feed, sequenced or not. */
export async function confirmedAfter(tx: Tx, position: number, pool: string): Promise<Map<string, number>> {
  const rows = await tx.query<{ body: unknown }>(
    `SELECT body FROM feed WHERE position > ? AND type = 'OrderConfirmed' UNION ALL SELECT body FROM outbox WHERE type = 'OrderConfirmed'`,
    [position],
  );
  const units = new Map<string, number>();
  for (const { body } of rows) {
    const told = (typeof body === "string" ? JSON.parse(body) : body) as OrderConfirmed;
    if (told.pool !== pool) continue;
    for (const { sku, quantity } of told.lines) units.set(sku, (units.get(sku) ?? 0) + quantity);
  }
  return units;
}
