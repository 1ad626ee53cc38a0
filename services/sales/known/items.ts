import type { LayerDatabase } from "../../../shared/db/database";
import { readItems, type ItemRow } from "../stock/stock.sql";

/** A kit's recipe may change, so it is asked for again after this long; another item's kind is fixed. */
const KIT_FRESH_MS = 1_000;
const MOST_REMEMBERED = 100_000;

/** What kind each item is, as this process knows it: what a reservation has to lock follows from it. */
export class Items {
  private readonly known = new Map<string, { kind: ItemRow["kind"]; components: string[]; readAt: number }>();

  /** What is being asked just now, by item. */
  private readonly asked = new Map<string, Promise<void>>();

  constructor(private readonly db: LayerDatabase) {}

  /** Asks for what is not known yet, in one statement; who wants the same meanwhile waits for it. An item that nobody has told of stays unknown. */
  async learn(skus: Iterable<string>): Promise<this> {
    const unknown = [...new Set(skus)].filter((sku) => !this.isFresh(sku));
    if (unknown.length === 0) return this;
    const missing = unknown.filter((sku) => !this.asked.has(sku));
    if (missing.length > 0) {
      const answer = this.ask(missing).finally(() => missing.forEach((sku) => this.asked.delete(sku)));
      for (const sku of missing) this.asked.set(sku, answer);
    }
    await Promise.all(unknown.flatMap((sku) => this.asked.get(sku) ?? []));
    return this;
  }

  private async ask(skus: string[]): Promise<void> {
    const readAt = Date.now();
    for (const { sku, kind, components } of await readItems(this.db, skus))
      this.known.set(sku, { kind, components: (components ?? []).map((one) => one.sku), readAt });
    for (const oldest of this.known.keys()) {
      if (this.known.size <= MOST_REMEMBERED) break;
      this.known.delete(oldest);
    }
  }

  componentsOf = (sku: string): string[] => this.known.get(sku)?.components ?? [];

  private isFresh(sku: string): boolean {
    const found = this.known.get(sku);
    return found !== undefined && (found.kind !== "KIT" || Date.now() - found.readAt < KIT_FRESH_MS);
  }
}
