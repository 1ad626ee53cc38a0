/**
 * Which of some warehouses to ship from: a set that gives the most units, and of those sets the one whose score is least. Exact, by
 * branch and bound with bounded effort. Units are whole and scores are integers, so that sums are exact.
 */
export interface Giver {
  /** What it gives of each item, at most what is wanted of it. */
  gives: readonly number[];
  /** What having it in the set adds to each part of the score at least, the most important part first. */
  adds: readonly number[];
}

export interface Choice {
  /** Places of the chosen givers, ascending; undefined: no set of at most `most` gives it all. */
  chosen: number[] | undefined;
  /** The search was ended before it had looked at everything: there may be a better set. */
  stopped: boolean;
}

export interface Scoring {
  /** The score of a set, compared part by part. */
  score: (chosen: readonly number[]) => number[];
  /** Whether a giver that gives no more of anything and adds no less than another is never needed without it. */
  addsUp: boolean;
}

/** Some forty milliseconds with fifty items and fifty warehouses; what is usual needs a few hundred. */
const MOST_NODES = 2_000;

const lessThan = (a: readonly number[], b: readonly number[]): boolean => {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! < b[i]!;
  return false;
};

/** What the search knows at a node: what is still wanted, and who may still be chosen. Hot: plain loops over flat arrays. */
abstract class Search {
  protected readonly open: boolean[];
  protected readonly gives: Int32Array;
  protected readonly items: number;
  /** What each open giver would give of what is still wanted; filled by `weigh`. */
  protected readonly covers: Int32Array;
  /** For each item its givers, the most generous first. */
  protected readonly byItem: number[][];
  /** For each part of the score the givers, those that add least first. */
  private readonly byPart: number[][];
  private readonly adds: number[][];
  private best: { chosen: number[]; score: number[] } | undefined;
  private nodes = 0;

  constructor(
    protected readonly givers: readonly Giver[],
    protected readonly wanted: Int32Array,
    protected readonly most: number,
    protected readonly scoring: Scoring,
  ) {
    this.items = wanted.length;
    this.open = givers.map(({ gives }) => gives.some((units) => units > 0));
    this.gives = Int32Array.from(givers.flatMap(({ gives }) => [...gives]));
    this.covers = new Int32Array(givers.length);
    const all = givers.map((_, i) => i);
    this.byItem = Array.from(wanted, (_, item) =>
      all.filter((i) => givers[i]!.gives[item]! > 0).sort((a, b) => givers[b]!.gives[item]! - givers[a]!.gives[item]! || a - b),
    );
    this.adds = givers[0]!.adds.map((_, part) => givers.map(({ adds }) => adds[part]!));
    this.byPart = givers[0]!.adds.map((_, part) => [...all].sort((a, b) => givers[a]!.adds[part]! - givers[b]!.adds[part]!));
  }

  run(): Choice {
    this.visit([]);
    return { chosen: this.best && [...this.best.chosen].sort((a, b) => a - b), stopped: this.nodes > MOST_NODES };
  }

  protected abstract visit(chosen: number[]): void;

  protected enter(): boolean {
    return ++this.nodes <= MOST_NODES;
  }

  protected keep(chosen: number[], ahead: readonly number[] = []): void {
    const score = [...ahead, ...this.scoring.score(chosen)];
    if (!this.best || lessThan(score, this.best.score)) this.best = { chosen: [...chosen], score };
  }

  /** Weighs every open giver; answers the units that are missing. */
  protected weigh(): number {
    const { items, open, gives, wanted, covers } = this;
    let missing = 0;
    for (let item = 0; item < items; item++) missing += wanted[item]!;
    for (let i = 0; i < open.length; i++) {
      let units = 0;
      if (open[i]) {
        for (let item = 0, at = i * items; item < items; item++, at++) {
          const [a, b] = [gives[at]!, wanted[item]!];
          units += a < b ? a : b;
        }
      }
      covers[i] = units;
    }
    return missing;
  }

  /** Whether `more` further givers, one of them of `among`, can make a set that scores less than the best. Part by part, while they tie. */
  protected mayBeBetter(chosen: readonly number[], more: number, among?: readonly number[], ahead: readonly number[] = []): boolean {
    if (!this.best) return true;
    const { score } = this.best;
    for (let at = 0; at < ahead.length; at++) if (ahead[at] !== score[at]) return ahead[at]! < score[at]!;
    for (let part = 0; part < this.byPart.length; part++) {
      let sum = 0;
      for (const i of chosen) sum += this.adds[part]![i]!;
      sum += Math.max(this.leastAdded(part, more, among), among ? this.priced(part) : 0);
      const best = score[ahead.length + part]!;
      if (sum !== best) return sum < best;
    }
    return false;
  }

  /** What as many givers add at least: the cheapest of all, one of them of `among`. */
  private leastAdded(part: number, more: number, among?: readonly number[]): number {
    const adds = this.adds[part]!;
    let [sum, left, last] = [0, more, 0];
    for (const i of this.byPart[part]!) {
      if (left === 0) break;
      if (!this.open[i] || this.covers[i] === 0) continue;
      last = adds[i]!;
      sum += last;
      left--;
    }
    if (!among || more === 0) return sum;
    let least = Infinity;
    for (const i of among) if (this.open[i]) least = Math.min(least, adds[i]!);
    return least > last ? sum + least - last : sum;
  }

  /** What all that is missing adds at least, when each unit is had at the least share of what one of its givers adds. */
  private priced(part: number): number {
    const adds = this.adds[part]!;
    let sum = 0;
    for (let item = 0; item < this.items; item++) {
      if (this.wanted[item] === 0) continue;
      let least = Infinity;
      for (const i of this.byItem[item]!) {
        if (!this.open[i]) continue;
        const share = adds[i]! / this.covers[i]!;
        if (share < least) least = share;
      }
      sum += this.wanted[item]! * least;
    }
    return Math.ceil(sum - 1e-6);
  }

