import { byteOrder } from "../../../shared/db/lock-order";
import { groupBy } from "../../../shared/group";

/** What a warehouse has of an item, and what of it left lately; base units. */
export interface Standing {
  warehouse: string;
  sku: string;
  /** Not promised, and in no open draft that is to leave. May be negative after a loss. */
  free: number;
  /** On its way there, or in an open transfer that is to go there. */
  coming: number;
  /** Units of orders that left in the days looked at. */
  shipped: number;
}

export interface Leg {
  sku: string;
  from: string;
  to: string;
  units: number;
}

export interface RebalancingRule {
  /** So many days each warehouse should be able to ship. */
  daysOfSupply: number;
  /** The days in which `shipped` left. */
  demandDays: number;
  /** Whether goods may go from one to the other: their books are the same. */
  mayMove: (from: string, to: string) => boolean;
}

interface Side extends Standing {
  /** What it needs for its days of supply, rounded up. */
  target: number;
  units: number;
}

/**
 * What lies in the wrong warehouse: who has less than its days of supply gets it from who has more, and nobody gives what its own
 * days need. The warehouse that would run out first is served first; who has most to spare gives first; by code where that ties.
 */
export function decideRebalancing(standings: Standing[], rule: RebalancingRule): Leg[] {
  return [...groupBy(standings, ({ sku }) => sku)].sort(([a], [b]) => byteOrder(a, b)).flatMap(([sku, of]) => legsOf(sku, of, rule));
}

function legsOf(sku: string, standings: Standing[], { daysOfSupply, demandDays, mayMove }: RebalancingRule): Leg[] {
  const sides = standings.map((one) => ({ ...one, target: Math.ceil((one.shipped * daysOfSupply) / demandDays), units: 0 }));
  const takers = sides.map((one) => ({ ...one, units: one.target - one.free - one.coming })).filter(hasUnits);
  const givers = sides.map((one) => ({ ...one, units: one.free - one.target })).filter(hasUnits);
  takers.sort((a, b) => lastsFor(a) - lastsFor(b) || byteOrder(a.warehouse, b.warehouse));
  givers.sort((a, b) => b.units - a.units || byteOrder(a.warehouse, b.warehouse));
  const legs: Leg[] = [];
  for (const taker of takers)
    for (const giver of givers) {
      const units = Math.min(taker.units, giver.units);
      if (units === 0 || giver.warehouse === taker.warehouse || !mayMove(giver.warehouse, taker.warehouse)) continue;
      taker.units -= units;
      giver.units -= units;
      legs.push({ sku, from: giver.warehouse, to: taker.warehouse, units });
    }
  return legs;
}

const hasUnits = ({ units }: Side): boolean => units > 0;

/** In parts of what left lately: the same order as by days. Who has less than nothing comes first. */
const lastsFor = ({ free, coming, shipped }: Side): number => (free + coming) / shipped;
