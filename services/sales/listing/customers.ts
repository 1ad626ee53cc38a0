import { groupBy } from "../../../shared/group";
import type { Tx } from "../../../shared/db/transaction";
import type { ReservationLineRow } from "../reserve/reservation";
import { readCustomerUnits } from "../stock/stock.sql";
import type { Shares } from "./shares";

interface Need {
  customer?: string;
  listings?: { channel: string; skus: string[] };
}

/** What customers have taken in the sales that go on, as far as a listing's limit asks for it; counted from their lines. */
export class CustomerUnits {
  private readonly units = new Map<string, number>();

  /** Call under the headers' locks, after dead holds were booked. */
  async read(tx: Tx, needs: Need[], shares: Shares): Promise<void> {
    const limited = needs.flatMap(({ listings, customer }) =>
      (customer === undefined ? [] : (listings?.skus ?? [])).flatMap((sku) => {
        const listing = shares.get(listings!.channel, sku);
        return listing && listing.max_per_customer !== null ? [{ pool: listing.pool_code, sku, customer: customer! }] : [];
      }),
    );
    for (const [pool, group] of groupBy(limited, (one) => one.pool)) {
      const [skus, customers] = [[...new Set(group.map(({ sku }) => sku))], [...new Set(group.map((one) => one.customer))]];
      for (const { channel, sku, customer, units } of await readCustomerUnits(tx, pool, skus, customers, shares.now))
        this.units.set(textOf(channel, sku, customer), units);
    }
  }

  of = (channel: string, sku: string, customer: string): number => this.units.get(textOf(channel, sku, customer)) ?? 0;

  /** Units of a line were taken (above zero) or given back, in this batch. A kit is not limited by customer. */
  count({ channel_code, sku, customer_ref, kit_sku }: ReservationLineRow, units: number): void {
    if (customer_ref === null || kit_sku !== null) return;
    const text = textOf(channel_code, sku, customer_ref);
    this.units.set(text, (this.units.get(text) ?? 0) + units);
  }
}

const textOf = (channel: string, sku: string, customer: string): string => `${channel}\u0001${sku}\u0001${customer}`;
