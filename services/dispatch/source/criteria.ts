import type { Reader } from "../../../shared/db/database";
import { groupBy } from "../../../shared/group";
import type { Known } from "../known/known";
import type { StockKey } from "../position/position";
import { readRates, readWeights, shippedLately, type RateRow } from "./criteria.sql";
import type { ShippingRate } from "./shipping-cost";
import { SourcingStrategy } from "./sourcing-rule";

/** Days whose shipments say how long stock lasts. */
export const DAYS_OF_DEMAND = 28;

/** What some strategies go by besides stock and places; read only where a rule asks for it, and without a lock, as rules are. */
export class Criteria {
  static readonly NONE = new Criteria(new Map(), new Map(), new Map(), null);

  private constructor(
    private readonly rates: ReadonlyMap<string, ShippingRate[]>,
    readonly grams: ReadonlyMap<string, number>,
    private readonly demand: ReadonlyMap<string, ReadonlyMap<string, number>>,
    /** Of the rates. */
    readonly currency: string | null,
  ) {}

  static async read(reader: Reader, known: Known, keys: readonly StockKey[]): Promise<Criteria> {
    const [cheapest, balanced] = [known.decidesBy(SourcingStrategy.CHEAPEST), known.decidesBy(SourcingStrategy.BALANCED)];
    if (keys.length === 0 || !(cheapest || balanced)) return Criteria.NONE;
    const skus = [...new Set(keys.map(({ sku }) => sku))];
    const rates = cheapest ? await readRates(reader) : [];
    const grams = cheapest ? await readWeights(reader, skus) : [];
    const places = [...new Set(keys.map(({ place }) => place))];
    const shipped = balanced ? await shippedLately(reader, places, skus, DAYS_OF_DEMAND) : [];
    return new Criteria(
      groupBy(rates.map(rateOf), ({ warehouse }) => warehouse),
      new Map(grams.map(({ sku, weight_grams }) => [sku, weight_grams])),
      new Map(
        [...groupBy(shipped, ({ place }) => place)].map(([place, rows]) => [
          place,
          new Map(rows.map(({ sku, units }) => [sku, units / DAYS_OF_DEMAND])),
        ]),
      ),
      rates[0]?.currency ?? null,
    );
  }

  of = (warehouse: string) => ({ rates: this.rates.get(warehouse), perDay: this.demand.get(warehouse) });
}

const rateOf = ({ warehouse_code, zone, up_to_grams, price }: RateRow): ShippingRate => ({
  warehouse: warehouse_code,
  zone,
  upToGrams: up_to_grams,
  priceMicros: Math.round(Number(price) * 1e6),
});
