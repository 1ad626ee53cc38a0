import { byteOrder } from "../../../shared/db/lock-order";
import { distanceKm, placeOf, type Place, type Whereabouts } from "./distance";
import { SourcingStrategy, type SourcingNode, type SourcingRule } from "./sourcing-rule";

/** What is asked: units by SKU, each SKU once, and where they go. */
export interface SourcingRequest {
  shipTo: (Whereabouts & { region?: string | null }) | null;
  wanted: ReadonlyMap<string, number>;
}

/** A warehouse of the channel's pool, and what is free there of the SKUs that are asked. */
export interface SourcingWarehouse {
  code: string;
  place: Place | undefined;
  free: ReadonlyMap<string, number>;
}

export interface Candidate {
  warehouse: string;
  rank: number | null;
  distanceKm: number | null;
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
}

interface Option extends Candidate {
  node: SourcingNode;
  /** What it may give of each wanted SKU. */
  usable: Map<string, number>;
}

/**
 * Which warehouse ships what. Without a rule every warehouse of the pool is asked, nearest first, and orders may be split.
 * 1. Warehouses that the rule excludes are out: not named, disabled, or not shipping to the address.
 * 2. The others are ranked. PRIORITY: priority (1 first), distance, code. NEAREST: distance, priority, code; when no distance
 *    is known (no coordinates and no country) that is PRIORITY's order. A warehouse of unknown place comes last.
 * 3. The first in rank that can ship the whole order ships it.
 * 4. Else, where splitting is allowed, each in rank order gives what it has, up to `maxShipments` warehouses.
 * Nobody gives more than is free less its safety stock.
 */
export function decideSourcing(request: SourcingRequest, warehouses: SourcingWarehouse[], rule: SourcingRule | undefined): SourcingPlan {
  const strategy = rule?.strategy ?? SourcingStrategy.NEAREST;
  const options = warehouses.map((warehouse) => optionOf(warehouse, request, rule));
  const ranked = options.filter((option) => option.excludedBecause === null).sort(ORDERS[strategy] ?? ORDERS.PRIORITY);
  ranked.forEach((option, i) => (option.rank = i + 1));
  const unfilled = new Map(request.wanted);
  const takes = take(ranked, unfilled, rule?.allowSplit ?? true, rule?.maxShipments ?? Infinity);
  const left = options.filter((option) => option.rank === null).sort((a, b) => byteOrder(a.warehouse, b.warehouse));
  return {
    strategy,
    candidates: [...ranked, ...left].map(shown),
    takes,
    unfilled,
    waitsAt: ranked[0]?.warehouse ?? null,
    unsourcedBecause: whyUnsourced(options, warehouses, unfilled, takes),
  };
}

const farther = (a: Option, b: Option): number => (a.distanceKm ?? Infinity) - (b.distanceKm ?? Infinity) || 0;
const later = (a: Option, b: Option): number => a.node.priority - b.node.priority;
const byCode = (a: Option, b: Option): number => byteOrder(a.warehouse, b.warehouse);

const ORDERS: Partial<Record<SourcingStrategy, (a: Option, b: Option) => number>> & { PRIORITY: (a: Option, b: Option) => number } = {
  PRIORITY: (a, b) => later(a, b) || farther(a, b) || byCode(a, b),
  NEAREST: (a, b) => farther(a, b) || later(a, b) || byCode(a, b),
};

const ANY_NODE: Omit<SourcingNode, "warehouse"> = { priority: 1, enabled: true, dailyCapacity: null, safetyStock: 0, shipsTo: null };

function optionOf(warehouse: SourcingWarehouse, { shipTo, wanted }: SourcingRequest, rule: SourcingRule | undefined): Option {
  const named = rule ? rule.warehouses.find((node) => node.warehouse === warehouse.code) : { warehouse: warehouse.code, ...ANY_NODE };
  const node = named ?? { warehouse: warehouse.code, ...ANY_NODE };
  const here = placeOf(shipTo);
  const usable = new Map<string, number>();
  let freeUnits = 0;
  for (const [sku, units] of wanted) {
    const free = warehouse.free.get(sku) ?? 0;
    freeUnits += Math.max(0, Math.min(units, free));
    usable.set(sku, Math.max(0, Math.min(units, free - node.safetyStock)));
  }
  return {
    warehouse: warehouse.code,
    rank: null,
    distanceKm: here && warehouse.place ? distanceKm(here, warehouse.place) : null,
    freeUnits,
    takenUnits: 0,
    excludedBecause: named ? whyExcluded(named, shipTo) : "not named in the sourcing rule",
    node,
    usable,
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

/** Takes from `unfilled` what each warehouse gives. */
function take(ranked: Option[], unfilled: Map<string, number>, allowSplit: boolean, mostShipments: number): Take[] {
  const whole = ranked.find(({ usable }) => [...unfilled].every(([sku, units]) => usable.get(sku)! >= units));
  const givers = whole ? [whole] : allowSplit ? ranked : [];
  const takes: Take[] = [];
  for (const option of givers) {
    if (takes.length >= mostShipments) break;
    const units = new Map<string, number>();
    for (const [sku, open] of unfilled) {
      const given = Math.min(open, option.usable.get(sku)!);
      if (given === 0) continue;
      units.set(sku, given);
      option.takenUnits += given;
      if (given === open) unfilled.delete(sku);
      else unfilled.set(sku, open - given);
    }
    if (units.size > 0) takes.push({ warehouse: option.warehouse, units });
  }
  return takes;
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

const shown = ({ warehouse, rank, distanceKm, freeUnits, takenUnits, excludedBecause }: Option): Candidate => ({
  warehouse,
  rank,
  distanceKm,
  freeUnits,
  takenUnits,
  excludedBecause,
});

export const unitsOf = (units: ReadonlyMap<string, number>): number => [...units.values()].reduce((sum, n) => sum + n, 0);
