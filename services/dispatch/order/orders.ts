import type { Tx } from "../../../shared/db/transaction";
import type { EventLine } from "../../../shared/flow/messages";
import { groupBy } from "../../../shared/group";
import { instancesOf } from "../process/process.sql";
import { ProcessSteps } from "../process/process-steps";
import type { Allocation, OrderFile } from "./fulfillment-order";
import {
  allocationsOf,
  allocationLinesOf,
  deleteWaiting,
  insertWaiting,
  linesOf,
  lockOrders,
  saveAllocationLines,
  saveAllocations,
  saveLines,
  saveOrders,
  saveStops,
  stopsOf,
  waitingOf,
} from "./order.sql";

/** The fulfillment orders that a transaction has locked or makes; `save` writes what was touched, in multi-row statements. */
export class Orders {
  readonly steps: ProcessSteps;
  private readonly files = new Map<string, OrderFile>();
  private readonly byAllocation = new Map<string, { order: OrderFile; allocation: Allocation }>();
  private readonly touched = new Set<OrderFile>();
  private readonly touchedAllocations = new Set<Allocation>();
  private readonly restopped = new Set<Allocation>();
  /** Orders whose waiting rows are to be written again. */
  private readonly rewaiting = new Set<OrderFile>();
  private readonly stored = new Set<string>();
  /** What waited for stock when the order was locked: its order system has been told of that. */
  private readonly backordered = new Map<string, Map<string, number>>();

  private constructor(private readonly tx: Tx) {
    this.steps = new ProcessSteps(tx.db.log);
  }

  /** Locks orders in the order of their ids and reads all that belongs to them after that. */
  static async lock(tx: Tx, ids: string[]): Promise<Orders> {
    const book = new Orders(tx);
    if (ids.length === 0) return book;
    const rows = await lockOrders(tx, ids);
    const [lines, allocations, waiting, instances] = [
      groupBy(await linesOf(tx, ids), (row) => row.fulfillment_id),
      groupBy(await allocationsOf(tx, ids), (row) => row.fulfillment_id),
      groupBy(await waitingOf(tx, ids), (row) => row.fulfillment_id),
      new Map((await instancesOf(tx, ids)).map((row) => [row.id, row])),
    ];
    const allocationIds = [...allocations.values()].flat().map((row) => row.id);
    const allocated = groupBy(await allocationLinesOf(tx, allocationIds), (row) => row.allocation_id);
    const stops = groupBy(await stopsOf(tx, allocationIds), (row) => row.allocation_id);
    for (const row of rows) {
      const file: OrderFile = {
        ...row,
        lines: lines.get(row.id) ?? [],
        allocations: [],
        waiting: waiting.get(row.id) ?? [],
        process: instances.get(row.id)!,
      };
      book.files.set(row.id, file);
      book.stored.add(row.id);
      book.backordered.set(row.id, backorderedOf(file));
      for (const allocation of allocations.get(row.id) ?? [])
        book.index(file, { ...allocation, lines: allocated.get(allocation.id) ?? [], stops: stops.get(allocation.id) ?? [] });
    }
    return book;
  }

  all = (): OrderFile[] => [...this.files.values()];
  of = (id: string): OrderFile | undefined => this.files.get(id);
  has = (id: string): boolean => this.files.has(id);
  ofReservation = (id: string): OrderFile | undefined => this.all().find((order) => order.reservation_id === id);
  ofAllocation = (id: string) => this.byAllocation.get(id);

  add(file: OrderFile): void {
    this.files.set(file.id, file);
    this.touch(file);
  }

  addAllocation(order: OrderFile, allocation: Allocation): void {
    this.index(order, allocation);
    this.touchAllocation(order, allocation);
  }

  touch(order: OrderFile): void {
    this.touched.add(order);
  }

  /** A new version, for an event that names the order. */
  raise(order: OrderFile): number {
    this.touch(order);
    return ++order.version;
  }

  touchAllocation(order: OrderFile, allocation: Allocation): void {
    this.touch(order);
    this.touchedAllocations.add(allocation);
  }

  /** What its warehouse is asked to stop has changed. */
  touchStops(order: OrderFile, allocation: Allocation): void {
    this.touchAllocation(order, allocation);
    this.restopped.add(allocation);
  }

  touchWaiting(order: OrderFile): void {
    this.touch(order);
    this.rewaiting.add(order);
  }

  /** Units that this transaction lets wait for stock and that did not before. */
  newlyBackordered(): { order: OrderFile; lines: EventLine[] }[] {
    return [...this.touched].flatMap((order) => {
      const before = this.backordered.get(order.id);
      const lines = [...backorderedOf(order)]
        .map(([sku, units]) => ({ sku, quantity: units - (before?.get(sku) ?? 0) }))
        .filter(({ quantity }) => quantity > 0);
      return lines.length > 0 ? [{ order, lines }] : [];
    });
  }

  async save(): Promise<void> {
    const { tx } = this;
    const [orders, allocations, rewaiting] = [[...this.touched], [...this.touchedAllocations], [...this.rewaiting]];
    await saveOrders(tx, orders);
    await saveLines(
      tx,
      orders.flatMap((order) => order.lines),
    );
    await saveAllocations(tx, allocations);
    await saveAllocationLines(
      tx,
      allocations.flatMap((allocation) => allocation.lines),
    );
    const restopped = [...this.restopped];
    await saveStops(
      tx,
      restopped.map(({ id }) => id),
      restopped.flatMap(({ stops }) => stops),
    );
    await deleteWaiting(
      tx,
      rewaiting.filter((order) => this.stored.has(order.id)).map((order) => order.id),
    );
    await insertWaiting(
      tx,
      rewaiting.flatMap((order) => order.waiting),
    );
    await this.steps.save(
      tx,
      orders.map((order) => order.process),
    );
  }

  private index(order: OrderFile, allocation: Allocation): void {
    order.allocations.push(allocation);
    this.byAllocation.set(allocation.id, { order, allocation });
  }
}

function backorderedOf({ lines }: OrderFile): Map<string, number> {
  const units = new Map<string, number>();
  for (const { sku, backordered } of lines) units.set(sku, (units.get(sku) ?? 0) + backordered);
  return units;
}
