import fc from "fast-check";
import { decideSourcing, unitsOf, type SourcingRequest, type SourcingWarehouse } from "../../services/dispatch/source/decide-sourcing";
import { distanceKm, placeOf } from "../../services/dispatch/source/distance";
import { SourcingStrategy, type SourcingNode, type SourcingRule } from "../../services/dispatch/source/sourcing-rule";
import { BERLIN, MUNICH, PARIS } from "./support";

type Units = Record<string, number>;
const map = (units: Units) => new Map(Object.entries(units));

const house = (code: string, free: Units, where: Parameters<typeof placeOf>[0] = null): SourcingWarehouse => ({
  code,
  place: placeOf(where),
  free: map(free),
});
const node = (warehouse: string, priority: number, more: Partial<SourcingNode> = {}): SourcingNode => ({
  warehouse,
  priority,
  enabled: true,
  dailyCapacity: null,
  safetyStock: 0,
  shipsTo: null,
  ...more,
});
const rule = (strategy: keyof typeof SourcingStrategy, warehouses: SourcingNode[], more: Partial<SourcingRule> = {}): SourcingRule => ({
  channel: "web",
  strategy: SourcingStrategy[strategy],
  allowSplit: true,
  maxShipments: null,
  warehouses,
  ...more,
});

interface Case {
  name: string;
  wanted: Units;
  shipTo?: SourcingRequest["shipTo"];
  warehouses: SourcingWarehouse[];
  rule?: SourcingRule;
  takes: Record<string, Units>;
  ranks?: string[];
  unfilled?: Units;
  because?: string | null;
}

const three = (ber: Units, muc: Units, par: Units) => [house("BER", ber, BERLIN), house("MUC", muc, MUNICH), house("PAR", par, PARIS)];
const nodes = [node("BER", 3), node("MUC", 1), node("PAR", 2)];
const ROME = { countryCode: "IT", latitude: 41.9, longitude: 12.5 };

