/** A merchant's data, as the demo needs it: read from CSV files, given to Strata through its API. */
export interface Shop {
  name: string;
  items: ShopItem[];
  warehouses: ShopWarehouse[];
  channels: ShopChannel[];
  opening: OpeningStock[];
  orders: ShopOrder[];
  /** What the files hold and the demo leaves out, by reason, with the number of it. */
  skipped: Record<string, number>;
}

export interface ShopItem {
  sku: string;
  name: string;
  /** In the shop's currency, an exact decimal. */
  unitCost: string;
  weightGrams: number | null;
  /** Below so many sellable units the demo buys more … */
  reorderPoint: number;
  /** … up to so many. */
  reorderTo: number;
}

export interface ShopWarehouse {
  code: string;
  name: string;
  pool: string;
  timeZone: string;
  address: ShopAddress;
}

export interface ShopAddress {
  name?: string;
  line1?: string;
  city?: string;
  region?: string;
  postalCode?: string;
  countryCode: string;
  latitude?: number;
  longitude?: number;
}

export interface ShopChannel {
  code: string;
  name: string;
  pool: string;
}

export interface OpeningStock {
  warehouse: string;
  sku: string;
  quantity: number;
}

export interface ShopOrder {
  orderRef: string;
  channel: string;
  customerRef: string | null;
  shipTo: ShopAddress;
  lines: OrderLine[];
}

export interface OrderLine {
  sku: string;
  quantity: number;
}

export const unitsOf = (lines: OrderLine[]): number => lines.reduce((sum, line) => sum + line.quantity, 0);

export function grouped<T>(values: readonly T[], key: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(key(value));
    if (group) group.push(value);
    else groups.set(key(value), [value]);
  }
  return groups;
}

export const chunked = <T>(values: readonly T[], most: number): T[][] =>
  Array.from({ length: Math.ceil(values.length / most) }, (_, i) => values.slice(i * most, (i + 1) * most));
