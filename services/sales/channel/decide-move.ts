import { signalled } from "../../../shared/flow/signal";
import type { LayerDatabase } from "../../../shared/db/database";
import type { Tx } from "../../../shared/db/transaction";
import type { WarehouseMoveDecided } from "../../../shared/flow/messages";
import { tell } from "../../../shared/flow/outbox";
import { Refusal } from "../../../shared/refusal";
import type { IncomingRow, WarehouseStockRow } from "../known/known.sql";
import type { Batch } from "../stock/batch";
import { Cause, type StockKey } from "../stock/virtual-stock";
import { lockWarehouses, readWarehousesOfPools, savePoolRow, type PoolRow, type WarehouseRow } from "./channel.sql";
import { countIncomingIn, lockPools, readIncomingOf, readMoves, saveDecision, saveFeeding, skusOf, type MoveRow } from "./move.sql";

/** What the feed told, or what a cancellation says in its stead. */
export type Decided = Omit<WarehouseMoveDecided, "type">;

/**
 * The moves that dispatch has decided, within the transaction that applies its feed: pools, then warehouses, are locked before
 * anything else there. A move ends once: its warehouse names it while it is open.
 */
export class DecidedMoves {
  private readonly open = new Map<string, MoveRow>();
  private readonly ended: { move: MoveRow; event: Decided }[] = [];

  private constructor(
    private readonly tx: Tx,
    private readonly pools: PoolRow[],
    readonly warehouses: ReadonlyMap<string, WarehouseRow>,
  ) {}

  /** Locks the warehouses that a batch of events concerns, and the pools of those that are decided. */
  static async lock(tx: Tx, warehouses: string[], events: Decided[]): Promise<DecidedMoves> {
    const asked = await readMoves(
      tx,
      events.map((event) => event.moveId),
    );
    const pools = asked.length > 0 ? await lockPools(tx, [...new Set(asked.flatMap((move) => [move.from_pool, move.to_pool]))]) : [];
    const codes = [...new Set([...warehouses, ...asked.map((move) => move.warehouse_code)])];
    const rows = codes.length > 0 ? await lockWarehouses(tx, codes) : [];
    const decided = new DecidedMoves(tx, pools, new Map(rows.map((row) => [row.code, row])));
    for (const move of asked)
      if (decided.warehouses.get(move.warehouse_code)?.move_id === move.id) decided.open.set(move.warehouse_code, move);
    return decided;
  }

  /** SKUs of the warehouses that are decided; their stock is locked with the rest. */
  async skus(): Promise<[string, string[]][]> {
    const found: [string, string[]][] = [];
    for (const warehouse of this.open.keys()) found.push([warehouse, (await skusOf(this.tx, warehouse)).map(({ sku }) => sku)]);
    return found;
  }

  async incoming(): Promise<IncomingRow[]> {
    const found: IncomingRow[] = [];
    for (const warehouse of this.open.keys()) found.push(...(await readIncomingOf(this.tx, warehouse)));
    return found;
  }

  /** The pools whose headers a warehouse's rows may touch besides the one in which they count now. */
  poolsOf = (warehouse: string, sku: string): StockKey[] => {
    const move = this.open.get(warehouse);
    return move ? [move.from_pool, move.to_pool].map((pool) => ({ pool, sku })) : [];
  };

  /** Moves the figures, or gives back what was set aside. Every row of the warehouse is handed in, locked. False: told before. */
  decide(batch: Batch, event: Decided, stock: WarehouseStockRow[], incoming: IncomingRow[]): boolean {
    const move = this.open.get(event.warehouse);
    if (move?.id !== event.moveId || this.ended.some((one) => one.move === move)) return false;
    const pool = event.accepted ? move.to_pool : move.from_pool;
    for (const row of stock) {
      const from = { pool: move.from_pool, sku: row.sku };
      if (event.accepted && (row.on_hand !== 0 || row.set_aside !== 0)) {
        batch.post(from, Cause.OUTBOUND, move.id, { on_hand: -row.on_hand, frozen: -row.set_aside });
        batch.post({ pool, sku: row.sku }, Cause.SUPPLY, move.id, { on_hand: row.on_hand, safety: row.safety });
      } else if (row.set_aside !== 0) batch.post(from, Cause.UNFREEZE, move.id, { frozen: -row.set_aside, safety: row.safety });
      Object.assign(row, { pool_code: pool, set_aside: 0 });
    }
    for (const row of incoming) {
      if (row.units > 0) batch.post({ pool, sku: row.sku }, Cause.INCOMING, move.id, { incoming: row.units });
      row.pool_code = pool;
    }
    Object.assign(this.warehouses.get(event.warehouse)!, { pool_code: pool, move_id: null });
    this.ended.push({ move, event });
    return true;
  }

  /** After the figures: where the warehouses feed now, and both pools to dispatch. */
  async save(): Promise<void> {
    for (const { move, event } of this.ended) {
      const pool = event.accepted ? move.to_pool : move.from_pool;
      await countIncomingIn(this.tx, move.warehouse_code, pool);
      await saveFeeding(this.tx, move.warehouse_code, pool, null);
      await saveDecision(this.tx, move.id, event.accepted ? "DONE" : "REFUSED", event.because);
    }
    const changed = new Set(this.ended.flatMap(({ move, event }) => (event.accepted ? [move.from_pool, move.to_pool] : [])));
    for (const pool of this.pools) if (changed.has(pool.code)) await savePoolAgain(this.tx, pool);
  }
}

/** Tells dispatch which warehouses feed a pool now; the caller has locked it. */
export async function savePoolAgain(tx: Tx, { code, name, version: before }: PoolRow): Promise<void> {
  const version = before + 1;
  await savePoolRow(tx, { code, name, version });
  const warehouses = (await readWarehousesOfPools(tx, [code])).map((row) => row.code);
  await tell(tx, [{ type: "PoolSaved", code, name, warehouses, aggregates: { [`pool:${code}`]: version } }]);
}

const DECIDED_WITHIN_MS = 2_000;
const ASK_AGAIN_MS = 1_000;
const LOOK_MS = 50;

/** The pool that the warehouse feeds once dispatch has agreed. Its answer comes by the feed, mostly within milliseconds. */
export async function outcomeOf(db: LayerDatabase, moveId: string): Promise<string> {
  for (const end = Date.now() + DECIDED_WITHIN_MS; ;) {
    const applied = signalled(db, "applied", LOOK_MS);
    const [move] = await readMoves(db, [moveId]);
    if (move.state === "DONE") return move.to_pool;
    if (move.state === "REFUSED")
      throw new Refusal("INVALID_STATE", move.because ?? "dispatch needs it", { field: ["input", "warehouse"] });
    if (Date.now() > end)
      throw new Refusal(
        "IN_PROGRESS",
        "The warehouse's stock is set aside; dispatch has not said yet whether it may leave. Ask again with the same key.",
        {
          retryAfterMs: ASK_AGAIN_MS,
        },
      );
    await applied;
  }
}