const CASES: Case[] = [
  {
    name: "no rule: nearest first",
    wanted: { A: 1 },
    shipTo: ROME,
    warehouses: three({ A: 1 }, { A: 1 }, { A: 1 }),
    takes: { MUC: { A: 1 } },
    ranks: ["MUC", "PAR", "BER"],
  },
  {
    name: "no rule: the nearest that can ship all comes before nearer ones",
    wanted: { A: 2, B: 1 },
    shipTo: BERLIN,
    warehouses: three({ A: 2 }, { A: 2, B: 1 }, { A: 9, B: 9 }),
    takes: { MUC: { A: 2, B: 1 } },
  },
  {
    name: "no rule: nobody can, so it is split in rank order",
    wanted: { A: 3, B: 1 },
    shipTo: BERLIN,
    warehouses: three({ A: 2 }, { B: 1 }, { A: 2 }),
    takes: { BER: { A: 2 }, MUC: { B: 1 }, PAR: { A: 1 } },
  },
  {
    name: "no coordinates: the country's centroid",
    wanted: { A: 1 },
    shipTo: { countryCode: "ES" },
    warehouses: three({ A: 1 }, { A: 1 }, { A: 1 }),
    takes: { PAR: { A: 1 } },
    ranks: ["PAR", "MUC", "BER"],
  },
  {
    name: "unknown country: the order of PRIORITY",
    wanted: { A: 1 },
    shipTo: { countryCode: "ZZ" },
    warehouses: three({ A: 1 }, { A: 1 }, { A: 1 }),
    rule: rule("NEAREST", nodes),
    takes: { MUC: { A: 1 } },
    ranks: ["MUC", "PAR", "BER"],
  },
  {
    name: "no address: the order of PRIORITY",
    wanted: { A: 1 },
    warehouses: three({ A: 1 }, { A: 1 }, { A: 1 }),
    rule: rule("NEAREST", nodes),
    takes: { MUC: { A: 1 } },
  },
  {
    name: "a warehouse of unknown place comes last",
    wanted: { A: 1 },
    shipTo: BERLIN,
    warehouses: [house("AAA", { A: 1 }), house("PAR", { A: 1 }, PARIS)],
    takes: { PAR: { A: 1 } },
    ranks: ["PAR", "AAA"],
  },
  {
    name: "PRIORITY: 1 first, whatever the distance",
    wanted: { A: 1 },
    shipTo: BERLIN,
    warehouses: three({ A: 1 }, { A: 1 }, { A: 1 }),
    rule: rule("PRIORITY", nodes),
    takes: { MUC: { A: 1 } },
    ranks: ["MUC", "PAR", "BER"],
  },
  {
    name: "PRIORITY: equal priorities by distance",
    wanted: { A: 1 },
    shipTo: PARIS,
    warehouses: three({ A: 1 }, { A: 1 }, { A: 1 }),
    rule: rule(
      "PRIORITY",
      nodes.map((n) => ({ ...n, priority: 1 })),
    ),
    takes: { PAR: { A: 1 } },
  },
  {
    name: "no split: only who can ship all",
    wanted: { A: 3 },
    shipTo: BERLIN,
    warehouses: three({ A: 2 }, { A: 2 }, { A: 3 }),
    rule: rule("NEAREST", nodes, { allowSplit: false }),
    takes: { PAR: { A: 3 } },
  },
  {
    name: "no split and nobody can: it waits as a whole",
    wanted: { A: 3 },
    shipTo: BERLIN,
    warehouses: three({ A: 2 }, { A: 2 }, {}),
    rule: rule("NEAREST", nodes, { allowSplit: false }),
    takes: {},
    unfilled: { A: 3 },
    because: null,
  },
  {
    name: "most shipments: the rest waits",
    wanted: { A: 3 },
    shipTo: BERLIN,
    warehouses: three({ A: 1 }, { A: 1 }, { A: 1 }),
    rule: rule("NEAREST", nodes, { maxShipments: 2 }),
    takes: { BER: { A: 1 }, MUC: { A: 1 } },
    unfilled: { A: 1 },
    because: null,
  },
  {
    name: "most shipments: a warehouse that gives nothing is none",
    wanted: { A: 2 },
    shipTo: BERLIN,
    warehouses: three({}, { A: 1 }, { A: 1 }),
    rule: rule("NEAREST", nodes, { maxShipments: 2 }),
    takes: { MUC: { A: 1 }, PAR: { A: 1 } },
  },
  {
    name: "disabled",
    wanted: { A: 1 },
    shipTo: BERLIN,
    warehouses: three({ A: 1 }, {}, {}),
    rule: rule("NEAREST", [node("BER", 1, { enabled: false }), node("MUC", 1)]),
    takes: {},
    unfilled: { A: 1 },
    because: "BER: disabled in the sourcing rule",
  },
  {
    name: "not named",
    wanted: { A: 1 },
    shipTo: BERLIN,
    warehouses: three({ A: 1 }, {}, {}),
    rule: rule("NEAREST", [node("MUC", 1)]),
    takes: {},
    unfilled: { A: 1 },
    because: "BER: not named in the sourcing rule",
  },
  {
    name: "does not ship there",
    wanted: { A: 1 },
    shipTo: PARIS,
    warehouses: three({ A: 1 }, {}, {}),
    rule: rule("NEAREST", [node("BER", 1, { shipsTo: ["DE"] })]),
    takes: {},
    unfilled: { A: 1 },
    because: "BER: does not ship to FR",
  },
  {
    name: "ships to the region",
    wanted: { A: 1 },
    shipTo: { countryCode: "US", region: "CA" },
    warehouses: three({ A: 1 }, {}, {}),
    rule: rule("NEAREST", [node("BER", 1, { shipsTo: ["US-CA"] })]),
    takes: { BER: { A: 1 } },
  },
  {
    name: "safety stock is kept back",
    wanted: { A: 4 },
    shipTo: BERLIN,
    warehouses: three({ A: 5 }, {}, {}),
    rule: rule("NEAREST", [node("BER", 1, { safetyStock: 2 })]),
    takes: { BER: { A: 3 } },
    unfilled: { A: 1 },
    because: "BER: the rest is its safety stock",
  },
  {
    name: "no stock anywhere has no reason",
    wanted: { A: 1 },
    shipTo: BERLIN,
    warehouses: three({}, {}, {}),
    rule: rule("NEAREST", [node("MUC", 1)]),
    takes: {},
    unfilled: { A: 1 },
    because: null,
  },
  {
    name: "negative free gives nothing",
    wanted: { A: 1 },
    shipTo: BERLIN,
    warehouses: three({ A: -3 }, { A: 1 }, {}),
    takes: { MUC: { A: 1 } },
  },
];

