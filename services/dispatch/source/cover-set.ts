import { Search, type Choice } from "./search";

/** Sets that give everything. Each node takes the item with the fewest givers left and tries them, the most promising first. */
export class Covering extends Search {
  run(): Choice {
    this.keepMostUseful();
    return super.run();
  }

  /** The first set to do better than: again and again the giver of the most units. */
  private keepMostUseful(chosen: number[] = []): void {
    if (this.residual.fill(this.covers) === 0) return this.keep(chosen);
    const top = this.covers.reduce((best, units, i) => (units > this.covers[best]! ? i : best), 0);
    if (this.covers[top] === 0 || chosen.length === this.most) return;
    this.choose(top, () => this.keepMostUseful([...chosen, top]));
  }

  /** `above`: by part of the score the prices that were found best at the node above. */
  protected visit(chosen: number[], above?: readonly Float64Array[]): void {
    if (this.isOver()) return;
    if (this.residual.fill(this.covers) === 0) return this.keep(chosen);
    if (chosen.length + this.leastByItem() > this.most) return;
    const prices = above ? above.map((of) => of.slice()) : this.firstPrices();
    const closed: number[] = [];
    const order = this.promise(chosen, prices, closed);
    if (order && this.leastByItem() < Infinity) {
      const givers = this.byItem[this.scarcest()]!.filter((i) => this.open[i]);
      givers.sort((a, b) => order[a]! - order[b]! || a - b);
      this.tryEach(givers, chosen, prices);
    }
    for (const i of closed) this.open[i] = true;
  }

  private tryEach(givers: readonly number[], chosen: readonly number[], prices: readonly Float64Array[]): void {
    const left: number[] = [];
    for (const i of givers) {
      if (this.scoring.addsUp && left.some((other) => this.replaces(other, i))) continue;
      this.choose(i, () => this.visit([...chosen, i], prices));
      this.open[i] = false;
      left.push(i);
    }
    for (const i of left) this.open[i] = true;
  }

  /**
   * Whether there may be a better set from here: by which part of the score, and then how little each giver promises for it.
   * Part by part, while they tie. Closes who is in no better set.
   */
  private promise(chosen: readonly number[], prices: readonly Float64Array[], closed: number[]): Float64Array | undefined {
    // Where there is no set yet, one of as many givers as may be is as good as any.
    const score = this.best?.score ?? (this.scoring.addsUp ? [this.most + 1] : [Infinity]);
    const most = Math.min(this.most, this.scoring.addsUp ? score[0]! : Infinity) - chosen.length;
    for (const [part, best] of score.entries()) {
      const adds = this.adds[part]!;
      const limit = chosen.reduce((sum, i) => sum - adds[i]!, best);
      const bound = limit < Infinity ? this.residual.bound({ adds, prices: prices[part]!, limit, most }, closed) : 0;
      if (bound > limit) return undefined;
      if (bound < limit) return limit < Infinity ? this.residual.excess.slice() : Float64Array.from(this.covers, (units) => -units);
    }
    return undefined;
  }

  /** Each unit at the least share of what one of its givers adds: together they are worth what no giver adds. */
  private firstPrices(): Float64Array[] {
    return this.adds.map((adds) =>
      Float64Array.from(this.byItem, (givers) => givers.reduce((least, i) => Math.min(least, adds[i]! / this.covers[i]!), Infinity)).map(
        (price) => (price < Infinity ? price : 0),
      ),
    );
  }

  private scarcest(): number {
    let [found, fewest] = [0, Infinity];
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
