import type { Reader } from "../../../shared/db/database";
import { MAX_UNITS } from "../../../shared/units/check";
import type { ChannelRow } from "../channel/channel.sql";
import { onSale, QuotaMode, type ListingRow } from "../listing/listing";
import type { PoolFigures } from "../listing/offer";
import { readDeadShares, readExpected, readSellable } from "../stock/read-stock.sql";
import { readItems, readListings, type ItemRow } from "../stock/stock.sql";
import { availabilityAt, availabilityOfKit, AvailabilityStatus, type Shown } from "./availability";

export interface ShownAvailability extends Shown {
  incoming: number;
  expectedAt: Date | null;
}

/** What decides what one channel may show of some items, at one moment of the database's clock. */
export interface SaleFacts {
  now: Date;
  shown(sku: string): ShownAvailability;
  /** Whether there is such an item at all. */
  isKnown(sku: string): boolean;
}

/** `onComponent` is told of each kit's components before their figures are read. */
export async function readSaleFacts(
  reader: Reader,
  channel: ChannelRow,
  skus: readonly string[],
  onComponent: (kit: string, component: string) => void,
): Promise<SaleFacts> {
  const [items, listings] = await Promise.all([readItems(reader, skus), readListings(reader, [channel.code], [...skus])]);
  const itemOf = new Map(items.map((row) => [row.sku, row]));
  const components = items.flatMap((kit) => (kit.components ?? []).map(({ sku }) => (onComponent(kit.sku, sku), sku)));
  const { now, bySku } = await readSellable(reader, channel.pool_code, [...new Set([...skus, ...components])]);
  const listingOf = new Map(listings.map((row) => [row.sku, row]));
  await countDeadShares(reader, channel, listingOf);
  const expected = await expectedAt(reader, channel.pool_code, skus, bySku);
  const figuresOf = (sku: string): PoolFigures => bySku.get(sku) ?? { available: 0, incoming: 0 };
  return {
    now,
    isKnown: (sku) => itemOf.has(sku),
    shown: (sku) => ({
      ...shownOf(listingOf.get(sku), itemOf.get(sku), figuresOf, now),
      incoming: figuresOf(sku).incoming,
      expectedAt: expected.get(sku) ?? null,
    }),
  };
}

function shownOf(listing: ListingRow | undefined, item: ItemRow | undefined, figuresOf: (sku: string) => PoolFigures, now: Date): Shown {
  if (!item) return { status: AvailabilityStatus.UNLISTED, quantity: 0 };
  if (item.kind === "STOCKED") return availabilityAt(listing, figuresOf(item.sku), now);
  if (item.kind === "NON_STOCK")
    return onSale(listing, now)
      ? { status: AvailabilityStatus.IN_STOCK, quantity: MAX_UNITS }
      : { status: AvailabilityStatus.UNLISTED, quantity: 0 };
  const kits = Math.min(...item.components!.map((one) => Math.floor(Math.max(0, figuresOf(one.sku).available) / one.quantity)));
  return availabilityOfKit(listing, kits, now);
}

/** Holds under a quota that are dead and not booked yet: their units are the sale's again. */
async function countDeadShares(reader: Reader, { pool_code: pool, code }: ChannelRow, listings: Map<string, ListingRow>): Promise<void> {
  const limited = [...listings.values()].filter((listing) => listing.quota_mode !== QuotaMode.SHARED);
  if (limited.length === 0) return;
  for (const { sku, generation, units } of await readDeadShares(
    reader,
    pool,
    code,
    limited.map((listing) => listing.sku),
  )) {
    const listing = listings.get(sku)!;
    if (listing.generation !== generation) continue;
    listing.quota_sold -= Number(units);
    if (listing.quota_mode === QuotaMode.RING_FENCE)
      listing.fenced += Math.min(Number(units), listing.quota_quantity! - listing.quota_sold - listing.fenced);
  }
}

async function expectedAt(
  reader: Reader,
  pool: string,
  skus: readonly string[],
  bySku: Map<string, PoolFigures>,
): Promise<Map<string, Date>> {
  const due = skus.filter((sku) => (bySku.get(sku)?.incoming ?? 0) > 0);
  if (due.length === 0) return new Map();
  return new Map((await readExpected(reader, pool, due)).map(({ sku, at }) => [sku, at]));
}
