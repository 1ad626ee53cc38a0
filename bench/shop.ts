import type { Shop } from "../cli/demo/shop";
import { HOT_SKU } from "./naive";

export const CHANNEL = "bench";
export const POOL = "BENCH";
export const WAREHOUSE = "BENCH";
/** Twenty items for the read, besides the one that every buyer wants. */
export const COLD_SKUS = Array.from({ length: 20 }, (_, i) => `COLD-${i + 1}`);

const ENOUGH_UNITS = 1_000_000_000;

/** One warehouse, one channel, and more stock of everything than a benchmark can sell. */
export function benchShop(): Shop {
  const skus = [HOT_SKU, ...COLD_SKUS];
  return {
    name: "bench",
    items: skus.map((sku) => ({ sku, name: sku, unitCost: "0.01", weightGrams: null, reorderPoint: 0, reorderTo: 0 })),
    warehouses: [
      { code: WAREHOUSE, name: "Bench", pool: POOL, timeZone: "UTC", address: { countryCode: "DE", latitude: 53.55, longitude: 9.99 } },
    ],
    channels: [{ code: CHANNEL, name: "Bench", pool: POOL }],
    opening: skus.map((sku) => ({ warehouse: WAREHOUSE, sku, quantity: ENOUGH_UNITS })),
    orders: [],
    skipped: {},
  };
}
