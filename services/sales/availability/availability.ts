import { onSale, type ListingRow } from "../listing/listing";
import { sellable } from "../reserve/reserve";

export enum AvailabilityStatus {
  IN_STOCK = "IN_STOCK",
  LOW_STOCK = "LOW_STOCK",
  OUT_OF_STOCK = "OUT_OF_STOCK",
  PREORDER = "PREORDER",
  BACKORDER = "BACKORDER",
  UNLISTED = "UNLISTED",
}

export interface AvailabilityFacts {
  listing: ListingRow | undefined;
  /** The pool's available units, dead holds counted as free. */
  available: number;
  incoming: number;
}

/** What a storefront may show: the same rule by which a reservation is granted. */
export function availabilityAt({ listing, available }: AvailabilityFacts, now: Date): { status: AvailabilityStatus; quantity: number } {
  if (!onSale(listing, now)) return { status: AvailabilityStatus.UNLISTED, quantity: 0 };
  const quantity = sellable(listing, available);
  if (quantity === 0) return { status: AvailabilityStatus.OUT_OF_STOCK, quantity };
  return { status: quantity <= listing.low_stock_threshold ? AvailabilityStatus.LOW_STOCK : AvailabilityStatus.IN_STOCK, quantity };
}
