import type { Tx } from "../../../shared/db/transaction";
import type { EventLine } from "../../../shared/flow/messages";
import { groupBy } from "../../../shared/group";
import type { OrderFile } from "../order/fulfillment-order";
import { instancesOf } from "../process/process.sql";
import { ProcessSteps, type Step } from "../process/process-steps";
import { statusOf, type ReturnFile } from "./return-order";
import { readOrderReturns, returnableOf, type OrderReturns } from "./read-returnable";
import { lostKey, type Returnable } from "./returnable";
import { lockReturns, returnLinesOf, saveLost, saveReturns, type LostRow } from "./return.sql";

/** The returns that a transaction has locked or makes; `save` writes what was touched, in multi-row statements. */
export class Returns {
  private readonly files = new Map<string, ReturnFile>();
  private readonly touched = new Set<ReturnFile>();
  private readonly lost: LostRow[] = [];

  /** Of orders of which parcels come back by themselves, by order number. */
  private readonly whole = new Map<string, OrderReturns>();

  private readonly steps: ProcessSteps;

  private constructor(private readonly tx: Tx) {
    this.steps = new ProcessSteps(tx.db.log);
  }

  /** Locks returns in the order of their ids, after the orders, and reads their lines; and what may come back of `whole` orders. */
  static async lock(tx: Tx, ids: string[], whole: ReadonlyMap<string, OrderFile[]> = new Map()): Promise<Returns> {
    const book = Returns.none(tx);
    for (const [orderRef, orders] of whole) book.whole.set(orderRef, await readOrderReturns(tx, orders, orderRef));
    if (ids.length === 0) return book;
    const rows = await lockReturns(tx, [...new Set(ids)]);
    const lines = groupBy(await returnLinesOf(tx, ids), (line) => line.return_id);
    const instances = new Map((await instancesOf(tx, ids)).map((row) => [row.id, row]));
    for (const row of rows) book.files.set(row.id, { ...row, lines: lines.get(row.id) ?? [], process: instances.get(row.id)! });
    return book;
  }

  static none = (tx: Tx): Returns => new Returns(tx);

  /** With what this transaction has changed of it. */
  returnableOf(orderRef: string): Returnable {
    const read = this.whole.get(orderRef)!;
    const changed = [...this.files.values()].filter(({ order_ref }) => order_ref === orderRef);
    const others = read.returns.filter(({ id }) => !this.files.has(id));
    const lost = new Map(read.lost);
    for (const { shipment_id, sku, units } of this.lost) lost.set(lostKey(shipment_id, sku), units);
    return returnableOf({ ...read, lost, returns: [...others, ...changed] });
  }
  of = (id: string): ReturnFile | undefined => this.files.get(id);

  /** A new return, as it was asked for. */
  add(file: ReturnFile, step: Step): void {
    this.files.set(file.id, file);
    this.step(file, step);
  }

  /** After something has changed: the status follows from it, and the return's process with the status. */
  step(file: ReturnFile, step: Step): void {
    file.status = statusOf(file);
    this.touched.add(file);
    this.steps.move(file.process, file.status, step);
  }

  /** A new version, for an event that names the return. */
  raise(file: ReturnFile): number {
    this.touched.add(file);
    return ++file.version;
  }

  lose(shipmentId: string, lines: EventLine[]): void {
    this.lost.push(...lines.map(({ sku, quantity }) => ({ shipment_id: shipmentId, sku, units: quantity })));
  }

  async save(): Promise<void> {
    const files = [...this.touched];
    await saveReturns(
      this.tx,
      files,
      files.flatMap(({ lines }) => lines),
    );
    await this.steps.save(
      this.tx,
      files.map((file) => file.process),
    );
    await saveLost(this.tx, this.lost);
  }
}
