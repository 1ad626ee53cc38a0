import { byteOrder } from "../../../shared/db/lock-order";
import type { Tx } from "../../../shared/db/transaction";
import { addShipped } from "../source/criteria.sql";
import { Gates } from "./gate";
import { safetyLimits } from "./safety.sql";
import {
  insertEntries,
  lockDemand,
  lockPositions,
  makeDemand,
  makePositions,
  noteOverdrawn,
  saveDemand,
  savePositions,
} from "./position.sql";

/** One item in one warehouse (positions) or in one pool (demand). */
export interface StockKey {
  place: string;
  sku: string;
}

export interface PositionRow {
  warehouse_code: string;
  sku: string;
  on_hand: number;
  allocated: number;
  inbound: number;
  backordered: number;
  /** Ledger lines so far: the last line's seq. */
  version: number;
  /** The version in events: raised by every change, and by every event that names the position. */
  raised: number;
  /** Units that no rule gives away, as sales was told. */
  kept: number;
}

export interface DemandRow {
  pool_code: string;
  sku: string;
  units: number;
  version: number;
}

export type PositionCause = "MOVEMENT" | "SHIPMENT" | "ALLOCATE" | "BACKORDER" | "CANCEL" | "INBOUND" | "RECONCILE";

export interface Change {
  onHand?: number;
  allocated?: number;
  inbound?: number;
  backordered?: number;
}

export interface PositionEntry {
  warehouse_code: string;
  sku: string;
  seq: number;
  at: Date;
  cause: PositionCause;
  reference: string;
  on_hand_delta: number;
  allocated_delta: number;
  inbound_delta: number;
  backordered_delta: number;
}

const keyOf = (place: string, sku: string): string => `${place}\u0000${sku}`;

/** Distinct keys in lock order. */
export function sortedKeys(keys: Iterable<StockKey>): StockKey[] {
  const distinct = new Map<string, StockKey>();
  for (const key of keys) distinct.set(keyOf(key.place, key.sku), key);
  return [...distinct.values()].sort((a, b) => byteOrder(a.place, b.place) || byteOrder(a.sku, b.sku));
}

/**
 * The one door: every change of a stock position and of the demand goes through here, in one transaction that has locked
 * their headers. A change adds a ledger line and moves the header; `save` writes both.
 */
export class Positions {
  private readonly rows = new Map<string, PositionRow>();
  private readonly demands = new Map<string, DemandRow>();
  private readonly changed = new Set<PositionRow>();
  private readonly changedDemand = new Set<DemandRow>();
  private readonly entries: PositionEntry[] = [];
  private readonly shipped = new Map<string, { place: string; sku: string; units: number }>();
  private limits: ReadonlyMap<string, number> = new Map();
  private at = new Date();

  private constructor(
    private readonly tx: Tx,
    readonly gates: Gates,
  ) {}

  /**
   * Passes the gates of the warehouses, or holds those of `turning`; makes missing headers, then locks demand and positions,
   * each in key order.
   */
  static async lock(
    tx: Tx,
    { positions, demand = [], turning = [] }: { positions: Iterable<StockKey>; demand?: Iterable<StockKey>; turning?: string[] },
  ): Promise<Positions> {
    const named = [...positions];
    const gates = await Gates.lock(tx, new Set(named.map(({ place }) => place)), turning);
    const book = new Positions(tx, gates);
    const told = turning.flatMap((place) => gates.toldOf(place).map((sku) => ({ place, sku })));
    const [stock, pools] = [sortedKeys([...named, ...told]), sortedKeys(demand)];
    await makeDemand(tx, pools);
    await makePositions(tx, stock);
    for (const row of await lockDemand(tx, pools)) book.demands.set(keyOf(row.pool_code, row.sku), row);
    for (const row of await lockPositions(tx, stock)) book.rows.set(keyOf(row.warehouse_code, row.sku), row);
    // Read under the locks: who reckons again after a change of the limits comes after this.
    book.limits = await safetyLimits(tx, [...new Set(stock.map(({ place }) => place))]);
    return book;
  }

  of(warehouse: string, sku: string): PositionRow {
    const row = this.rows.get(keyOf(warehouse, sku));
    if (!row) throw new Error(`position ${warehouse} ${sku} is not locked`);
    return row;
  }

