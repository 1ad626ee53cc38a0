import type { Tx } from "../../../shared/db/transaction";
import type { FeedEvent, SetAsideWanted } from "../../../shared/flow/messages";
import { tell, type NewEvent } from "../../../shared/flow/outbox";
import type { WarehouseRow } from "../channel/channel.sql";
import type { Batch } from "../stock/batch";
import { Cause, type StockKey } from "../stock/virtual-stock";
import { readTransferStock, saveTransferStock, type TransferStockRow } from "./transfer-stock.sql";

type Wanted = FeedEvent<SetAsideWanted>;

/** Units that are set aside for transfers: frozen from when they are asked for until they leave or are given back. */
export class TransferStock {
  private readonly rows = new Map<string, TransferStockRow>();
  private readonly changed = new Set<TransferStockRow>();
  private readonly events: NewEvent[] = [];

  private constructor(
    private readonly tx: Tx,
    /** Those in which units are to be set aside. */
    readonly headers: StockKey[],
  ) {}

  static async read(tx: Tx, events: FeedEvent[]): Promise<TransferStock> {
    const wanted = events.filter((event) => event.type === "SetAsideWanted");
    const left = events.filter((event) => event.type === "SupplyChanged");
    const headers = wanted.flatMap(({ pool, lines }) => lines.map(({ sku }) => ({ pool, sku })));
    const book = new TransferStock(tx, headers);
    const ids = new Set([...wanted, ...left].flatMap(({ transferId }) => transferId ?? []));
    for (const row of await readTransferStock(tx, [...ids])) book.rows.set(textOf(row.transfer_id, row.sku), row);
    return book;
  }

  /**
   * More is set aside only if all of it is available where it is asked for, beside what `keptNow` of it stays kept back there; less at
   * once. Answers whether it was done.
   */
  want(batch: Batch, event: Wanted, warehouse: WarehouseRow | undefined, keptNow: (sku: string) => number): boolean {
    const { transferId, pool, lines } = event;
    const changes = lines.map(({ sku, quantity, kept }) => ({
      sku,
      units: quantity - (this.rows.get(textOf(transferId, sku))?.units ?? 0),
      available: batch.available({ pool, sku }) + Math.max(0, keptNow(sku) - kept),
    }));
    const isMore = changes.some(({ units }) => units > 0);
    const because = isMore ? whyNot(event, changes, warehouse) : null;
    if (because === null) for (const { sku, units } of changes) this.freeze(batch, event, sku, units);
    if (!isMore) return true;
    const missing = changes
      .map(({ sku, units, available }) => ({ sku, quantity: Math.min(units, units - available) }))
      .filter(({ quantity }) => because !== null && quantity > 0);
    const aggregates = { [`set-aside:${transferId}`]: event.aggregates[`transfer:${transferId}`] ?? 1 };
    this.events.push({ type: "SetAsideDecided", transferId, accepted: because === null, missing, because, aggregates });
    return because === null;
  }

  private freeze(batch: Batch, { transferId, pool, warehouse }: Wanted, sku: string, units: number): void {
    if (units === 0) return;
    const text = textOf(transferId, sku);
    const row = this.rows.get(text) ?? { transfer_id: transferId, sku, warehouse_code: warehouse, pool_code: pool, units: 0 };
    row.units += units;
    this.rows.set(text, row);
    this.changed.add(row);
    batch.post({ pool, sku }, units > 0 ? Cause.FREEZE : Cause.UNFREEZE, transferId, { frozen: units });
  }

  /** Units have left by the transfer: so many of them were set aside in this pool, and are no more. */
  leave(transferId: string, pool: string, sku: string, units: number): number {
    const row = this.rows.get(textOf(transferId, sku));
    if (!row || row.pool_code !== pool) return 0;
    const left = Math.min(units, row.units);
    row.units -= left;
    this.changed.add(row);
    return left;
  }

  async save(): Promise<void> {
    await saveTransferStock(this.tx, [...this.changed]);
    await tell(this.tx, this.events);
  }
}

function whyNot(
  { pool, warehouse: code }: Wanted,
  changes: { sku: string; units: number; available: number }[],
  warehouse: WarehouseRow | undefined,
): string | null {
  if (warehouse?.pool_code !== pool) return `${code} does not feed pool ${pool}`;
  if (warehouse.move_id) return `${code} is being moved to another pool`;
  const short = changes.find(({ units, available }) => units > 0 && available < units);
  return short ? `pool ${pool} has promised ${short.sku}: ${Math.max(0, short.available)} are available` : null;
}

const textOf = (transferId: string, sku: string): string => `${transferId}\u0001${sku}`;
