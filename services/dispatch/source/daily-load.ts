import type { Tx } from "../../../shared/db/transaction";
import type { Known } from "../known/known";
import { addLoads, lockLoads } from "./daily-load.sql";

const keyOf = (warehouse: string, day: string): string => `${warehouse} ${day}`;

/**
 * How many shipments are to leave each warehouse on each day, for those whose rule has a capacity. Who books holds the warehouse's
 * row, after the positions; what is given back is only taken from the sum.
 */
export class DailyLoads {
  private readonly shipments = new Map<string, number>();
  private readonly changes = new Map<string, { warehouse: string; day: string; shipments: number }>();

  static async lock(tx: Tx, known: Known, warehouses: Iterable<string>): Promise<DailyLoads> {
    const loads = new DailyLoads();
    const limited = known.withCapacity();
    for (const { warehouse_code, day, shipments } of await lockLoads(
      tx,
      [...new Set(warehouses)].filter((code) => limited.has(code)),
    ))
      loads.shipments.set(keyOf(warehouse_code, day), shipments);
    return loads;
  }

  bookedOn = (warehouse: string, day: string): number => this.shipments.get(keyOf(warehouse, day)) ?? 0;

  book(warehouse: string, day: string, shipments: 1 | -1): void {
    const key = keyOf(warehouse, day);
    this.shipments.set(key, (this.shipments.get(key) ?? 0) + shipments);
    const change = this.changes.get(key) ?? { warehouse, day, shipments: 0 };
    change.shipments += shipments;
    this.changes.set(key, change);
  }

  save = (tx: Tx): Promise<void> => addLoads(tx, [...this.changes.values()]);
}