  protected choose(i: number, work: () => void): void {
    const { items, gives, wanted } = this;
    const before = wanted.slice();
    this.open[i] = false;
    for (let item = 0, at = i * items; item < items; item++, at++) wanted[item] = Math.max(0, wanted[item]! - gives[at]!);
    work();
    this.open[i] = true;
    wanted.set(before);
  }

  /** How many of the open givers give `units` at least, the most useful first; Infinity: all of them do not. */
  protected leastFor(units: number): number {
    const sorted = this.covers.slice().sort();
    let left = units;
    for (let i = sorted.length - 1; i >= 0 && left > 0; i--) {
      if (sorted[i] === 0) return Infinity;
      left -= sorted[i]!;
      if (left <= 0) return sorted.length - i;
    }
    return left > 0 ? Infinity : 0;
  }
}

/** Sets that give everything. Each node takes the item with the fewest givers left and tries them, the most useful first. */
class Covering extends Search {
  protected visit(chosen: number[]): void {
    if (!this.enter()) return;
    const item = this.scarcest();
    if (item === undefined) return this.keep(chosen);
    const missing = this.weigh();
    const more = Math.max(this.leastByItem(), this.leastFor(missing));
    const givers = this.byItem[item]!.filter((i) => this.open[i]);
    if (chosen.length + more > this.most || !this.mayBeBetter(chosen, more, givers)) return;
    const useful = new Map(givers.map((i) => [i, this.covers[i]!]));
    givers.sort((a, b) => useful.get(b)! - useful.get(a)! || a - b);
    const left: number[] = [];
    for (const i of givers) {
      if (this.scoring.addsUp && left.some((other) => this.replaces(other, i))) continue;
      this.choose(i, () => this.visit([...chosen, i]));
      this.open[i] = false;
      left.push(i);
    }
    for (const i of left) this.open[i] = true;
  }

  private scarcest(): number | undefined {
    let found: number | undefined;
    let fewest = Infinity;
    for (let item = 0; item < this.items; item++) {
      if (this.wanted[item] === 0) continue;
      let count = 0;
      for (const i of this.byItem[item]!) if (this.open[i]) count++;
      if (count < fewest) [found, fewest] = [item, count];
    }
    return found;
  }

  /** How many more one item needs at least. */
  private leastByItem(): number {
    let least = 0;
    for (let item = 0; item < this.items; item++) {
      let left = this.wanted[item]!;
      let count = 0;
      for (const i of this.byItem[item]!) {
        if (left <= 0) break;
        if (!this.open[i]) continue;
        left -= this.gives[i * this.items + item]!;
        count++;
      }
      if (left > 0) return Infinity;
      least = Math.max(least, count);
    }
    return least;
  }

  /** Whatever a set with `i` gives, it gives with `other` in its place, for no more. */
  private replaces(other: number, i: number): boolean {
    const { adds } = this.givers[i]!;
    if (this.givers[other]!.adds.some((added, part) => added > adds[part]!)) return false;
    for (let item = 0, a = other * this.items, b = i * this.items; item < this.items; item++, a++, b++)
      if (this.gives[a]! < this.gives[b]! && this.gives[a]! < this.wanted[item]!) return false;
    return true;
  }
}

/** Sets of at most `most` that give the most units. Each node takes the most useful giver, and then leaves it out. */
class Packing extends Search {
  protected visit(chosen: number[]): void {
    if (!this.enter()) return;
    const missing = this.weigh();
    let next = 0;
    for (let i = 1; i < this.open.length; i++) if (this.covers[i]! > this.covers[next]!) next = i;
    const picks = this.most - chosen.length;
    if (this.covers[next] === 0 || picks === 0) return this.keep(chosen, [missing]);
    const reach = Math.min(this.reachByItem(picks), this.reachTogether(picks));
    if (!this.mayBeBetter(chosen, picks, undefined, [missing - reach])) return;
    this.choose(next, () => this.visit([...chosen, next]));
    this.open[next] = false;
    this.visit(chosen);
    this.open[next] = true;
  }

  private reachByItem(picks: number): number {
    let units = 0;
    for (let item = 0; item < this.items; item++) {
      let sum = 0;
      let count = 0;
      for (const i of this.byItem[item]!) {
        if (count === picks) break;
        if (!this.open[i]) continue;
        sum += this.gives[i * this.items + item]!;
        count++;
      }
      units += Math.min(sum, this.wanted[item]!);
    }
    return units;
  }

  private reachTogether(picks: number): number {
    const sorted = this.covers.slice().sort();
    let units = 0;
    for (let i = Math.max(0, sorted.length - picks); i < sorted.length; i++) units += sorted[i]!;
    return units;
  }
}

/** The best set of at most `most` givers. What nobody gives at all is left out of what is wanted. */
export function chooseSet(
  givers: readonly Giver[],
  wanted: readonly number[],
  most: number,
  scoring: Scoring,
): Choice & { chosen: number[] } {
  if (givers.length === 0) return { chosen: [], stopped: false };
  const reachable = wanted.map((units, item) =>
    Math.min(
      units,
      givers.reduce((sum, { gives }) => sum + gives[item]!, 0),
    ),
  );
  const covering = new Covering(givers, Int32Array.from(reachable), Math.min(most, givers.length), scoring).run();
  if (covering.chosen) return { ...covering, chosen: covering.chosen };
  const packing = new Packing(givers, Int32Array.from(reachable), Math.min(most, givers.length), scoring).run();
  return { chosen: packing.chosen ?? [], stopped: covering.stopped || packing.stopped };
}
