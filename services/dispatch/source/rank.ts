import { byteOrder } from "../../../shared/db/lock-order";
import type { Candidate } from "./decide-sourcing";
import { SourcingStrategy, type SourcingNode } from "./sourcing-rule";

/** A warehouse that may be asked, and what each criterion says of it. */
export interface Option extends Candidate {
  node: SourcingNode;
  /** What it may give of each wanted SKU. */
  usable: Map<string, number>;
  /** What shipping from there costs, for units by SKU; undefined: there is no rate. */
  cost: (units: ReadonlyMap<string, number>) => number | undefined;
  /** The least that a shipment from there costs. */
  leastCost: number | null;
  /** How many days its stock of what is wanted lasts, by what left lately: of the item that lasts shortest. */
  daysOfSupply: number;
}

type Order = (a: Option, b: Option) => number;

/** Two unknowns tie. */
const ascending = (a: number, b: number): number => (a === b ? 0 : a - b);
const farther: Order = (a, b) => ascending(a.distanceKm ?? Infinity, b.distanceKm ?? Infinity);
const later: Order = (a, b) => a.node.priority - b.node.priority;
const byCode: Order = (a, b) => byteOrder(a.warehouse, b.warehouse);
const dearer: Order = (a, b) => ascending(a.costMicros ?? Infinity, b.costMicros ?? Infinity);
const scarcer: Order = (a, b) => ascending(b.daysOfSupply, a.daysOfSupply) || b.freeUnits - a.freeUnits;

const inTurn =
  (...orders: Order[]): Order =>
  (a, b) => {
    for (const order of orders) {
      const result = order(a, b);
      if (result !== 0) return result;
    }
    return 0;
  };

/** The order of the candidates by strategy; a warehouse of unknown place or cost comes last. */
export const ORDERS: Record<SourcingStrategy, Order> = {
  PRIORITY: inTurn(later, farther, byCode),
  NEAREST: inTurn(farther, later, byCode),
  FEWEST_SHIPMENTS: inTurn(farther, later, byCode),
  CHEAPEST: inTurn(dearer, farther, later, byCode),
  BALANCED: inTurn(scarcer, farther, later, byCode),
};
