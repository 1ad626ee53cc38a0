import type { Effort } from "./search";

/** What is asked of the bound: what every set that is still of interest adds to one part of the score, at most `limit`. */
export interface Question {
  /** What each giver adds to this part. */
  adds: readonly number[];
  /** A first guess of what a unit of each item is worth; any guess gives a bound, a good one a high one. */
  prices: Float64Array;
  limit: number;
  /** So many further givers at most. */
  most: number;
}

/**
 * What is missing at a node of the search, and the givers that are left to give it: rows of those items alone, side by side.
 *
 * The bound is the Lagrangian one of covering problems (Fisher 1981, Management Science 27(1); for set covering Beasley 1987, EJOR
 * 31): each unit that is missing is bought at its price, each giver that is cheaper than what it gives is worth is chosen, and no
 * set adds less than that comes to. Its prices follow the subgradient: what is not covered becomes dearer.
 */
export class Residual {
  /** What each giver adds more than what it gives is worth, by the prices asked last. */
  readonly excess: Float64Array;
  private readonly items: Int32Array;
  private readonly needs: Int32Array;
  private readonly givers: Int32Array;
  private readonly rows: Float64Array;
  private readonly prices: Float64Array;
  private readonly best: Float64Array;
  private readonly slope: Float64Array;
  private readonly cheap: Int32Array;
  private itemCount = 0;
  private giverCount = 0;

  constructor(
    /** Who may still be chosen; whoever can be in no set of interest is taken out. */
    private readonly open: boolean[],
    private readonly gives: Int32Array,
    private readonly wanted: Int32Array,
    private readonly effort: Effort,
  ) {
    const [givers, items] = [open.length, wanted.length];
    [this.items, this.needs] = [new Int32Array(items), new Int32Array(items)];
    [this.givers, this.cheap, this.excess] = [new Int32Array(givers), new Int32Array(givers), new Float64Array(givers)];
    this.rows = new Float64Array(givers * items);
    [this.prices, this.best, this.slope] = [new Float64Array(items), new Float64Array(items), new Float64Array(items)];
  }

  /** Takes in what is wanted and who is open now; answers the units that are missing, and leaves in `covers` what each giver gives of them. */
  fill(covers: Int32Array): number {
    const { open, gives, wanted, items, needs, givers, rows } = this;
    this.effort.looks += gives.length;
    let [missing, itemCount, giverCount] = [0, 0, 0];
    for (let item = 0; item < wanted.length; item++) {
      if (wanted[item] === 0) continue;
      missing += wanted[item]!;
      needs[itemCount] = wanted[item]!;
      items[itemCount++] = item;
    }
    for (let i = 0; i < open.length; i++) {
      let units = 0;
      if (open[i]) {
        const [from, to] = [i * wanted.length, giverCount * itemCount];
        for (let k = 0; k < itemCount; k++) {
          const [a, b] = [gives[from + items[k]!]!, needs[k]!];
          units += rows[to + k] = a < b ? a : b;
        }
        if (units > 0) givers[giverCount++] = i;
      }
      covers[i] = units;
    }
    [this.itemCount, this.giverCount] = [itemCount, giverCount];
    return missing;
  }

  /**
   * What is added at least; Infinity: more than the limit. Whoever would bring it above the limit is closed and added to `closed`.
   * The prices of the highest bound are left in `prices` of the question.
   */
  bound({ adds, prices, limit, most }: Question, closed: number[]): number {
    const { items, itemCount } = this;
    for (let k = 0; k < itemCount; k++) this.prices[k] = prices[items[k]!]!;
    let highest = -Infinity;
    let pace = FIRST_PACE;
    for (let step = 0; ; step++) {
      const cheap = this.choose(adds, most);
      const bound = this.worth(cheap);
      if (bound > highest) {
        highest = bound;
        this.best.set(this.prices);
        if (whole(bound) > limit) return Infinity;
        this.close(bound, limit, closed);
      } else pace *= SLOWER;
      if (step === STEPS || !this.better(cheap, pace * (limit + 1 - bound))) break;
    }
    for (let k = 0; k < itemCount; k++) prices[items[k]!] = this.best[k]!;
    return whole(highest);
  }

  /** The givers that add less than what they give is worth, `most` at most: places in `givers`. */
  private choose(adds: readonly number[], most: number): Int32Array {
    const { open, givers, giverCount, itemCount, rows, prices, excess, cheap } = this;
    this.effort.looks += giverCount * itemCount;
    let count = 0;
    for (let g = 0; g < giverCount; g++) {
      const i = givers[g]!;
      if (!open[i]) continue;
      let left = adds[i]!;
      for (let k = 0, at = g * itemCount; k < itemCount; k++, at++) left -= prices[k]! * rows[at]!;
      excess[i] = left;
      if (left < 0) cheap[count++] = g;
    }
    const all = cheap.subarray(0, count);
    return count <= most ? all : all.sort((a, b) => excess[givers[a]!]! - excess[givers[b]!]!).subarray(0, most);
  }

  private worth(cheap: Int32Array): number {
    let sum = 0;
    for (let k = 0; k < this.itemCount; k++) sum += this.prices[k]! * this.needs[k]!;
    for (const g of cheap) sum += this.excess[this.givers[g]!]!;
    return sum;
  }

  private close(bound: number, limit: number, closed: number[]): void {
    for (let g = 0; g < this.giverCount; g++) {
      const i = this.givers[g]!;
      if (!this.open[i] || this.excess[i]! <= 0 || whole(bound + this.excess[i]!) <= limit) continue;
      this.open[i] = false;
      closed.push(i);
    }
  }

  /** Moves the prices along the subgradient, by `gap` in all (Polyak's step). False: what is chosen covers what is missing exactly. */
  private better(cheap: Int32Array, gap: number): boolean {
    const { itemCount, needs, rows, prices, slope } = this;
    for (let k = 0; k < itemCount; k++) slope[k] = needs[k]!;
    for (const g of cheap) for (let k = 0, at = g * itemCount; k < itemCount; k++, at++) slope[k]! -= rows[at]!;
    let norm = 0;
    for (let k = 0; k < itemCount; k++) if (prices[k]! > 0 || slope[k]! > 0) norm += slope[k]! * slope[k]!;
    if (norm === 0) return false;
    for (let k = 0; k < itemCount; k++) prices[k] = Math.max(0, prices[k]! + (gap / norm) * slope[k]!);
    return true;
  }
}

/** How often the prices are bettered at each node. */
const STEPS = 8;
const FIRST_PACE = 1.5;
const SLOWER = 0.7;

/** Scores are whole numbers: so is the least that is not below a bound, which itself is not exact. */
const whole = (bound: number): number => Math.ceil(bound - 1e-9 * Math.max(1_000, Math.abs(bound)));
