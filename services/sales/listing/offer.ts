import { QuotaMode, type ListingRow } from "./listing";

/** What a pool has of an item, dead holds and ended fences counted as free. */
export interface PoolFigures {
  available: number;
  incoming: number;
}

export interface Offer {
  /** Units that the channel may reserve now. */
  quantity: number;
  /** Of these, from stock that is there … */
  fromStock: number;
  /** … and from stock that is there or on its way; the rest is backorder. */
  fromStockAndIncoming: number;
  /** How far below zero a reservation may take the pool's available, as a number not above zero. */
  permitted: number;
}

/**
 * The one rule of what a channel may sell: storefronts are shown it and reservations are granted by it.
 * stock = available - safetyStock; beyond it min(preorderLimit, incoming) + backorderLimit + oversellLimit units may be
 * promised; a CAP ends at quantity - sold; a RING_FENCE sells what is left of its own units and nothing else.
 */
export function offer(listing: ListingRow, { available, incoming }: PoolFigures): Offer {
  if (listing.quota_mode === QuotaMode.RING_FENCE) {
    const left = Math.max(0, listing.fenced);
    return { quantity: left, fromStock: left, fromStockAndIncoming: left, permitted: 0 };
  }
  const most =
    listing.quota_mode === QuotaMode.CAP ? Math.max(0, (listing.quota_quantity ?? 0) - listing.quota_sold) : Number.MAX_SAFE_INTEGER;
  const limited = (units: number) => Math.min(most, Math.max(0, units));
  const stock = available - listing.safety_stock;
  const preorder = Math.min(listing.preorder_limit, Math.max(0, incoming));
  const beyond = preorder + listing.backorder_limit + listing.oversell_limit;
  return {
    quantity: limited(stock + beyond),
    fromStock: limited(stock),
    fromStockAndIncoming: limited(stock + preorder),
    permitted: beyond === 0 ? 0 : -beyond,
  };
}
