import type { LayerDatabase } from "../../../shared/db/database";
import { inTransaction, type Tx } from "../../../shared/db/transaction";
import { tell } from "../../../shared/flow/outbox";
import { Refusal } from "../../../shared/refusal";
import { checkCount, checkKey, checkText } from "../../../shared/units/check";
import { Batch } from "../stock/batch";
import { readUncountedIncoming, saveIncoming } from "../known/known.sql";
import { makeHeaders } from "../stock/stock.sql";
import { Cause } from "../stock/virtual-stock";
import {
  assignWarehouses,
  countStockInPool,
  lockChannel,
  lockPool,
  lockUncountedStock,
  lockWarehouses,
  readPools,
  readUncountedStock,
  readWarehousesOfPools,
  saveChannelRow,
  savePoolRow,
} from "./channel.sql";

const DEFAULT_MAX_HOLD_SECONDS = 86_400;
const LONGEST_HOLD_SECONDS = 366 * 86_400;
const RETRY_MS = 500;

export interface SaveChannel {
  code: string;
  name: string;
  pool: string;
  maxHoldSeconds?: number | null;
}

/** Makes or renames a channel. Its pool is chosen once: its holds and promises lie there. */
export async function saveChannel(tx: Tx, input: SaveChannel): Promise<string> {
  checkKey(input.code, ["input", "code"]);
  checkText(input.name, ["input", "name"], 200);
  const { maxHoldSeconds } = input;
  if (maxHoldSeconds != null && (maxHoldSeconds < 1 || maxHoldSeconds > LONGEST_HOLD_SECONDS)) {
    throw new Refusal("INVALID_INPUT", "must be 1 second to 366 days", { field: ["input", "maxHoldSeconds"] });
  }
  const found = await lockChannel(tx, input.code);
  if (found && found.pool_code !== input.pool) {
    throw new Refusal("INVALID_STATE", `channel ${input.code} sells from pool ${found.pool_code}; that cannot change`, {
      field: ["input", "pool"],
    });
  }
  if ((await readPools(tx, [input.pool])).length === 0)
    throw new Refusal("NOT_FOUND", `no pool ${input.pool}`, { field: ["input", "pool"] });
  const version = (found?.version ?? 0) + 1;
  const kept = maxHoldSeconds === undefined ? found?.max_hold_seconds : maxHoldSeconds;
  await saveChannelRow(tx, {
    code: input.code,
    name: input.name,
    pool_code: input.pool,
    max_hold_seconds: kept ?? DEFAULT_MAX_HOLD_SECONDS,
    version,
  });
  await tell(tx, [
    { type: "ChannelSaved", code: input.code, name: input.name, pool: input.pool, aggregates: { [`channel:${input.code}`]: version } },
  ]);
  return input.code;
}

export interface SavePool {
  code: string;
  name: string;
  warehouses: string[];
}

/** Makes or renames a pool and gives it free warehouses. Warehouses that it has already must be named again; none is taken away. */
export async function savePool(tx: Tx, input: SavePool): Promise<string> {
  checkKey(input.code, ["input", "code"]);
  checkText(input.name, ["input", "name"], 200);
  const codes = [...new Set(checkCount(input.warehouses, ["input", "warehouses"], 1_000))];
  const pool = await lockPool(tx, input.code);
  const warehouses = await lockWarehouses(tx, codes);
  const known = new Map(warehouses.map((warehouse) => [warehouse.code, warehouse.pool_code]));
  const moving = warehouses.find((warehouse) => warehouse.move_id !== null)?.code;
  codes.forEach((code, i) => {
    const field = ["input", "warehouses", String(i)];
    if (!known.has(code)) throw new Refusal("NOT_FOUND", `no warehouse ${code} is known here yet`, { field, retryAfterMs: 500 });
    const feeds = known.get(code);
    if (feeds && feeds !== input.code) throw new Refusal("CONFLICT", `warehouse ${code} feeds pool ${feeds}`, { field });
  });
  // Dispatch would take a pool that names it for the end of the move.
  if (moving)
    throw new Refusal("CONFLICT", `warehouse ${moving} is being moved`, { field: ["input", "warehouses"], retryAfterMs: RETRY_MS });
  const left = (await readWarehousesOfPools(tx, [input.code])).map((row) => row.code).filter((code) => !codes.includes(code));
  if (left.length > 0)
    throw new Refusal("INVALID_STATE", `warehouse ${left[0]} feeds this pool; moveWarehouse takes it away`, {
      field: ["input", "warehouses"],
    });
  const version = (pool?.version ?? 0) + 1;
  await savePoolRow(tx, { code: input.code, name: input.name, version });
  await assignWarehouses(tx, input.code, codes);
  await tell(tx, [
    { type: "PoolSaved", code: input.code, name: input.name, warehouses: codes, aggregates: { [`pool:${input.code}`]: version } },
  ]);
  return input.code;
}

const CHUNK = 500;

/** Counts a warehouse's stock in the pool it now feeds, a chunk a transaction; a crash in between is finished by the sweeper. */
export async function countAssignedStock(db: LayerDatabase, warehouse: string): Promise<void> {
  while ((await countChunk(db, warehouse)) > 0);
  await countIncoming(db, warehouse);
}

/** What is on its way to the warehouse comes to its pool. */
async function countIncoming(db: LayerDatabase, warehouse: string): Promise<void> {
  await inTransaction(db, async (tx) => {
    const [{ pool_code: pool, move_id }] = await lockWarehouses(tx, [warehouse]);
    // While a warehouse is moved, what is on its way to it counts in no pool.
    const rows = pool && !move_id ? await readUncountedIncoming(tx, warehouse, pool) : [];
    if (!pool || rows.length === 0) return;
    const keys = rows.map(({ sku }) => ({ pool, sku }));
    await makeHeaders(db, keys);
    const batch = await Batch.open(tx, [{ headers: keys }]);
    for (const { sku, units, document } of rows) batch.post({ pool, sku }, Cause.INCOMING, document, { incoming: units });
    await batch.write();
    await saveIncoming(
      tx,
      rows.map((row) => ({ ...row, pool_code: pool })),
    );
  });
}

async function countChunk(db: LayerDatabase, warehouse: string): Promise<number> {
  await makeHeaders(db, await readUncountedStock(db, warehouse, CHUNK));
  return inTransaction(db, async (tx) => {
    const [{ pool_code: pool }] = await lockWarehouses(tx, [warehouse]);
    if (!pool) return 0;
    const rows = await lockUncountedStock(tx, warehouse, pool, CHUNK);
    const batch = await Batch.open(tx, [{ headers: rows.map(({ sku }) => ({ pool, sku })) }]);
    // A row that came in since the headers were made is left for the next chunk.
    const ready = rows.filter(({ sku }) => batch.isLocked({ pool, sku }));
    for (const { sku, on_hand, safety } of ready)
      if (on_hand !== 0) batch.post({ pool, sku }, Cause.SUPPLY, `pool:${warehouse}`, { on_hand, safety });
    if (ready.length > 0)
      await countStockInPool(
        tx,
        warehouse,
        pool,
        ready.map((row) => row.sku),
      );
    await batch.write();
    return rows.length;
  });
}
