/** What a shipment up to a weight costs from a warehouse to a zone. */
export interface ShippingRate {
  warehouse: string;
  /** An ISO country, a country-region such as US-CA, or * for everywhere else. */
  zone: string;
  upToGrams: number;
  /** In millionths of the currency, so that sums are exact. */
  priceMicros: number;
}

export const EVERYWHERE = "*";

/** Those of a warehouse's rates that hold for an address, lightest first: its region's, else its country's, else those for everywhere. */
export function ratesTo(
  rates: readonly ShippingRate[],
  address: { countryCode: string; region?: string | null } | null,
): readonly ShippingRate[] {
  const country = address?.countryCode.toUpperCase();
  const region = address?.region ? `${country}-${address.region.toUpperCase()}` : undefined;
  for (const zone of [region, country, EVERYWHERE]) {
    const found = rates.filter((rate) => rate.zone === zone);
    if (found.length > 0) return found.sort((a, b) => a.upToGrams - b.upToGrams);
  }
  return [];
}

/**
 * What a weight costs: the price of the lightest bracket that holds it. What is heavier than the heaviest goes in several parcels,
 * as many of the heaviest as are full, and one more. Undefined: there is no rate.
 */
export function costOf(rates: readonly ShippingRate[], grams: number): number | undefined {
  const heaviest = rates[rates.length - 1];
  if (!heaviest) return undefined;
  const full = grams > heaviest.upToGrams ? Math.floor(grams / heaviest.upToGrams) : 0;
  const rest = grams - full * heaviest.upToGrams;
  const last = full > 0 && rest === 0 ? 0 : rates.find(({ upToGrams }) => rest <= upToGrams)!.priceMicros;
  return full * heaviest.priceMicros + last;
}
