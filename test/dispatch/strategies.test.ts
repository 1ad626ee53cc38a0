import fc from "fast-check";
import { decideSourcing, unitsOf, type SourcingWarehouse } from "../../services/dispatch/source/decide-sourcing";
import { placeOf, type Whereabouts } from "../../services/dispatch/source/distance";
import { costOf, ratesTo, type ShippingRate } from "../../services/dispatch/source/shipping-cost";
import { SourcingStrategy, type SourcingNode, type SourcingRule } from "../../services/dispatch/source/sourcing-rule";
import { BERLIN, MUNICH, PARIS } from "./support";

type Units = Record<string, number>;
const map = (units: Units) => new Map(Object.entries(units));
const HAMBURG = { countryCode: "DE", latitude: 53.55, longitude: 9.99 };
const ROME = { countryCode: "IT", latitude: 41.9, longitude: 12.5 };
const PLACES: Record<string, Whereabouts> = { BER: BERLIN, MUC: MUNICH, PAR: PARIS, HAM: HAMBURG, ROM: ROME };

const rate = (warehouse: string, zone: string, upToGrams: number, price: number): ShippingRate => ({
  warehouse,
  zone,
  upToGrams,
  priceMicros: price * 1e6,
});
const house = (code: string, free: Units, more: Partial<SourcingWarehouse> = {}): SourcingWarehouse => ({
  code,
  place: placeOf(PLACES[code]),
  free: map(free),
  ...more,
});
const rule = (
  strategy: keyof typeof SourcingStrategy,
  warehouses: SourcingWarehouse[],
  more: Partial<SourcingRule> = {},
): SourcingRule => ({
  channel: "web",
  strategy: SourcingStrategy[strategy],
  allowSplit: true,
  maxShipments: null,
  warehouses: warehouses.map(({ code }) => nodeOf(code)),
  ...more,
});
const nodeOf = (warehouse: string, more: Partial<SourcingNode> = {}): SourcingNode => ({
  warehouse,
  priority: 1,
  enabled: true,
  dailyCapacity: null,
  safetyStock: 0,
  shipsTo: null,
  ...more,
});

interface Case {
  name: string;
  strategy: keyof typeof SourcingStrategy;
  wanted: Units;
  warehouses: SourcingWarehouse[];
  shipTo?: Whereabouts;
  more?: Partial<SourcingRule>;
  grams?: Units;
  takes: Record<string, Units>;
  ranks?: string[];
  unfilled?: Units;
  costs?: (number | null)[];
}

