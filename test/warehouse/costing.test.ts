import { assert, constantFrom, array, integer, property, record } from "fast-check";
import { adjust, averageCost, issue, receive, revalue, spread, type Pool } from "../../services/warehouse/cost/cost";
import type { CostingMethod } from "../../services/warehouse/enums";
import { exact, sixPlaces, sum, ZERO, type Exact } from "../../shared/units/decimal";

const nothing = (): Pool => ({ units: 0, value: ZERO, layers: [] });

type Row = [string, "in" | "out", units: number, figure: string, onHand: number, value: string];

/** `figure`: what a unit of a receipt cost, or what an issue is worth in all. */
function play(method: CostingMethod, table: Row[]): void {
  const pool = nothing();
  let seq = 0;
  for (const [row, way, units, figure, onHand, value] of table) {
    seq += 1;
    if (way === "in") receive(method, pool, units, exact(figure).times(units), null, seq);
    else expect([row, sixPlaces(issue(method, pool, units))]).toEqual([row, figure]);
    expect([row, pool.units, sixPlaces(pool.value)]).toEqual([row, onHand, value]);
  }
}

/** The perpetual moving-average form of a bookkeeping course; the average moves with each purchase and with no sale. */
test("moving average, row by row", () => {
  play("MOVING_AVERAGE", [
    ["opening 100 at 10.00", "in", 100, "10", 100, "1000.000000"],
    ["bought 200 at 11.50", "in", 200, "11.5", 300, "3300.000000"],
    ["sold 150 at 11.00", "out", 150, "1650.000000", 150, "1650.000000"],
    ["bought 50 at 13.00", "in", 50, "13", 200, "2300.000000"],
    ["sold 40 at 11.50", "out", 40, "460.000000", 160, "1840.000000"],
    ["bought 140 at 11.00", "in", 140, "11", 300, "3380.000000"],
    ["sold 100 at 11.266667", "out", 100, "1126.666667", 200, "2253.333333"],
    ["sold the rest", "out", 200, "2253.333333", 0, "0.000000"],
  ]);
});

/**
 * OpenStax, Principles of Accounting, volume 1, section 10.3: The Spy Who Loves You, perpetual inventory. FIFO: cost of goods
 * sold 7,200 and ending inventory 8,955; perpetual weighted average rounds its average to cents there, so that only its
 * receipts and the average after the first two purchases are compared.
 */
test("FIFO and average, the Spy Who Loves You", () => {
  play("FIFO", [
    ["opening 150 at 21", "in", 150, "21", 150, "3150.000000"],
    ["sold 120", "out", 120, "2520.000000", 30, "630.000000"],
    ["bought 225 at 27", "in", 225, "27", 255, "6705.000000"],
    ["sold 180: 30 at 21 and 150 at 27", "out", 180, "4680.000000", 75, "2025.000000"],
    ["bought 210 at 33", "in", 210, "33", 285, "8955.000000"],
  ]);
  const pool = nothing();
  receive("MOVING_AVERAGE", pool, 30, exact(630), null, 1);
  receive("MOVING_AVERAGE", pool, 225, exact(27).times(225), null, 2);
  expect(averageCost(pool.units, pool.value).toFixed(2)).toBe("26.29");
});

test("a later cost of a receipt stays with what is left of it", () => {
  const average = nothing();
  receive("MOVING_AVERAGE", average, 10, exact(100), null, 1);
  issue("MOVING_AVERAGE", average, 4);
  expect(sixPlaces(adjust("MOVING_AVERAGE", average, exact(5), 10, 1))).toBe("3.000000");
  const layers = nothing();
  receive("FIFO", layers, 10, exact(100), null, 1);
  receive("FIFO", layers, 10, exact(200), null, 2);
  issue("FIFO", layers, 12);
  expect(sixPlaces(adjust("FIFO", layers, exact(5), 10, 1))).toBe("0.000000");
  expect(sixPlaces(adjust("FIFO", layers, exact(5), 10, 2))).toBe("4.000000");
  expect(sixPlaces(issue("FIFO", layers, 8))).toBe("164.000000");
  expect(sixPlaces(adjust("STANDARD", { units: 10, value: exact(100), layers: [] }, exact(5), 10))).toBe("0.000000");
});

test("parts of an amount add up to it", () => {
  expect(spread(exact(1), [1, 1, 1]).map(sixPlaces)).toEqual(["0.333333", "0.333333", "0.333334"]);
  expect(spread(exact(1), [])).toEqual([]);
});

const step = record({
  what: constantFrom("receive", "issue", "adjust", "revalue"),
  units: integer({ min: 1, max: 1_000 }),
  micros: integer({ min: 0, max: 2_000_000_000 }),
});

test.each(["MOVING_AVERAGE", "FIFO", "STANDARD"] as const)(
  "%s: opening + receipts + adjustments = closing + issues + variances, to the last decimal",
  (method) => {
    assert(
      property(array(step, { maxLength: 60 }), (steps) => {
        const pool = nothing();
        let standard = exact("3.141593");
        let [received, adjusted, issued, variance]: Exact[] = [ZERO, ZERO, ZERO, ZERO];
        let lastReceived = 0;
        steps.forEach(({ what, units, micros }, seq) => {
          const amount = exact(micros).div(1_000_000);
          if (what === "receive") {
            const worth = amount.times(units);
            const value = receive(method, pool, units, worth, standard, seq);
            received = received.plus(worth);
            variance = variance.plus(worth).minus(value);
            lastReceived = units;
          } else if (what === "issue" && pool.units > 0) issued = issued.plus(issue(method, pool, 1 + (units % pool.units)));
          else if (what === "adjust" && lastReceived > 0) {
            adjusted = adjusted.plus(amount);
            const received = method === "FIFO" ? Math.max(lastReceived, pool.units) : lastReceived;
            variance = variance.plus(amount.minus(adjust(method, pool, amount, received)));
          } else if (what === "revalue" && method === "STANDARD") {
            adjusted = adjusted.plus(revalue(pool, standard, amount));
            standard = amount;
          }
          expect(pool.units >= 0 && pool.value.gte(0)).toBe(true);
          if (pool.units === 0) expect(pool.value.isZero()).toBe(true);
          if (method !== "FIFO") return;
          expect(pool.layers.every((layer) => layer.units > 0 && layer.units <= layer.received && layer.value.gte(0))).toBe(true);
          expect(pool.layers.reduce((all, layer) => all + layer.units, 0)).toBe(pool.units);
          expect(sum(pool.layers.map(({ value }) => value)).eq(pool.value)).toBe(true);
        });
        expect(received.plus(adjusted).eq(pool.value.plus(issued).plus(variance))).toBe(true);
      }),
      { numRuns: 300 },
    );
  },
);
