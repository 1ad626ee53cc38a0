import { averageCost, issueValue, receiptValue, type CostState } from "../../services/warehouse/cost/moving-average";
import { exact, sixPlaces, ZERO, type Exact } from "../../shared/units/decimal";

const receive = (state: CostState, units: number, cost: string): CostState => ({
  onHand: state.onHand + units,
  value: state.value.plus(receiptValue(exact(cost), units)),
});
const issue = (state: CostState, units: number): { state: CostState; value: Exact } => {
  const value = issueValue(state, units);
  return { value, state: { onHand: state.onHand - units, value: state.value.minus(value) } };
};
const NOTHING: CostState = { onHand: 0, value: ZERO };

/** The perpetual moving-average example of a bookkeeping course: what each row leaves on hand, its value and its average. */
const TEXTBOOK: [string, "in" | "out", number, string, number, string, string][] = [
  ["opening 100 at 10.00", "in", 100, "10", 100, "1000.000000", "10.000000"],
  ["bought 200 at 11.50", "in", 200, "11.5", 300, "3300.000000", "11.000000"],
  ["sold 150 for 1650.00", "out", 150, "1650.000000", 150, "1650.000000", "11.000000"],
  ["bought 50 at 13.00", "in", 50, "13", 200, "2300.000000", "11.500000"],
  ["sold 40 for 460.00", "out", 40, "460.000000", 160, "1840.000000", "11.500000"],
  ["bought 140 at 11.00", "in", 140, "11", 300, "3380.000000", "11.266667"],
  ["sold 100 for 1126.67", "out", 100, "1126.666667", 200, "2253.333333", "11.266667"],
  ["sold the rest", "out", 200, "2253.333333", 0, "0.000000", "0.000000"],
];

test("the textbook table, row by row", () => {
  let state = NOTHING;
  for (const [row, way, units, figure, onHand, value, average] of TEXTBOOK) {
    if (way === "in") state = receive(state, units, figure);
    else {
      const out = issue(state, units);
      expect([row, sixPlaces(out.value)]).toEqual([row, figure]);
      state = out.state;
    }
    expect([row, state.onHand, sixPlaces(state.value), sixPlaces(averageCost(state))]).toEqual([row, onHand, value, average]);
  }
});

test("over any history receipts equal issues and what is left, to the last decimal, and nothing is worth nothing", () => {
  let seed = 7;
  const random = (most: number) => (seed = (seed * 48_271) % 2_147_483_647) % most;
  for (let history = 0; history < 50; history++) {
    let [state, received, issued] = [NOTHING, ZERO, ZERO];
    for (let step = 0; step < 100; step++) {
      if (state.onHand === 0 || random(2) === 0) {
        const [units, cost] = [1 + random(1_000), `${random(100)}.${String(random(1_000_000)).padStart(6, "0")}`];
        received = received.plus(receiptValue(exact(cost), units));
        state = receive(state, units, cost);
      } else {
        const out = issue(state, 1 + random(state.onHand));
        issued = issued.plus(out.value);
        state = out.state;
      }
      expect(state.value.isNegative() && !state.value.isZero()).toBe(false);
      if (state.onHand === 0) expect(state.value.isZero()).toBe(true);
    }
    expect(received.eq(issued.plus(state.value))).toBe(true);
  }
});
