import type { Tx } from "../../../shared/db/transaction";
import { Refusal } from "../../../shared/refusal";
import { checkKey, checkUnits } from "../../../shared/units/check";
import { exact, sixPlaces } from "../../../shared/units/decimal";
import { lockWarehouses, readRates, saveRates, type RateRow } from "./criteria.sql";
import type { SaveShippingRatesInput, ShippingRateInput } from "./rates.types";
import { EVERYWHERE } from "./shipping-cost";

const MOST_RATES = 1_000;
const HIGHEST_PRICE = 1_000_000;
const ZONE = /^[A-Z]{2}(-[A-Z0-9]{1,3})?$/;
const CURRENCY = /^[A-Z]{3}$/;

/** Saves what shipping from a warehouse costs, whole. Rates are compared, so all are in one currency. */
export async function saveShippingRates(tx: Tx, { warehouse, currency, rates }: SaveShippingRatesInput): Promise<string> {
  const refuse = (field: string[], message: string) => new Refusal("INVALID_INPUT", message, { field: ["input", ...field] });
  checkKey(warehouse, ["input", "warehouse"]);
  if (!CURRENCY.test(currency)) throw refuse(["currency"], "must be an ISO 4217 code such as EUR");
  if (rates.length > MOST_RATES) throw refuse(["rates"], `must have at most ${MOST_RATES} elements`);
  const rows = rates.map((rate, i) => rowOf(rate, i, rates, warehouse, currency));
  if (!(await lockWarehouses(tx, warehouse)))
    throw new Refusal("NOT_FOUND", `no warehouse ${warehouse}; one that was just made is known here within moments`, {
      field: ["input", "warehouse"],
      retryAfterMs: 1_000,
    });
  const other = (await readRates(tx)).find((rate) => rate.warehouse_code !== warehouse && rate.currency !== currency);
  if (other && rows.length > 0)
    throw refuse(["currency"], `the rates of ${other.warehouse_code} are in ${other.currency}, and rates are compared in one currency`);
  await saveRates(tx, warehouse, rows);
  return warehouse;
}

function rowOf(
  { zone, upToGrams, price }: ShippingRateInput,
  i: number,
  all: ShippingRateInput[],
  warehouse: string,
  currency: string,
): RateRow {
  const refuse = (field: string, message: string) => new Refusal("INVALID_INPUT", message, { field: ["input", "rates", String(i), field] });
  if (zone !== EVERYWHERE && !ZONE.test(zone))
    throw refuse("zone", "must be an ISO country or country-region code such as DE or US-CA, or *");
  checkUnits(upToGrams, ["input", "rates", String(i), "upToGrams"]);
  if (all.findIndex((other) => other.zone === zone && other.upToGrams === upToGrams) !== i)
    throw refuse("upToGrams", `${zone} has two rates up to ${upToGrams} grams`);
  const amount = exact(price);
  if (amount.isNegative() || amount.greaterThan(HIGHEST_PRICE)) throw refuse("price", "must be 0 to 1,000,000");
  return { warehouse_code: warehouse, zone, up_to_grams: upToGrams, price: sixPlaces(amount), currency };
}