const CASES: Case[] = [
  {
    name: "where nearest first makes three shipments, two do",
    strategy: "FEWEST_SHIPMENTS",
    wanted: { A: 2, B: 1, C: 1 },
    warehouses: [house("BER", { A: 2 }), house("HAM", { A: 2, B: 1 }), house("MUC", { C: 1, B: 1 }), house("PAR", { C: 1 })],
    takes: { BER: { A: 2 }, MUC: { B: 1, C: 1 } },
  },
  {
    name: "the most useful first is greedy too: it makes three shipments where two do",
    strategy: "FEWEST_SHIPMENTS",
    wanted: { A: 1, B: 1, C: 1, D: 1, E: 1, F: 1 },
    warehouses: [house("BER", { A: 1, B: 1, D: 1, E: 1 }), house("HAM", { A: 1, B: 1, C: 1 }), house("PAR", { D: 1, E: 1, F: 1 })],
    takes: { HAM: { A: 1, B: 1, C: 1 }, PAR: { D: 1, E: 1, F: 1 } },
  },
  {
    name: "of two pairs the nearer one",
    strategy: "FEWEST_SHIPMENTS",
    wanted: { A: 1, B: 1 },
    warehouses: [house("ROM", { A: 1 }), house("PAR", { B: 1 }), house("HAM", { A: 1 }), house("MUC", { B: 1 })],
    takes: { HAM: { A: 1 }, MUC: { B: 1 } },
  },
  {
    name: "at one place, by priority",
    strategy: "FEWEST_SHIPMENTS",
    wanted: { A: 1 },
    warehouses: [house("X", { A: 1 }), house("Y", { A: 1 })],
    more: { warehouses: [nodeOf("X", { priority: 2 }), nodeOf("Y")] },
    takes: { Y: { A: 1 } },
  },
  {
    name: "one far warehouse before two near ones",
    strategy: "FEWEST_SHIPMENTS",
    wanted: { A: 1, B: 1 },
    warehouses: [house("BER", { A: 1 }), house("HAM", { B: 1 }), house("ROM", { A: 1, B: 1 })],
    takes: { ROM: { A: 1, B: 1 } },
  },
  {
    name: "units come before shipments",
    strategy: "FEWEST_SHIPMENTS",
    wanted: { A: 3 },
    warehouses: [house("BER", { A: 1 }), house("HAM", { A: 1 }), house("ROM", { A: 1 })],
    takes: { BER: { A: 1 }, HAM: { A: 1 }, ROM: { A: 1 } },
  },
  {
    name: "with two shipments allowed, the two that give most, not the two nearest",
    strategy: "FEWEST_SHIPMENTS",
    wanted: { A: 2, B: 2, C: 3 },
    warehouses: [house("BER", { A: 1 }), house("HAM", { A: 2, B: 1 }), house("PAR", { B: 2, C: 1 }), house("ROM", { A: 1, C: 3 })],
    more: { maxShipments: 2 },
    takes: { HAM: { A: 2, B: 1 }, ROM: { C: 3 } },
    unfilled: { B: 1 },
  },
  {
    name: "what nobody has does not hold up the rest",
    strategy: "FEWEST_SHIPMENTS",
    wanted: { A: 1, NONE: 2 },
    warehouses: [house("BER", {}), house("HAM", { A: 1 })],
    takes: { HAM: { A: 1 } },
    unfilled: { NONE: 2 },
  },
  {
    name: "safety stock and excluded warehouses are not in the reckoning",
    strategy: "FEWEST_SHIPMENTS",
    wanted: { A: 2, B: 1 },
    warehouses: [house("BER", { A: 2, B: 1 }), house("HAM", { A: 2 }), house("MUC", { B: 1 }), house("PAR", { A: 9, B: 9 })],
    more: { warehouses: [nodeOf("BER", { safetyStock: 1 }), nodeOf("HAM"), nodeOf("MUC"), nodeOf("PAR", { enabled: false })] },
    takes: { HAM: { A: 2 }, MUC: { B: 1 } },
  },
  {
    name: "a split is not allowed: nobody has it all, so it waits",
    strategy: "FEWEST_SHIPMENTS",
    wanted: { A: 1, B: 1 },
    warehouses: [house("BER", { A: 1 }), house("HAM", { B: 1 })],
    more: { allowSplit: false },
    takes: {},
    unfilled: { A: 1, B: 1 },
  },
  {
    name: "the cheapest, not the nearest; ranked by what the whole order costs, without a rate last",
    strategy: "CHEAPEST",
    wanted: { A: 1 },
    grams: { A: 500 },
    warehouses: [
      house("BER", { A: 1 }, { rates: [rate("BER", "DE", 1000, 9)] }),
      house("HAM", { A: 1 }),
      house("ROM", { A: 1 }, { rates: [rate("ROM", "*", 1000, 5), rate("ROM", "IT", 1000, 1)] }),
    ],
    takes: { ROM: { A: 1 } },
    ranks: ["ROM", "BER", "HAM"],
    costs: [5, 9, null],
  },
  {
    name: "two cheap shipments before a dear one",
    strategy: "CHEAPEST",
    wanted: { A: 1, B: 1 },
    grams: { A: 1000, B: 1000 },
    warehouses: [
      house("BER", { A: 1 }, { rates: [rate("BER", "DE", 1000, 3)] }),
      house("HAM", { B: 1 }, { rates: [rate("HAM", "DE", 1000, 3)] }),
      house("MUC", { A: 1, B: 1 }, { rates: [rate("MUC", "DE", 1000, 2), rate("MUC", "DE", 2000, 8)] }),
    ],
    takes: { BER: { A: 1 }, HAM: { B: 1 } },
  },
  {
    name: "and one shipment before two that cost the same",
    strategy: "CHEAPEST",
    wanted: { A: 1, B: 1 },
    grams: { A: 1000, B: 1000 },
    warehouses: [
      house("BER", { A: 1 }, { rates: [rate("BER", "DE", 1000, 3)] }),
      house("HAM", { B: 1 }, { rates: [rate("HAM", "DE", 1000, 3)] }),
      house("MUC", { A: 1, B: 1 }, { rates: [rate("MUC", "DE", 2000, 6)] }),
    ],
    takes: { MUC: { A: 1, B: 1 } },
    costs: [6, 6, 6],
  },
  {
    name: "units come before cost",
    strategy: "CHEAPEST",
    wanted: { A: 2 },
    warehouses: [house("BER", { A: 1 }, { rates: [rate("BER", "*", 1, 1)] }), house("HAM", { A: 2 })],
    takes: { HAM: { A: 2 } },
  },
  {
    name: "from where it lasts longest, by what left a day",
    strategy: "BALANCED",
    wanted: { A: 1 },
    warehouses: [
      house("BER", { A: 50 }, { perDay: map({ A: 10 }) }),
      house("HAM", { A: 20 }, { perDay: map({ A: 1 }) }),
      house("PAR", { A: 30 }, { perDay: map({ A: 2 }) }),
    ],
    takes: { HAM: { A: 1 } },
    ranks: ["HAM", "PAR", "BER"],
  },
  {
    name: "where nothing left it lasts for ever, and more of it longer",
    strategy: "BALANCED",
    wanted: { A: 5 },
    warehouses: [house("BER", { A: 3 }), house("HAM", { A: 90 }, { perDay: map({ A: 1 }) }), house("PAR", { A: 4 })],
    takes: { HAM: { A: 5 } },
    ranks: ["PAR", "BER", "HAM"],
  },
  {
    name: "the item that lasts shortest says how long a warehouse lasts",
    strategy: "BALANCED",
    wanted: { A: 1, B: 1 },
    warehouses: [
      house("BER", { A: 99, B: 2 }, { perDay: map({ A: 1, B: 1 }) }),
      house("HAM", { A: 5, B: 5 }, { perDay: map({ A: 1, B: 1 }) }),
    ],
    takes: { HAM: { A: 1, B: 1 } },
  },
];

