import { byteOrder } from "../../../shared/db/lock-order";
import { chooseSet } from "./choose-set";
import { distanceKm, type Place } from "./distance";
import { ORDERS, type Option } from "./rank";
import type { Giver, Scoring } from "./search";
import { costOf, ratesTo, type ShippingRate } from "./shipping-cost";
import { SourcingStrategy, type SourcingNode, type SourcingRule } from "./sourcing-rule";

/** What is asked: units by SKU, each SKU once, and where they go. */
export interface SourcingRequest {
  shipTo: { countryCode: string; region?: string | null } | null;
  /** Where that is, as far as is known. */
  place: Place | undefined;
  wanted: ReadonlyMap<string, number>;
  /** For CHEAPEST: what a unit weighs; one of unknown weight weighs nothing. */
  grams?: ReadonlyMap<string, number>;
}

/** A warehouse of the channel's pool, and what is free there of the SKUs that are asked. */
export interface SourcingWarehouse {
  code: string;
  place: Place | undefined;
  free: ReadonlyMap<string, number>;
  /** For CHEAPEST: what shipping from there costs. */
  rates?: readonly ShippingRate[];
  /** For BALANCED: units that leave there a day. */
  perDay?: ReadonlyMap<string, number>;
}

export interface Candidate {
  warehouse: string;
  rank: number | null;
  distanceKm: number | null;
  /** What shipping from there would cost: what was taken; where nothing was, the whole order. In millionths. */
  costMicros: number | null;
  freeUnits: number;
  takenUnits: number;
  excludedBecause: string | null;
}

export interface Take {
  warehouse: string;
  units: Map<string, number>;
}

export interface SourcingPlan {
  strategy: SourcingStrategy;
  candidates: Candidate[];
  takes: Take[];
  /** What no warehouse may give now. */
  unfilled: Map<string, number>;
  /** Where the unfilled units are counted as backordered: the first ranked warehouse. */
  waitsAt: string | null;
  /** There is stock of what is unfilled, but the rule forbids it. */
  unsourcedBecause: string | null;
  /** The search for the best plan was ended: there may be a better one. */
  stopped: boolean;
}

/**
 * Which warehouse ships what. Without a rule every warehouse of the pool is asked, nearest first, and orders may be split.
 * 1. Warehouses that the rule excludes are out: not named, disabled, or not shipping to the address.
 * 2. The others are ranked (`rank.ts`). PRIORITY: priority (1 first), distance, code. NEAREST: distance, priority, code.
 *    CHEAPEST: cost of the whole order, distance, priority, code. BALANCED: days of supply (most first), free units, distance,
 *    priority, code. FEWEST_SHIPMENTS as NEAREST.
 * 3. PRIORITY, NEAREST, BALANCED: the first in rank that can ship the whole order ships it; else, where splitting is allowed, each
 *    in rank order gives what it has, up to `maxShipments` warehouses.
 *    FEWEST_SHIPMENTS: the set of warehouses with the most units, then the fewest shipments, the least sum of distances, of
 *    priorities; what still ties goes to the set that is found first, the same each time it is asked. CHEAPEST: the most units,
 *    then the least cost, shipments, distances, priorities, of the sets of which no warehouse could be left out. In a set each in
 *    rank order gives what it has.
 * Nobody gives more than is free less its safety stock.
 */
export function decideSourcing(request: SourcingRequest, warehouses: SourcingWarehouse[], rule: SourcingRule | undefined): SourcingPlan {
  const strategy = rule?.strategy ?? SourcingStrategy.NEAREST;
  const options = warehouses.map((warehouse) => optionOf(warehouse, request, rule));
  const ranked = options.filter((option) => option.excludedBecause === null).sort(ORDERS[strategy]);
  ranked.forEach((option, i) => (option.rank = i + 1));
  const unfilled = new Map(request.wanted);
  const { givers, stopped } = chooseGivers(ranked, request, strategy, rule);
  const takes = give(givers, unfilled);
  const left = options.filter((option) => option.rank === null).sort((a, b) => byteOrder(a.warehouse, b.warehouse));
  return {
    strategy,
    candidates: [...ranked, ...left].map(shown),
    takes,
    unfilled,
    waitsAt: ranked[0]?.warehouse ?? null,
    unsourcedBecause: whyUnsourced(options, warehouses, unfilled, takes),
    stopped,
  };
}

