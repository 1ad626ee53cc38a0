import type { MerchantMarks } from "../../shared/graphql/merchants";

/** What a key that is bound to one merchant may do here. Its items are looked at in `known/own-items.ts`. */
export const SALES_MERCHANTS: MerchantMarks = {
  own: [
    "Query.availability",
    "Query.availabilityChanges",
    "Query.inventoryItem",
    "Query.order",
    "Query.reservation",
    "Query.reservations",
    "Mutation.confirmReservation",
    "Mutation.extendReservation",
    "Mutation.freezeVirtualStock",
    "Mutation.releaseReservation",
    "Mutation.reserveStock",
    "Mutation.reserveStockBatch",
    "Mutation.saveListing",
    "Mutation.saveListings",
    "Mutation.unfreezeVirtualStock",
  ],
  nothing: ["Query.channel", "Query.channels", "Query.stockPools"],
  refused: ["Mutation.cancelWarehouseMove", "Mutation.moveWarehouse", "Mutation.saveChannel", "Mutation.saveStockPool"],
};