test.each(CASES)(
  "$strategy: $name",
  ({ strategy, wanted, warehouses, shipTo = BERLIN, more, grams, takes, ranks, unfilled = {}, costs }) => {
    const request = { shipTo, place: placeOf(shipTo), wanted: map(wanted), grams: grams && map(grams) };
    const plan = decideSourcing(request, warehouses, rule(strategy, warehouses, more));
    expect(Object.fromEntries(plan.takes.map(({ warehouse, units }) => [warehouse, Object.fromEntries(units)]))).toEqual(takes);
    expect(Object.fromEntries(plan.unfilled)).toEqual(unfilled);
    if (ranks) expect(plan.candidates.filter(({ rank }) => rank !== null).map(({ warehouse }) => warehouse)).toEqual(ranks);
    if (costs) expect(plan.candidates.map(({ costMicros }) => costMicros && costMicros / 1e6)).toEqual(costs);
    expect(plan.stopped).toBe(false);
  },
);

test("rates: the most precise zone, the lightest bracket, and several parcels beyond the heaviest", () => {
  const all = [rate("W", "US", 2000, 10), rate("W", "US", 500, 4), rate("W", "US-CA", 1000, 3), rate("W", "*", 1000, 20)];
  const cost = (address: Whereabouts | null, grams: number) => costOf(ratesTo(all, address), grams)! / 1e6;
  const [texas, california] = [
    { countryCode: "US", region: "TX" },
    { countryCode: "US", region: "ca" },
  ];
  const asked = [
    cost(texas, 0),
    cost(texas, 500),
    cost(texas, 501),
    cost(texas, 2000),
    cost(texas, 2001),
    cost(texas, 4000),
    cost(texas, 4600),
  ];
  expect(asked).toEqual([4, 4, 10, 10, 14, 20, 30]);
  expect([cost(california, 900), cost({ countryCode: "DE" }, 900), cost(null, 900)]).toEqual([3, 20, 20]);
  expect(costOf([], 1)).toBeUndefined();
});

