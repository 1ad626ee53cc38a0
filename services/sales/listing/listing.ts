export enum ListingStatus {
  LISTED = "LISTED",
  UNLISTED = "UNLISTED",
  SCHEDULED = "SCHEDULED",
}

export enum QuotaMode {
  SHARED = "SHARED",
  CAP = "CAP",
  RING_FENCE = "RING_FENCE",
}

/** A listing's row: what one channel sells of one item, and under which controls. */
export interface ListingRow {
  channel_code: string;
  sku: string;
  /** Its channel's pool, which never changes. */
  pool_code: string;
  status: ListingStatus;
  starts_at: Date | null;
  ends_at: Date | null;
  safety_stock: number;
  low_stock_threshold: number;
  max_per_order: number | null;
  max_per_customer: number | null;
  quota_mode: QuotaMode;
  quota_quantity: number | null;
  /** Units sold in this sale under the quota: open and past, not those given back. */
  quota_sold: number;
  /** The number of its sale: a new one begins with another quota mode or another start, and counts from zero. */
  generation: number;
  /** Units of the ring fence not sold yet; part of the header's `fenced`. */
  fenced: number;
  fenced_at: Date | null;
  preorder_limit: number;
  backorder_limit: number;
  oversell_limit: number;
}

export const LISTING_COLUMNS = [
  "channel_code",
  "sku",
  "pool_code",
  "status",
  "starts_at",
  "ends_at",
  "safety_stock",
  "low_stock_threshold",
  "max_per_order",
  "max_per_customer",
  "quota_mode",
  "quota_quantity",
  "quota_sold",
  "generation",
  "fenced",
  "fenced_at",
  "preorder_limit",
  "backorder_limit",
  "oversell_limit",
] as const satisfies (keyof ListingRow)[];

export const newListing = (channel: string, sku: string, pool: string): ListingRow => ({
  channel_code: channel,
  sku,
  pool_code: pool,
  status: ListingStatus.LISTED,
  starts_at: null,
  ends_at: null,
  safety_stock: 0,
  low_stock_threshold: 0,
  max_per_order: null,
  max_per_customer: null,
  quota_mode: QuotaMode.SHARED,
  quota_quantity: null,
  quota_sold: 0,
  generation: 0,
  fenced: 0,
  fenced_at: null,
  preorder_limit: 0,
  backorder_limit: 0,
  oversell_limit: 0,
});

/** Whether the item is on sale at that moment of the database's clock. A scheduled listing opens and closes by itself. */
export function onSale(listing: ListingRow | undefined, now: Date): listing is ListingRow {
  if (!listing || listing.status === ListingStatus.UNLISTED) return false;
  if (listing.status === ListingStatus.SCHEDULED && (listing.starts_at === null || listing.starts_at > now)) return false;
  return listing.ends_at === null || listing.ends_at > now;
}

/** A fence keeps its units until its listing ends or goes off sale, also before its start. */
export const fenceEnded = (listing: ListingRow, now: Date): boolean =>
  listing.status === ListingStatus.UNLISTED || (listing.ends_at !== null && listing.ends_at <= now);
