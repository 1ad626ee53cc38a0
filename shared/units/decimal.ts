import DecimalLibrary from "decimal.js";

// 38 digits hold every product of a cost (19 digits) and a quantity (10 digits) exactly.
const Decimal = DecimalLibrary.clone({ precision: 60, rounding: DecimalLibrary.ROUND_HALF_EVEN, toExpNeg: -40, toExpPos: 40 });

/** An exact decimal. Money and costs are never numbers. */
export type Exact = DecimalLibrary;
export const exact = (value: string | number | Exact): Exact => new Decimal(value);
export const ZERO: Exact = new Decimal(0);

/** Money and costs carry six places after the point; the one place where an amount is rounded (half to even). */
export const roundToSixPlaces = (value: Exact): Exact => value.toDecimalPlaces(6, DecimalLibrary.ROUND_HALF_EVEN);

/** The stored and printed form: six places, no exponent. */
export const sixPlaces = (value: Exact): string => value.toFixed(6);

export const sum = (values: Iterable<Exact>): Exact => {
  let total = ZERO;
  for (const value of values) total = total.plus(value);
  return total;
};
