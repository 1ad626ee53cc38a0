import { wait } from "../../../shared/db/retry";
import type { LayerDatabase } from "../../../shared/db/database";
import { Refusal } from "../../../shared/refusal";
import { checkKey, MAX_UNITS } from "../../../shared/units/check";
import type { ChannelRow } from "../channel/channel.sql";
import type { Batch } from "../stock/batch";
import type { Command } from "../stock/combiner";
import { readItems } from "../stock/stock.sql";
import { Cause } from "../stock/virtual-stock";
import { fenceEnded, ListingStatus, newListing, QuotaMode, type ListingRow } from "./listing";

export interface SaveListing {
  channel: string;
  sku: string;
  status: ListingStatus;
  startsAt?: Date | null;
  endsAt?: Date | null;
  safetyStock?: number | null;
  lowStockThreshold?: number | null;
  maxPerOrder?: number | null;
  maxPerCustomer?: number | null;
  quota?: { mode: QuotaMode; quantity?: number | null } | null;
  preorderLimit?: number | null;
  backorderLimit?: number | null;
  oversellLimit?: number | null;
}

const WAIT_FOR_ITEM_MS = 1_000;
const LEAST = {
  safetyStock: 0,
  lowStockThreshold: 0,
  maxPerOrder: 1,
  maxPerCustomer: 1,
  preorderLimit: 0,
  backorderLimit: 0,
  oversellLimit: 0,
} as const;

export function checkListing(input: SaveListing): void {
  checkKey(input.channel, ["input", "channel"]);
  checkKey(input.sku, ["input", "sku"]);
  for (const [field, least] of Object.entries(LEAST)) {
    const value = input[field as keyof typeof LEAST];
    if (value != null && (value < least || value > MAX_UNITS))
      throw new Refusal("INVALID_INPUT", `must be ${least} to 2,000,000,000`, { field: ["input", field] });
  }
  if (!input.quota) return;
  const { mode, quantity } = input.quota;
  if (mode === QuotaMode.SHARED ? quantity != null : quantity == null || quantity < 0 || quantity > MAX_UNITS)
    throw new Refusal("INVALID_INPUT", mode === QuotaMode.SHARED ? "SHARED has no quantity" : `${mode} needs a quantity of at least 0`, {
      field: ["input", "quota", "quantity"],
    });
}

/** The listing after the change, its fence apart: absent keeps, null clears. Another start or quota mode begins a new sale. */
function changed(row: ListingRow, input: SaveListing): ListingRow {
  const limit = (value: number | null | undefined, before: number) => (value === undefined ? before : (value ?? 0));
  const kept = <T>(value: T | null | undefined, before: T | null) => (value === undefined ? before : value);
  const quota = input.quota === undefined ? undefined : (input.quota ?? { mode: QuotaMode.SHARED, quantity: null });
  const listing: ListingRow = {
    ...row,
    status: input.status,
    starts_at: kept(input.startsAt, row.starts_at),
    ends_at: kept(input.endsAt, row.ends_at),
    safety_stock: limit(input.safetyStock, row.safety_stock),
    low_stock_threshold: limit(input.lowStockThreshold, row.low_stock_threshold),
    max_per_order: kept(input.maxPerOrder, row.max_per_order),
    max_per_customer: kept(input.maxPerCustomer, row.max_per_customer),
    quota_mode: quota?.mode ?? row.quota_mode,
    quota_quantity: quota ? (quota.quantity ?? null) : row.quota_quantity,
    preorder_limit: limit(input.preorderLimit, row.preorder_limit),
    backorder_limit: limit(input.backorderLimit, row.backorder_limit),
    oversell_limit: limit(input.oversellLimit, row.oversell_limit),
  };
  if (listing.status === ListingStatus.SCHEDULED && !listing.starts_at) {
    throw new Refusal("INVALID_INPUT", "a SCHEDULED listing needs startsAt", { field: ["input", "startsAt"] });
  }
  if (listing.starts_at && listing.ends_at && listing.ends_at <= listing.starts_at) {
    throw new Refusal("INVALID_INPUT", "must be after startsAt", { field: ["input", "endsAt"] });
  }
  if (listing.quota_mode !== row.quota_mode || listing.starts_at?.getTime() !== row.starts_at?.getTime()) {
    listing.generation += 1;
    listing.quota_sold = 0;
  }
  return listing;
}

/** Makes or changes a listing under the lock of its stock header, so that no process sells by a stale copy. */
export function saveListingCommand(input: SaveListing, channel: ChannelRow): Command<ListingRow> {
  const key = { pool: channel.pool_code, sku: input.sku };
  return {
    rows: 3,
    needs: { headers: [key], listings: { channel: channel.code, skus: [input.sku] } },
    decide(batch) {
      const before = batch.listing(channel.code, input.sku) ?? newListing(channel.code, input.sku, channel.pool_code);
      const listing = changed(before, input);
      checkKind(batch, listing);
      moveFence(batch, listing);
      batch.shares.replace(listing);
      return { ...listing };
    },
  };
}

function checkKind(batch: Batch, { sku, quota_mode, max_per_customer, preorder_limit, backorder_limit, oversell_limit }: ListingRow): void {
  const { kind } = batch.item(sku)!;
  if (kind === "STOCKED") return;
  const refuse = (field: string, limit: string) =>
    new Refusal("INVALID_INPUT", `${limit} is for STOCKED items; ${sku} is a ${kind}`, { field: ["input", field] });
  if (quota_mode !== QuotaMode.SHARED) throw refuse("quota", "a quota");
  if (kind === "KIT" && max_per_customer !== null) throw refuse("maxPerCustomer", "maxPerCustomer");
  if (preorder_limit + backorder_limit + oversell_limit > 0) throw refuse("backorderLimit", "selling beyond the stock");
}

/** Brings the fenced units to what the listing asks for now: more is taken from the pool if it is there, the rest goes back. */
function moveFence(batch: Batch, listing: ListingRow): void {
  const key = { pool: listing.pool_code, sku: listing.sku };
  const fences = listing.quota_mode === QuotaMode.RING_FENCE && !fenceEnded(listing, batch.now);
  const wanted = fences ? Math.max(0, listing.quota_quantity! - listing.quota_sold) : 0;
  const more = wanted - listing.fenced;
  if (more === 0) return;
  const available = batch.available(key);
  if (more > Math.max(0, available))
    throw new Refusal(
      "INSUFFICIENT_STOCK",
      `a fence of ${listing.quota_quantity} needs ${more} more units, ${Math.max(0, available)} are available`,
      {
        field: ["input", "quota", "quantity"],
      },
    );
  batch.post(key, more > 0 ? Cause.FENCE : Cause.UNFENCE, `listing:${listing.channel_code}`, { fenced: more });
  listing.fenced = wanted;
  if (more > 0) listing.fenced_at = batch.now;
}

/** The items of those SKUs, of one merchant or any; one that this layer has not heard of yet is waited for up to a second. */
export async function knownItems(db: LayerDatabase, skus: string[], merchant: string | undefined): Promise<Set<string>> {
  const until = Date.now() + WAIT_FOR_ITEM_MS;
  for (;;) {
    const items = (await readItems(db, skus)).filter((item) => merchant === undefined || item.merchant === merchant);
    const known = new Set(items.map(({ sku }) => sku));
    if (skus.every((sku) => known.has(sku)) || Date.now() > until) return known;
    await wait(50);
  }
}
