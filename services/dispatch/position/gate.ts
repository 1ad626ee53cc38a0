import { inLockOrder } from "../../../shared/db/lock-order";
import type { Tx } from "../../../shared/db/transaction";
import { aggregatesInOutbox, holdGates, makeGates, passGates, saveGates, unitsAllocatedIn, type GateRow } from "./gate.sql";

/**
 * Whether orders may be allocated in a warehouse. Pools are read without a lock, so a decision may go by a pool that a warehouse
 * has just left; the gate is what such a decision cannot pass. Whoever locks a position of a warehouse passes its gate (a shared
 * lock); who turns it holds it alone, after everyone inside has committed.
 */
export class Gates {
  private readonly rows = new Map<string, GateRow>();
  private readonly changed = new Set<GateRow>();
  /** Units allocated in the warehouses whose gate is held. */
  private readonly allocated = new Map<string, number>();
  /** SKUs of those warehouses that events name which are not in the feed yet. */
  private readonly told = new Map<string, string[]>();

  private constructor(private readonly tx: Tx) {}

  static async lock(tx: Tx, passed: Iterable<string>, held: readonly string[]): Promise<Gates> {
    const gates = new Gates(tx);
    const turning = inLockOrder(held);
    const others = inLockOrder(passed).filter((code) => !turning.includes(code));
    await gates.read(others, passGates);
    await gates.read(turning, holdGates);
    if (turning.length === 0) return gates;
    const aggregates = await aggregatesInOutbox(tx);
    for (const code of turning) {
      const prefix = `position:${code}:`;
      gates.allocated.set(code, await unitsAllocatedIn(tx, code));
      gates.told.set(code, inLockOrder(aggregates.flatMap((key) => (key.startsWith(prefix) ? [key.slice(prefix.length)] : []))));
    }
    return gates;
  }

  isOpen = (warehouse: string): boolean => this.rows.get(warehouse)?.closed !== 1;
  lastMove = (warehouse: string): string | null => this.held(warehouse).move_id;
  allocatedIn = (warehouse: string): number => this.allocated.get(warehouse)!;
  toldOf = (warehouse: string): string[] => this.told.get(warehouse) ?? [];

  /** Units allocated (or no more) by this transaction. */
  count(warehouse: string, units: number): void {
    const before = this.allocated.get(warehouse);
    if (before !== undefined) this.allocated.set(warehouse, before + units);
  }

  decided(warehouse: string, moveId: string, accepted: boolean): void {
    this.changed.add(Object.assign(this.held(warehouse), { move_id: moveId, closed: accepted ? 1 : 0 }));
  }

  open(warehouse: string): void {
    this.changed.add(Object.assign(this.held(warehouse), { closed: 0 }));
  }

  closing = (): string[] => [...this.changed].filter((row) => row.closed === 1).map((row) => row.warehouse_code);
  save = (): Promise<void> => saveGates(this.tx, [...this.changed]);

  private held(warehouse: string): GateRow {
    const row = this.rows.get(warehouse);
    if (!row || !this.allocated.has(warehouse)) throw new Error(`the gate of ${warehouse} is not held`);
    return row;
  }

  /** A warehouse's gate is made when it is first met, and is there from then on. */
  private async read(warehouses: string[], lock: typeof passGates): Promise<void> {
    if (warehouses.length === 0) return;
    let rows = await lock(this.tx, warehouses);
    if (rows.length < warehouses.length) {
      const known = new Set(rows.map((row) => row.warehouse_code));
      await makeGates(
        this.tx,
        warehouses.filter((code) => !known.has(code)),
      );
      rows = await lock(this.tx, warehouses);
    }
    for (const row of rows) this.rows.set(row.warehouse_code, row);
  }
}
