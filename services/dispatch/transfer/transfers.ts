import type { Tx } from "../../../shared/db/transaction";
import { groupBy } from "../../../shared/group";
import type { StockKey } from "../position/position";
import { instancesOf } from "../process/process.sql";
import { ProcessSteps, type Step } from "../process/process-steps";
import { lockTransfers, saveTransfers, transferLinesOf } from "./transfer.sql";
import type { TransferFile, TransferStatus } from "./transfer-order";

/** The transfers that a transaction has locked or makes; `save` writes what was touched, in multi-row statements. */
export class Transfers {
  private readonly files = new Map<string, TransferFile>();
  private readonly touched = new Set<TransferFile>();
  private readonly steps: ProcessSteps;

  private constructor(private readonly tx: Tx) {
    this.steps = new ProcessSteps(tx.db.log);
  }

  /** Locks those of these ids that are transfers, after orders and returns, and reads their lines. */
  static async lock(tx: Tx, ids: string[]): Promise<Transfers> {
    const book = new Transfers(tx);
    if (ids.length === 0) return book;
    const rows = await lockTransfers(tx, ids);
    const own = rows.map(({ id }) => id);
    const lines = groupBy(await transferLinesOf(tx, own), (line) => line.transfer_id);
    const instances = new Map((await instancesOf(tx, own)).map((row) => [row.id, row]));
    for (const row of rows) book.files.set(row.id, { ...row, lines: lines.get(row.id) ?? [], process: instances.get(row.id)! });
    return book;
  }

  static none = (tx: Tx): Transfers => new Transfers(tx);

  of = (id: string): TransferFile | undefined => this.files.get(id);
  all = (): TransferFile[] => [...this.files.values()];

  /** The positions that may change by them: their items where they leave. */
  keys = (): StockKey[] => this.all().flatMap(({ from_warehouse, lines }) => lines.map(({ sku }) => ({ place: from_warehouse, sku })));

  add(file: TransferFile, step: Step): void {
    this.files.set(file.id, file);
    this.step(file, file.status, step);
  }

  step(file: TransferFile, status: TransferStatus, step: Step): void {
    file.status = status;
    this.touched.add(file);
    this.steps.move(file.process, status, step);
  }

  /** A new version, for an event that names the transfer. */
  raise(file: TransferFile): number {
    this.touched.add(file);
    return ++file.version;
  }

  async save(): Promise<void> {
    const files = [...this.touched];
    await saveTransfers(
      this.tx,
      files,
      files.flatMap(({ lines }) => lines),
    );
    await this.steps.save(
      this.tx,
      files.map((file) => file.process),
    );
  }
}