/** Who gives, in rank order. */
function chooseGivers(
  ranked: Option[],
  { wanted }: SourcingRequest,
  strategy: SourcingStrategy,
  rule: SourcingRule | undefined,
): { givers: Option[]; stopped: boolean } {
  const most = rule?.maxShipments ?? Infinity;
  const isWhole = ({ usable }: Option) => [...wanted].every(([sku, units]) => usable.get(sku)! >= units);
  if (rule && !rule.allowSplit) return { givers: ranked.filter(isWhole).slice(0, 1), stopped: false };
  if (strategy === SourcingStrategy.FEWEST_SHIPMENTS || strategy === SourcingStrategy.CHEAPEST)
    return search(ranked, wanted, strategy, most);
  const whole = ranked.find(isWhole);
  if (whole) return { givers: [whole], stopped: false };
  return { givers: firstUseful(ranked, wanted, most), stopped: false };
}

/** The first in rank that still have something to give, `most` at most. */
function firstUseful(ranked: Option[], wanted: ReadonlyMap<string, number>, most: number): Option[] {
  const open = new Map(wanted);
  const givers: Option[] = [];
  for (const option of ranked) {
    if (givers.length >= most) break;
    const given = take(option, open);
    if (given.size > 0) givers.push(option);
  }
  return givers;
}

/** Unknown distances and costs count as more than any that is known. */
const UNKNOWN = 1e9;

function search(
  ranked: Option[],
  wanted: ReadonlyMap<string, number>,
  strategy: SourcingStrategy,
  most: number,
): { givers: Option[]; stopped: boolean } {
  const skus = [...wanted.keys()].sort(byteOrder);
  const tenths = ({ distanceKm }: Option) => (distanceKm === null ? UNKNOWN : Math.round(distanceKm * 10));
  const cheap = strategy === SourcingStrategy.CHEAPEST;
  const givers: Giver[] = ranked.map((option) => {
    const least = cheap ? [option.leastCost ?? UNKNOWN * 1e3] : [];
    return { gives: skus.map((sku) => option.usable.get(sku)!), adds: [...least, 1, tenths(option), option.node.priority] };
  });
  const sumOf = (chosen: readonly number[], of: (option: Option) => number) => chosen.reduce((sum, i) => sum + of(ranked[i]!), 0);
  const scoring: Scoring = {
    score: (chosen) => [
      ...(cheap ? [costOfSet(chosen, ranked, wanted)] : []),
      chosen.length,
      sumOf(chosen, tenths),
      sumOf(chosen, ({ node }) => node.priority),
    ],
    addsUp: !cheap,
  };
  const { chosen, stopped } = chooseSet(
    givers,
    skus.map((sku) => wanted.get(sku)!),
    most,
    scoring,
  );
  return { givers: chosen.map((i) => ranked[i]!), stopped };
}

function costOfSet(chosen: readonly number[], ranked: Option[], wanted: ReadonlyMap<string, number>): number {
  const open = new Map(wanted);
  let micros = 0;
  for (const i of [...chosen].sort((a, b) => a - b)) {
    const units = take(ranked[i]!, open);
    if (units.size > 0) micros += ranked[i]!.cost(units) ?? UNKNOWN * 1e3;
  }
  return micros;
}

const ANY_NODE: Omit<SourcingNode, "warehouse"> = { priority: 1, enabled: true, dailyCapacity: null, safetyStock: 0, shipsTo: null };