  /** What may be allocated: nothing where the gate is closed. */
  free(warehouse: string, sku: string): number {
    const row = this.of(warehouse, sku);
    return this.gates.isOpen(warehouse) ? row.on_hand - row.allocated : 0;
  }

  post(warehouse: string, sku: string, cause: PositionCause, reference: string, change: Change): void {
    const row = this.of(warehouse, sku);
    const { onHand = 0, allocated = 0, inbound = 0, backordered = 0 } = change;
    row.on_hand += onHand;
    row.allocated += allocated;
    this.gates.count(warehouse, allocated);
    row.inbound += inbound;
    row.backordered += backordered;
    if (cause === "ALLOCATE" && row.on_hand < row.allocated) throw new Error(`${warehouse} ${sku}: more is allocated than is there`);
    if (cause === "SHIPMENT" && onHand < 0) this.noteShipped(warehouse, sku, -onHand);
    row.version++;
    this.raise(warehouse, sku);
    this.entries.push({
      warehouse_code: warehouse,
      sku,
      seq: row.version,
      at: this.at,
      cause,
      reference,
      on_hand_delta: onHand,
      allocated_delta: allocated,
      inbound_delta: inbound,
      backordered_delta: backordered,
    });
  }

  /** A new version, for an event that names the position. */
  raise(warehouse: string, sku: string): number {
    const row = this.of(warehouse, sku);
    this.changed.add(row);
    return ++row.raised;
  }

  demand(pool: string, sku: string, units: number): void {
    const row = this.demandOf(pool, sku);
    row.units += units;
    row.version++;
    this.changedDemand.add(row);
  }

  demandOf(pool: string, sku: string): DemandRow {
    const row = this.demands.get(keyOf(pool, sku));
    if (!row) throw new Error(`demand ${pool} ${sku} is not locked`);
    return row;
  }

  /** The aggregates of an event about these items in a warehouse, at the versions that the changes just made gave them. */
  aggregates(warehouse: string, skus: Iterable<string>): Record<string, number> {
    return Object.fromEntries([...skus].map((sku) => [`position:${warehouse}:${sku}`, this.of(warehouse, sku).raised]));
  }

  demandAggregates(pool: string, skus: Iterable<string>): Record<string, number> {
    return Object.fromEntries([...skus].map((sku) => [`demand:${pool}:${sku}`, this.demandOf(pool, sku).version]));
  }

  /** What no rule gives away of a position as it is now. */
  keptOf(warehouse: string, sku: string): number {
    const { on_hand, allocated } = this.of(warehouse, sku);
    return Math.min(this.limits.get(warehouse) ?? 0, Math.max(0, on_hand - allocated));
  }

  /** What no rule gives away of the positions that have changed, where sales was told something else; it is to be told. */
  keptAnew(rows: Iterable<PositionRow> = this.changed): Map<string, { sku: string; units: number }[]> {
    const told = new Map<string, { sku: string; units: number }[]>();
    for (const row of [...rows]) {
      const units = this.keptOf(row.warehouse_code, row.sku);
      if (units === row.kept) continue;
      row.kept = units;
      this.raise(row.warehouse_code, row.sku);
      told.set(row.warehouse_code, [...(told.get(row.warehouse_code) ?? []), { sku: row.sku, units }]);
    }
    return told;
  }

  /** Every position that is locked is looked at again. */
  reckonKept = (): Map<string, { sku: string; units: number }[]> => this.keptAnew(this.rows.values());

  /** The headers that are locked. */
  keys = (): StockKey[] => [...this.rows.values()].map(({ warehouse_code, sku }) => ({ place: warehouse_code, sku }));

  async save(): Promise<void> {
    await addShipped(this.tx, [...this.shipped.values()]);
    await insertEntries(this.tx, this.entries);
    await savePositions(this.tx, [...this.changed]);
    await noteOverdrawn(
      this.tx,
      [...this.changed].filter((row) => row.on_hand < row.allocated),
    );
    await saveDemand(this.tx, [...this.changedDemand]);
    await this.gates.save();
  }

  private noteShipped(place: string, sku: string, units: number): void {
    const row = this.shipped.get(keyOf(place, sku)) ?? { place, sku, units: 0 };
    row.units += units;
    this.shipped.set(keyOf(place, sku), row);
  }
}
