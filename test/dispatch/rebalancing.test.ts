import { array, assert, constantFrom, integer, property, record } from "fast-check";
import { decideRebalancing, type Standing } from "../../services/dispatch/transfer/decide-rebalancing";

/** Which goods lie in the wrong warehouse: days of supply against what is free. */
type Row = [warehouse: string, free: number, coming: number, shipped: number];
const standings = (rows: Row[], sku = "A"): Standing[] =>
  rows.map(([warehouse, free, coming, shipped]) => ({ warehouse, sku, free, coming, shipped }));
const rule = (daysOfSupply: number, demandDays: number, apart: string[] = []) => ({
  daysOfSupply,
  demandDays,
  mayMove: (from: string, to: string) => apart.includes(from) === apart.includes(to),
});
const legs = (rows: Row[], by = rule(14, 28)) =>
  decideRebalancing(standings(rows), by).map(({ from, to, units }) => `${from}>${to} ${units}`);

// Of 28 shipped in 28 days a day needs one: fourteen for fourteen days.
test.each<[string, Row[], string[]]>([
  [
    "enough everywhere",
    [
      ["W1", 14, 0, 28],
      ["W2", 20, 0, 28],
    ],
    [],
  ],
  [
    "one short, one with more than its days",
    [
      ["W1", 4, 0, 28],
      ["W2", 40, 0, 28],
    ],
    ["W2>W1 10"],
  ],
  [
    "the giver keeps its own days",
    [
      ["W1", 0, 0, 28],
      ["W2", 16, 0, 28],
    ],
    ["W2>W1 2"],
  ],
  [
    "what is coming counts for who lacks",
    [
      ["W1", 4, 8, 28],
      ["W2", 40, 0, 28],
    ],
    ["W2>W1 2"],
  ],
  [
    "what is coming is not given away",
    [
      ["W1", 0, 0, 28],
      ["W2", 10, 50, 28],
    ],
    [],
  ],
  [
    "nothing left anywhere: it is needed nowhere",
    [
      ["W1", 0, 0, 0],
      ["W2", 40, 0, 0],
    ],
    [],
  ],
  [
    "a part of a day's unit is needed whole",
    [
      ["W1", 0, 0, 1],
      ["W2", 9, 0, 0],
    ],
    ["W2>W1 1"],
  ],
  [
    "who runs out first is served first",
    [
      ["W1", 7, 0, 28],
      ["W2", 2, 0, 28],
      ["W3", 10, 0, 0],
    ],
    ["W3>W2 10"],
  ],
  [
    "then the next",
    [
      ["W1", 7, 0, 28],
      ["W2", 2, 0, 28],
      ["W3", 15, 0, 0],
    ],
    ["W3>W2 12", "W3>W1 3"],
  ],
  [
    "who has most to spare gives first",
    [
      ["W1", 0, 0, 28],
      ["W2", 6, 0, 0],
      ["W3", 12, 0, 0],
    ],
    ["W3>W1 12", "W2>W1 2"],
  ],
  [
    "by code where that ties",
    [
      ["W2", 0, 0, 28],
      ["W1", 0, 0, 28],
      ["W4", 10, 0, 0],
      ["W3", 10, 0, 0],
    ],
    ["W3>W1 10", "W4>W1 4", "W4>W2 6"],
  ],
  [
    "units taken by a loss are needed too",
    [
      ["W1", -3, 0, 0],
      ["W2", 9, 0, 0],
    ],
    ["W2>W1 3"],
  ],
])("%s", (_, rows, expected) => expect(legs(rows)).toEqual(expected));

test("goods do not go into other books", () => {
  const rows: Row[] = [
    ["W1", 0, 0, 28],
    ["US", 90, 0, 0],
    ["W3", 5, 0, 0],
  ];
  expect(legs(rows, rule(14, 28, ["US"]))).toEqual(["W3>W1 5"]);
});

const row = record({
  warehouse: constantFrom("W1", "W2", "W3", "W4"),
  free: integer({ min: -5, max: 60 }),
  coming: integer({ min: 0, max: 20 }),
  shipped: integer({ min: 0, max: 90 }),
});

test("nobody gives beyond its own days, nobody gets more than it lacks, and the order of the rows decides nothing", () => {
  assert(
    property(array(row, { maxLength: 8 }), integer({ min: 1, max: 60 }), (rows, days) => {
      const of = [...new Map(rows.map((one) => [one.warehouse, { ...one, sku: "A" }])).values()];
      const suggested = decideRebalancing(of, rule(days, 28));
      expect(decideRebalancing([...of].reverse(), rule(days, 28))).toEqual(suggested);
      const sum = (side: "from" | "to", code: string) => suggested.reduce((n, leg) => (leg[side] === code ? n + leg.units : n), 0);
      for (const { warehouse, free, coming, shipped } of of) {
        const target = Math.ceil((shipped * days) / 28);
        expect(sum("from", warehouse)).toBeLessThanOrEqual(Math.max(0, free - target));
        expect(sum("to", warehouse)).toBeLessThanOrEqual(Math.max(0, target - free - coming));
      }
      expect(suggested.every(({ units }) => units > 0)).toBe(true);
    }),
  );
});