function optionOf(
  { code, place, free, rates = [], perDay }: SourcingWarehouse,
  { shipTo, place: here, wanted, grams }: SourcingRequest,
  rule: SourcingRule | undefined,
): Option {
  const named = rule ? rule.warehouses.find((one) => one.warehouse === code) : { warehouse: code, ...ANY_NODE };
  const node = named ?? { warehouse: code, ...ANY_NODE };
  const usable = new Map<string, number>();
  let freeUnits = 0;
  let daysOfSupply = Infinity;
  for (const [sku, units] of wanted) {
    const there = free.get(sku) ?? 0;
    freeUnits += Math.max(0, Math.min(units, there));
    usable.set(sku, Math.max(0, Math.min(units, there - node.safetyStock)));
    const daily = perDay?.get(sku) ?? 0;
    if (there > 0 && daily > 0) daysOfSupply = Math.min(daysOfSupply, there / daily);
  }
  const own = ratesTo(rates, shipTo);
  const cost = (given: ReadonlyMap<string, number>) =>
    costOf(
      own,
      [...given].reduce((sum, [sku, n]) => sum + n * (grams?.get(sku) ?? 0), 0),
    );
  return {
    warehouse: code,
    rank: null,
    distanceKm: here && place ? distanceKm(here, place) : null,
    costMicros: cost(wanted) ?? null,
    leastCost: own.length > 0 ? Math.min(...own.map(({ priceMicros }) => priceMicros)) : null,
    freeUnits,
    takenUnits: 0,
    excludedBecause: named ? whyExcluded(named, shipTo) : "not named in the sourcing rule",
    node,
    usable,
    cost,
    daysOfSupply,
  };
}

export function whyExcluded(node: SourcingNode, shipTo: SourcingRequest["shipTo"]): string | null {
  if (!node.enabled) return "disabled in the sourcing rule";
  if (node.shipsTo === null) return null;
  if (!shipTo) return "ships to certain countries only, and the order has no address";
  const country = shipTo.countryCode.toUpperCase();
  const region = `${country}-${(shipTo.region ?? "").toUpperCase()}`;
  return node.shipsTo.includes(country) || node.shipsTo.includes(region) ? null : `does not ship to ${country}`;
}

/** Takes from `open` what a warehouse has of it. */
function take({ usable }: Option, open: Map<string, number>): Map<string, number> {
  const units = new Map<string, number>();
  for (const [sku, wanted] of open) {
    const given = Math.min(wanted, usable.get(sku)!);
    if (given === 0) continue;
    units.set(sku, given);
    if (given === wanted) open.delete(sku);
    else open.set(sku, wanted - given);
  }
  return units;
}

function give(givers: Option[], unfilled: Map<string, number>): Take[] {
  return givers.flatMap((option) => {
    const units = take(option, unfilled);
    if (units.size === 0) return [];
    option.takenUnits = unitsOf(units);
    option.costMicros = option.cost(units) ?? null;
    return [{ warehouse: option.warehouse, units }];
  });
}

/** BACKORDERED means that there is no stock; so stock which is left because a rule withholds it is named. */
function whyUnsourced(options: Option[], warehouses: SourcingWarehouse[], unfilled: Map<string, number>, takes: Take[]): string | null {
  const reasons = options.flatMap((option, i) => {
    const taken = takes.find(({ warehouse }) => warehouse === option.warehouse)?.units;
    const withheld = [...unfilled.keys()].some((sku) => {
      const left = (warehouses[i].free.get(sku) ?? 0) - (taken?.get(sku) ?? 0);
      return left > 0 && (option.excludedBecause !== null || option.usable.get(sku)! - (taken?.get(sku) ?? 0) <= 0);
    });
    return withheld ? [`${option.warehouse}: ${option.excludedBecause ?? "the rest is its safety stock"}`] : [];
  });
  return reasons.length > 0 ? reasons.sort(byteOrder).join("; ").slice(0, 500) : null;
}

const shown = ({ warehouse, rank, distanceKm, costMicros, freeUnits, takenUnits, excludedBecause }: Option): Candidate => ({
  warehouse,
  rank,
  distanceKm,
  costMicros,
  freeUnits,
  takenUnits,
  excludedBecause,
});

export const unitsOf = (units: ReadonlyMap<string, number>): number => [...units.values()].reduce((sum, n) => sum + n, 0);
