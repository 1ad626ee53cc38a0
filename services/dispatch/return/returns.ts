import type { Tx } from "../../../shared/db/transaction";
import type { EventLine } from "../../../shared/flow/messages";
import { groupBy } from "../../../shared/group";
import { instancesOf } from "../process/process.sql";
import { ProcessSteps, type Step } from "../process/process-steps";
import { statusOf, type ReturnFile } from "./return-order";
import { lostKey } from "./returnable";
import { claimedOf, lockReturns, returnLinesOf, saveLost, saveReturns, type LostRow } from "./return.sql";

/** The returns that a transaction has locked or makes; `save` writes what was touched, in multi-row statements. */
export class Returns {
  private readonly files = new Map<string, ReturnFile>();
  private readonly touched = new Set<ReturnFile>();
  private readonly lost: LostRow[] = [];

  /** Units that returns bring back of shipments that come back themselves, by `lostKey`. */
  private readonly claimed = new Map<string, number>();

  private readonly steps: ProcessSteps;

  private constructor(private readonly tx: Tx) {
    this.steps = new ProcessSteps(tx.db.log);
  }

  /** Locks returns in the order of their ids, after the orders, and reads their lines; and what others claim of `back`, shipments of locked orders. */
  static async lock(tx: Tx, ids: string[], back: string[] = []): Promise<Returns> {
    const book = Returns.none(tx);
    for (const { shipment_id, sku, units } of await claimedOf(tx, back)) book.claimed.set(lostKey(shipment_id, sku), Number(units));
    if (ids.length === 0) return book;
    const rows = await lockReturns(tx, [...new Set(ids)]);
    const lines = groupBy(await returnLinesOf(tx, ids), (line) => line.return_id);
    const instances = new Map((await instancesOf(tx, ids)).map((row) => [row.id, row]));
    for (const row of rows) book.files.set(row.id, { ...row, lines: lines.get(row.id) ?? [], process: instances.get(row.id)! });
    return book;
  }

  static none = (tx: Tx): Returns => new Returns(tx);

  claimedOf = (shipmentId: string, sku: string): number => this.claimed.get(lostKey(shipmentId, sku)) ?? 0;
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
