import { onSale, type ListingRow } from "../listing/listing";
import { offer, type PoolFigures } from "../listing/offer";

export enum AvailabilityStatus {
  IN_STOCK = "IN_STOCK",
  LOW_STOCK = "LOW_STOCK",
  OUT_OF_STOCK = "OUT_OF_STOCK",
  PREORDER = "PREORDER",
  BACKORDER = "BACKORDER",
  UNLISTED = "UNLISTED",
}

export interface Shown {
  status: AvailabilityStatus;
  quantity: number;
}

/** What a storefront may show of a stocked item: the same rule by which a reservation is granted. */
export function availabilityAt(listing: ListingRow | undefined, figures: PoolFigures, now: Date): Shown {
  if (!onSale(listing, now)) return { status: AvailabilityStatus.UNLISTED, quantity: 0 };
  const { quantity, fromStock, fromStockAndIncoming } = offer(listing, figures);
  if (fromStock > 0) return { status: inStock(fromStock, listing), quantity };
  if (quantity === 0) return { status: AvailabilityStatus.OUT_OF_STOCK, quantity };
  return { status: fromStockAndIncoming > 0 ? AvailabilityStatus.PREORDER : AvailabilityStatus.BACKORDER, quantity };
}

/** A kit can be sold as often as its scarcest component allows. */
export function availabilityOfKit(listing: ListingRow | undefined, kits: number, now: Date): Shown {
  if (!onSale(listing, now)) return { status: AvailabilityStatus.UNLISTED, quantity: 0 };
  const quantity = Math.max(0, kits - listing.safety_stock);
  return { status: quantity > 0 ? inStock(quantity, listing) : AvailabilityStatus.OUT_OF_STOCK, quantity };
}

const inStock = (units: number, listing: ListingRow): AvailabilityStatus =>
  units <= listing.low_stock_threshold ? AvailabilityStatus.LOW_STOCK : AvailabilityStatus.IN_STOCK;