test.each(CASES)("$name", ({ wanted, shipTo = null, warehouses, rule: by, takes, ranks, unfilled = {}, because }) => {
  const plan = decideSourcing({ shipTo, place: placeOf(shipTo), wanted: map(wanted) }, warehouses, by);
  expect(Object.fromEntries(plan.takes.map(({ warehouse, units }) => [warehouse, Object.fromEntries(units)]))).toEqual(takes);
  expect(Object.fromEntries(plan.unfilled)).toEqual(unfilled);
  if (ranks) expect(plan.candidates.filter(({ rank }) => rank !== null).map(({ warehouse }) => warehouse)).toEqual(ranks);
  if (because !== undefined) expect(plan.unsourcedBecause).toBe(because);
});

test("great circle distances", () => {
  expect(distanceKm(BERLIN, MUNICH)).toBeCloseTo(504, -1);
  expect(distanceKm(BERLIN, BERLIN)).toBe(0);
  expect(distanceKm({ latitude: 0, longitude: 179 }, { latitude: 0, longitude: -179 })).toBeCloseTo(222.4, 0);
});

const CODES = ["W1", "W2", "W3", "W4"];
const SKUS = ["A", "B", "C"];
const units = (least: number) => fc.dictionary(fc.constantFrom(...SKUS), fc.integer({ min: least, max: 9 }), { noNullPrototype: true });
const anyNode = (warehouse: string) =>
  fc.record({
    warehouse: fc.constant(warehouse),
    priority: fc.integer({ min: 1, max: 3 }),
    enabled: fc.boolean(),
    dailyCapacity: fc.constant(null),
    safetyStock: fc.integer({ min: 0, max: 3 }),
    shipsTo: fc.constantFrom<string[] | null>(null, ["DE"], ["FR"]),
  });
const anyRule = fc.record({
  channel: fc.constant("web"),
  strategy: fc.constantFrom(...Object.values(SourcingStrategy)),
  allowSplit: fc.boolean(),
  maxShipments: fc.option(fc.integer({ min: 1, max: 4 })),
  warehouses: fc.subarray(CODES).chain((codes) => fc.tuple(...codes.map(anyNode))),
});

test("no plan takes more than is free, more than is asked, or breaks its rule; and it is the same each time", () => {
  const anyCase = fc.tuple(
    units(1),
    fc.tuple(...CODES.map(() => units(-3))),
    fc.option(anyRule, { nil: undefined }),
    fc.constantFrom(BERLIN, PARIS),
  );
  fc.assert(
    fc.property(anyCase, ([asked, stocks, by, shipTo]) => {
      const warehouses = CODES.map((code, i) => house(code, stocks[i], { countryCode: ["DE", "FR", "IT", "ZZ"][i] }));
      const request = { shipTo, place: placeOf(shipTo), wanted: map(asked) };
      const plan = decideSourcing(request, warehouses, by);
      expect(decideSourcing(request, [...warehouses].reverse(), by)).toEqual(plan);
      for (const [sku, wanted] of Object.entries(asked)) {
        const taken = plan.takes.reduce((sum, take) => sum + (take.units.get(sku) ?? 0), 0);
        expect(taken + (plan.unfilled.get(sku) ?? 0)).toBe(wanted);
      }
      for (const { warehouse, units: given } of plan.takes) {
        const named = by ? by.warehouses.find((n) => n.warehouse === warehouse)! : node(warehouse, 1);
        expect(named.enabled && (named.shipsTo ?? [shipTo.countryCode]).includes(shipTo.countryCode)).toBe(true);
        for (const [sku, n] of given) expect(n).toBeLessThanOrEqual(stocks[CODES.indexOf(warehouse)][sku] - named.safetyStock);
      }
      if (by?.maxShipments) expect(plan.takes.length).toBeLessThanOrEqual(by.maxShipments);
      if (by && !by.allowSplit) expect(plan.takes.length === 0 || unitsOf(plan.unfilled) === 0).toBe(true);
    }),
    { numRuns: 500 },
  );
});