test("an address without coordinates: its postal code, its region, its country", () => {
  const known = [
    { countryCode: "DE", postalCode: "10115", region: "BE", latitude: 52.5, longitude: 13.4 },
    { countryCode: "DE", postalCode: "80331", region: "BY", latitude: 48, longitude: 11.6 },
    { countryCode: "DE", postalCode: "90402", region: "BY", latitude: 49.4, longitude: 11.1 },
  ];
  expect(placeOf({ countryCode: "de", postalCode: "80 331" }, known)).toEqual({ latitude: 48, longitude: 11.6 });
  expect(placeOf({ countryCode: "DE", postalCode: "97070", region: "BY" }, known)).toEqual({ latitude: 48.7, longitude: 11.35 });
  expect(placeOf({ countryCode: "DE", postalCode: "50667" }, known)).toEqual(placeOf({ countryCode: "DE" }));
  expect(placeOf({ countryCode: "US", region: "CA" }, known)).toEqual({ latitude: 37.2, longitude: -119.3 });
  expect(placeOf({ countryCode: "ZZ", postalCode: "1" }, known)).toBeUndefined();
});

const CODES = ["W1", "W2", "W3", "W4", "W5", "W6"];
const SKUS = ["A", "B", "C", "D"];
const units = (least: number, most: number) =>
  fc.dictionary(fc.constantFrom(...SKUS), fc.integer({ min: least, max: most }), { noNullPrototype: true, minKeys: 1 });

/** Every set of warehouses, with the units that it gives. */
function* subsets(asked: Units, stocks: Units[]): Generator<{ members: number[]; given: number }> {
  for (let bits = 0; bits < 1 << stocks.length; bits++) {
    const members = stocks.flatMap((_, i) => (bits & (1 << i) ? [i] : []));
    const given = Object.entries(asked).reduce(
      (sum, [sku, wanted]) =>
        sum +
        Math.min(
          wanted,
          members.reduce((had, i) => had + Math.max(0, stocks[i][sku] ?? 0), 0),
        ),
      0,
    );
    yield { members, given };
  }
}

test.each([
  { codes: CODES, skus: SKUS, numRuns: 400 },
  { codes: [...CODES, "X1", "X2", "X3", "X4"], skus: [..."ABCDEFGHIJ"], numRuns: 60 },
])(
  "FEWEST_SHIPMENTS: the most units, the fewest shipments, the least distance, as trying every set finds them",
  ({ codes, skus, numRuns }) => {
    const anyCase = fc.tuple(
      fc.tuple(...skus.map(() => fc.integer({ min: 1, max: 4 }))),
      fc.tuple(...codes.map(() => fc.tuple(...skus.map(() => fc.integer({ min: -2, max: 4 }))))),
      fc.option(fc.integer({ min: 1, max: 4 })),
      fc.array(fc.integer({ min: 0, max: 40 }), { minLength: codes.length, maxLength: codes.length }),
    );
    const bySku = (all: number[]): Units => Object.fromEntries(skus.map((sku, i) => [sku, all[i]!]));
    fc.assert(
      fc.property(anyCase, ([wanted, free, maxShipments, latitudes]) => {
        const [asked, stocks] = [bySku(wanted), free.map(bySku)];
        const warehouses = codes.map((code, i) => house(code, stocks[i], { place: { latitude: latitudes[i]!, longitude: 0 } }));
        const request = { shipTo: null, place: { latitude: 0, longitude: 0 }, wanted: map(asked) };
        const plan = decideSourcing(request, warehouses, rule("FEWEST_SHIPMENTS", warehouses, { maxShipments }));
        const distance = (members: number[]) =>
          members.reduce(
            (sum, i) => sum + Math.round(plan.candidates.find(({ warehouse }) => warehouse === codes[i])!.distanceKm! * 10),
            0,
          );
        const [best] = [...subsets(asked, stocks)]
          .filter(({ members }) => members.length <= (maxShipments ?? Infinity))
          .map(({ members, given }) => [-given, members.length, distance(members)])
          .sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
        const taken = plan.takes.map(({ warehouse }) => codes.indexOf(warehouse));
        expect([-plan.takes.reduce((sum, take) => sum + unitsOf(take.units), 0), taken.length, distance(taken)]).toEqual(best);
        expect(plan.stopped).toBe(false);
      }),
      { numRuns },
    );
  },
);

