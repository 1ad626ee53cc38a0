import { exact, roundToSixPlaces, ZERO, type Exact } from "../../../shared/units/decimal";

/** What is on hand of an item in a warehouse, and what it is worth. */
export interface CostState {
  onHand: number;
  value: Exact;
}

/** Receipts come in at their actual cost; a cost has six places, so this is exact. */
export const receiptValue = (unitCost: Exact, units: number): Exact => unitCost.times(units);

/** Issues go out at the average of what is on hand; the last unit takes the whole rest, so that value is zero at quantity zero. */
export function issueValue(state: CostState, units: number): Exact {
  return units === state.onHand ? state.value : roundToSixPlaces(state.value.times(units).div(state.onHand));
}

/** The average cost of one unit, rounded for showing; nothing is ever computed from it. */
export const averageCost = ({ onHand, value }: CostState): Exact => (onHand === 0 ? ZERO : roundToSixPlaces(exact(value).div(onHand)));
