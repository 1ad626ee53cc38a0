import { callOrThrow, type Caller } from "./call";
import * as operations from "./operations";
import { purchaseReceipt } from "./receipt";
import { chunked, unitsOf, type OrderLine, type Shop } from "./shop";

const LINES_A_RECEIPT = 1_000;
const SKUS_A_QUESTION = 200;

/**
 * Buys for one pool like a merchant: it knows what it has sold, and what falls below its reorder point is bought up to
 * its target. One purchase is under way at a time; what becomes due meanwhile is on the next.
 */
export class Restocker {
  receipts = 0;
  units = 0;
  private readonly sellable = new Map<string, number>();
  private readonly due = new Map<string, number>();
  private readonly items: Map<string, Shop["items"][number]>;
  private readonly warehouses: string[];
  private purchase: Promise<void> | null = null;

  constructor(
    shop: Shop,
    private readonly pool: string,
    private readonly buyer: Caller,
    private readonly run: string,
  ) {
    this.items = new Map(shop.items.map((item) => [item.sku, item]));
    this.warehouses = shop.warehouses.filter((warehouse) => warehouse.pool === pool).map((warehouse) => warehouse.code);
  }

  /** Takes stock of what may be sold now. */
  async begin(channel: string): Promise<void> {
    for (const skus of chunked([...this.items.keys()], SKUS_A_QUESTION)) {
      const { availability } = await this.buyer.call(operations.availability, { channel, skus });
      for (const { item, quantity } of availability) this.sellable.set(item.sku, quantity);
    }
  }

  /** What has been sold; buys what has run low, without waiting for it. */
  sold(lines: OrderLine[]): void {
    for (const { sku, quantity } of lines) {
      const left = (this.sellable.get(sku) ?? 0) - quantity;
      this.sellable.set(sku, left);
      const item = this.items.get(sku)!;
      if (left < item.reorderPoint) this.order(sku, item.reorderTo - left);
    }
    this.buy().catch(() => undefined); // a purchase that failed is asked for again by the order that comes short
  }

  /** What an order lacks; done when it has been received. */
  async need(lacking: OrderLine[]): Promise<void> {
    for (const { sku, quantity } of lacking) this.order(sku, quantity + this.items.get(sku)!.reorderTo);
    await this.buy();
  }

  /** Waits for the purchase that is under way. */
  async end(): Promise<void> {
    await this.purchase?.catch(() => undefined);
  }

  private order(sku: string, units: number): void {
    this.due.set(sku, Math.max(units, this.due.get(sku) ?? 0));
  }

  private async buy(): Promise<void> {
    if (this.due.size > 0) this.purchase ??= this.receiveAllDue();
    await this.purchase;
  }

  private async receiveAllDue(): Promise<void> {
    try {
      while (this.due.size > 0) {
        const lines = [...this.due].slice(0, LINES_A_RECEIPT).map(([sku, quantity]) => ({ sku, quantity }));
        for (const { sku, quantity } of lines) {
          this.due.delete(sku);
          this.sellable.set(sku, (this.sellable.get(sku) ?? 0) + quantity);
        }
        await this.receive(lines);
      }
    } finally {
      this.purchase = null; // in the same turn in which the loop saw nothing due
    }
  }

  /** Each purchase goes to the next warehouse in turn. */
  private async receive(lines: OrderLine[]): Promise<void> {
    const number = ++this.receipts;
    this.units += unitsOf(lines);
    const bought = lines.map((line) => ({ ...line, unitCost: this.items.get(line.sku)!.unitCost }));
    const warehouse = this.warehouses[number % this.warehouses.length]!;
    await callOrThrow(
      this.buyer,
      operations.postMovement,
      purchaseReceipt(warehouse, `RESTOCK-${this.run}-${this.pool}-${number}`, bought),
    );
  }
}