test("CHEAPEST: no set of warehouses of which none can be left out costs less", () => {
  const prices = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 9 }));
  const anyCase = fc.tuple(units(1, 3), fc.tuple(...CODES.map(() => units(0, 3))), fc.array(prices, { minLength: 6, maxLength: 6 }));
  fc.assert(
    fc.property(anyCase, ([asked, stocks, priced]) => {
      const rates = CODES.map((code, i) => [rate(code, "*", 2, priced[i]![0]), rate(code, "*", 4, priced[i]![0] + priced[i]![1])]);
      const warehouses = CODES.map((code, i) => house(code, stocks[i], { rates: rates[i] }));
      const request = { shipTo: BERLIN, place: undefined, wanted: map(asked), grams: map({ A: 1, B: 1, C: 1, D: 1 }) };
      const plan = decideSourcing(request, warehouses, rule("CHEAPEST", warehouses));
      const order = plan.candidates.map(({ warehouse }) => CODES.indexOf(warehouse));
      const costOfSet = (members: number[]): number => {
        const open = new Map(Object.entries(asked));
        return order
          .filter((i) => members.includes(i))
          .reduce((sum, i) => {
            let grams = 0;
            for (const [sku, wanted] of open) {
              const given = Math.min(wanted, stocks[i][sku] ?? 0);
              open.set(sku, wanted - given);
              grams += given;
            }
            return sum + (grams === 0 ? 0 : costOf(rates[i], grams)!);
          }, 0);
      };
      const all = [...subsets(asked, stocks)];
      const most = Math.max(...all.map(({ given }) => given));
      const full = all.filter(({ given }) => given === most).map(({ members }) => members);
      const needed = full.filter(
        (members) => !full.some((other) => other.length < members.length && other.every((i) => members.includes(i))),
      );
      const cost = plan.candidates.reduce((sum, one) => sum + (one.takenUnits > 0 ? one.costMicros! : 0), 0);
      expect(plan.takes.reduce((sum, take) => sum + unitsOf(take.units), 0)).toBe(most);
      expect(cost).toBeLessThanOrEqual(Math.min(...needed.map(costOfSet)));
    }),
    { numRuns: 300 },
  );
});

/** Fifty items and as many warehouses: who has an item has `most` of it at most, of up to `wants` that are wanted. */
function fiftyByFifty(seed: number, has: number, wants: number, most: number) {
  const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  const upTo = (n: number) => 1 + Math.floor(random() * n);
  const skus = Array.from({ length: 50 }, (_, i) => `S${i}`);
  const wanted = new Map(skus.map((sku) => [sku, upTo(wants)]));
  const warehouses = Array.from({ length: 50 }, (_, i) => {
    const free = Object.fromEntries(skus.flatMap((sku) => (random() < has ? [[sku, upTo(most)]] : [])));
    return house(`W${i}`, free, { place: { latitude: random() * 50, longitude: random() * 50 } });
  });
  return { request: { shipTo: null, place: { latitude: 0, longitude: 0 }, wanted }, warehouses };
}

test.each([0.1, 0.2, 0.3, 0.5, 0.8])("the best of fifty warehouses for fifty items is found, where each has %d of them", (has) => {
  for (let seed = 1; seed <= 10; seed++) {
    const { request, warehouses } = fiftyByFifty(seed * 7_919, has, 1, 1);
    expect(decideSourcing(request, warehouses, rule("FEWEST_SHIPMENTS", warehouses)).stopped).toBe(false);
  }
});

test("a search that is too long ends, says so, and still breaks no rule", () => {
  const { request, warehouses } = fiftyByFifty(7, 0.3, 10, 10);
  const plan = decideSourcing(request, warehouses, rule("FEWEST_SHIPMENTS", warehouses));
  expect(plan.stopped).toBe(true);
  for (const { warehouse, units: given } of plan.takes)
    for (const [sku, n] of given) expect(n).toBeLessThanOrEqual(warehouses.find(({ code }) => code === warehouse)!.free.get(sku)!);
  expect(decideSourcing(request, [...warehouses].reverse(), rule("FEWEST_SHIPMENTS", warehouses))).toEqual(plan);
});
