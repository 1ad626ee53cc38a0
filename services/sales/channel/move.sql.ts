import type { Reader } from "../../../shared/db/database";
import { inLockOrder, lockRows } from "../../../shared/db/lock-order";
import { insertRows } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import { INCOMING, WAREHOUSE_STOCK, type IncomingRow, type WarehouseStockRow } from "../known/known.sql";
import type { StockKey } from "../stock/virtual-stock";
import { POOL, type PoolRow } from "./channel.sql";

export interface MoveRow {
  id: string;
  warehouse_code: string;
  from_pool: string;
  to_pool: string;
  state: "ASKED" | "DONE" | "REFUSED";
  because: string | null;
  client: string;
  asked_at: Date;
}

const MOVE = ["id", "warehouse_code", "from_pool", "to_pool", "state", "because", "client", "asked_at"] as const;

export async function readMoves(reader: Reader, ids: string[]): Promise<MoveRow[]> {
  return ids.length === 0 ? [] : reader.query<MoveRow>(`SELECT ${MOVE.join(", ")} FROM warehouse_move WHERE id IN (?)`, [ids]);
}

export const insertMove = (tx: Tx, row: MoveRow): Promise<void> => insertRows(tx, "warehouse_move", [row], [...MOVE]);

/** The guard stands in the write: a move is decided once. */
export async function saveDecision(tx: Tx, id: string, state: MoveRow["state"], because: string | null): Promise<void> {
  await tx.execute("UPDATE warehouse_move SET state = ?, because = ?, decided_at = NOW(6) WHERE id = ? AND state = 'ASKED'", [
    state,
    because?.slice(0, 500) ?? null,
    id,
  ]);
}

/** Pools come before warehouses. */
export const lockPools = (tx: Tx, codes: string[]): Promise<PoolRow[]> =>
  lockRows<PoolRow>(tx, "configuration", `${POOL} WHERE code IN (?) ORDER BY code FOR UPDATE`, [inLockOrder(codes)]);

export async function saveFeeding(tx: Tx, warehouse: string, pool: string, moveId: string | null): Promise<void> {
  await tx.execute("UPDATE warehouse SET pool_code = ?, move_id = ? WHERE code = ?", [pool, moveId, warehouse]);
}

/** Everything a warehouse is known to have, up to a limit. Primary key range; the caller holds the warehouse's row. */
export const lockStockOf = (tx: Tx, warehouse: string, limit: number): Promise<WarehouseStockRow[]> =>
  lockRows<WarehouseStockRow>(
    tx,
    "document",
    `SELECT ${WAREHOUSE_STOCK.join(", ")} FROM warehouse_stock WHERE warehouse_code = ? ORDER BY warehouse_code, sku LIMIT ? FOR UPDATE`,
    [warehouse, limit],
  );

/** SKUs that a warehouse has or had. New ones come only under the warehouse's row, which the caller holds. Primary key range. */
export const skusOf = (tx: Tx, warehouse: string): Promise<{ sku: string }[]> =>
  tx.query("SELECT sku FROM warehouse_stock WHERE warehouse_code = ?", [warehouse]);

/** What is on its way to a warehouse. The caller holds the warehouse's row. Primary key range. */
export const readIncomingOf = (tx: Tx, warehouse: string): Promise<IncomingRow[]> =>
  tx.query<IncomingRow>(`SELECT ${INCOMING.join(", ")} FROM incoming_stock WHERE warehouse_code = ? AND units > 0`, [warehouse]);

/** Documents of which nothing is open count where the warehouse's others do, should they be opened again. */
export async function countIncomingIn(tx: Tx, warehouse: string, pool: string): Promise<void> {
  await tx.execute("UPDATE incoming_stock SET pool_code = ? WHERE warehouse_code = ? AND pool_code <> ?", [pool, warehouse, pool]);
}

/** Units set aside for moves and transfers, of some items in some pools. Indexes by_pool; the caller holds the headers, under which they change. */
export async function readSetAside(reader: Reader, keys: StockKey[]): Promise<(StockKey & { units: number })[]> {
  const [pools, skus] = [keys.map(({ pool }) => pool), keys.map(({ sku }) => sku)];
  const rows = await reader.query<StockKey & { units: number | string }>(
    `SELECT pool_code AS pool, sku, SUM(units) AS units FROM (
       SELECT pool_code, sku, set_aside AS units FROM warehouse_stock WHERE pool_code IN (?) AND sku IN (?) AND set_aside > 0
       UNION ALL SELECT pool_code, sku, units FROM transfer_stock WHERE pool_code IN (?) AND sku IN (?) AND units > 0) AS aside
     GROUP BY pool_code, sku`,
    [pools, skus, pools, skus],
  );
  return rows.map((row) => ({ ...row, units: Number(row.units) }));
}
