import type { Reader } from "../../../shared/db/database";
import { lockRows } from "../../../shared/db/lock-order";
import { fromJson, writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";

export interface GateRow {
  warehouse_code: string;
  closed: 0 | 1;
  move_id: string | null;
}

const GATE = "SELECT warehouse_code, closed, move_id FROM allocation_gate WHERE warehouse_code";

/** Before demand and positions: the table's name comes first. Primary key lookups. */
export const passGates = (tx: Tx, warehouses: string[]): Promise<GateRow[]> =>
  lockRows<GateRow>(tx, "stock", `${GATE} IN (?) ORDER BY warehouse_code LOCK IN SHARE MODE`, [warehouses]);

/** Waits until nobody allocates there, and keeps everybody out until the end of the transaction. */
export const holdGates = (tx: Tx, warehouses: string[]): Promise<GateRow[]> =>
  lockRows<GateRow>(tx, "stock", `${GATE} IN (?) ORDER BY warehouse_code FOR UPDATE`, [warehouses]);

export async function makeGates(tx: Tx, warehouses: string[]): Promise<void> {
  await tx.execute("INSERT IGNORE INTO allocation_gate (warehouse_code) VALUES ?", [warehouses.map((code) => [code])]);
}

export const saveGates = (tx: Tx, rows: GateRow[]): Promise<void> =>
  writeHeaders(tx, "allocation_gate", rows, ["warehouse_code", "closed", "move_id"], ["closed", "move_id"]);

/** Of these warehouses, those that are closed. Exact for the one reader of the sales feed, which alone turns gates. */
export async function closedAmong(reader: Reader, warehouses: string[]): Promise<string[]> {
  if (warehouses.length === 0) return [];
  const rows = await reader.query<GateRow>(`${GATE} IN (?) AND closed = 1`, [warehouses]);
  return rows.map((row) => row.warehouse_code);
}

/** Units that open allocations have in a warehouse. Primary key range; the caller holds its gate, so that nothing moves. */
export async function unitsAllocatedIn(tx: Tx, warehouse: string): Promise<number> {
  const [{ units }] = await tx.query<{ units: string | number }>(
    "SELECT COALESCE(SUM(allocated), 0) AS units FROM stock_position WHERE warehouse_code = ?",
    [warehouse],
  );
  return Number(units);
}

/** The aggregates of events that have no place in the feed yet: a second's work of this layer at most, while it is well. */
export async function aggregatesInOutbox(tx: Tx): Promise<string[]> {
  const rows = await tx.query<{ aggregates: unknown }>("SELECT aggregates FROM outbox");
  return rows.flatMap(({ aggregates }) => Object.keys(fromJson<object>(aggregates)));
}
