import { exact, roundToSixPlaces, ZERO, type Exact } from "../../../shared/units/decimal";
import type { CostingMethod } from "../enums";

/**
 * What units of an item in a warehouse are worth, by the item's method: those that lie there, or those on their way there.
 * Layers are FIFO's, oldest first; together they are the pool.
 */
export interface Pool {
  units: number;
  value: Exact;
  layers: Layer[];
}

/** What is left of one receipt. */
export interface Layer {
  /** The receipt's line, by its place in the item's history. */
  seq: number;
  received: number;
  units: number;
  value: Exact;
}

/** Goods that come in, worth `worth` in all: at that, or at standard. Gives back what the stock is worth more. */
export function receive(method: CostingMethod, pool: Pool, units: number, worth: Exact, standard: Exact | null, seq: number): Exact {
  const value = method === "STANDARD" ? standardOf(standard).times(units) : worth;
  if (method === "FIFO") pool.layers.push({ seq, received: units, units, value });
  pool.units += units;
  pool.value = pool.value.plus(value);
  return value;
}

/**
 * Goods that leave: at the average, at the oldest layers' cost (`only`: the oldest of these), or at standard. Rounded half to even to six
 * places; the last unit of a pool or layer takes the whole rest, so that value is zero at quantity zero.
 */
export function issue(method: CostingMethod, pool: Pool, units: number, only?: Layer[]): Exact {
  return takeOut(pool, units, method === "FIFO" ? consume(pool, units, only) : shareOf(pool, units));
}

/** What one document brought into a pool and has not taken out of it. */
export interface Brought {
  units: number;
  value: Exact;
  /** The lines that brought it, by their places in the item's history. */
  seqs: ReadonlySet<number>;
}

/** Goods that leave at the cost of the document that brought them, whatever else is in the pool; at standard all cost the same. */
export function issueOf(method: CostingMethod, pool: Pool, units: number, brought: Brought): Exact {
  if (method === "STANDARD") return issue(method, pool, units);
  if (method === "FIFO") {
    const layers = pool.layers.filter(({ seq }) => brought.seqs.has(seq));
    return issue(method, pool, units, layers);
  }
  const value = units === pool.units ? pool.value : shareOf(brought, units);
  brought.units -= units;
  brought.value = brought.value.minus(value);
  return takeOut(pool, units, value);
}

function takeOut(pool: Pool, units: number, value: Exact): Exact {
  pool.units -= units;
  pool.value = pool.value.minus(value);
  return value;
}

function consume(pool: Pool, units: number, only: Layer[] = pool.layers): Exact {
  let left = units;
  let value = ZERO;
  for (const layer of only) {
    if (left === 0) break;
    const taken = Math.min(left, layer.units);
    const worth = shareOf(layer, taken);
    layer.units -= taken;
    layer.value = layer.value.minus(worth);
    left -= taken;
    value = value.plus(worth);
  }
  if (left > 0) throw new Error(`the layers hold ${left} units less than the header`);
  pool.layers = pool.layers.filter((layer) => layer.units > 0);
  return value;
}

/**
 * An amount that receipts turn out to have cost more: the share of what is left of `received` stays on hand, FIFO: in the
 * receipt's own layer. The rest went with the units. STANDARD keeps its cost. Gives back the part on hand.
 */
export function adjust(method: CostingMethod, pool: Pool, amount: Exact, received: number, seq?: number): Exact {
  if (method === "STANDARD" || received === 0) return ZERO;
  const layers = seq === undefined ? pool.layers : pool.layers.filter((layer) => layer.seq === seq);
  const left = method === "FIFO" ? layers.reduce((units, layer) => units + layer.units, 0) : Math.min(pool.units, received);
  const onHand = part(amount, left, received);
  pool.value = pool.value.plus(onHand);
  if (method === "FIFO") {
    const shares = spread(
      onHand,
      layers.map(({ units }) => units),
    );
    layers.forEach((layer, i) => (layer.value = layer.value.plus(shares[i])));
  }
  return onHand;
}

/** A new standard cost: what the stock is worth more by it. */
export function revalue(pool: Pool, before: Exact | null, standard: Exact): Exact {
  const more = standard.minus(before ?? 0).times(pool.units);
  pool.value = pool.value.plus(more);
  return more;
}

/** An amount in parts by weight, exact to six places; the remainder goes to the last part. */
export function spread(amount: Exact, weights: number[]): Exact[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let given = ZERO;
  return weights.map((weight, i) => {
    const share = i === weights.length - 1 ? amount.minus(given) : part(amount, weight, total);
    given = given.plus(share);
    return share;
  });
}

/** units of what is on hand, and their value; the last take the rest. */
export const shareOf = (of: { units: number; value: Exact }, units: number): Exact => part(of.value, units, of.units);

const part = (amount: Exact, units: number, of: number): Exact => (units === of ? amount : roundToSixPlaces(amount.times(units).div(of)));

/** The average cost of one unit, rounded for showing; nothing is ever computed from it. */
export const averageCost = (units: number, value: Exact): Exact => (units === 0 ? ZERO : roundToSixPlaces(exact(value).div(units)));

function standardOf(standard: Exact | null): Exact {
  if (!standard) throw new Error("no standard cost");
  return standard;
}
