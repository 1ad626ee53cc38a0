import { Covering } from "./cover-set";
import { Search, type Choice, type Giver, type Scoring } from "./search";

/** Sets of at most `most` that give the most units. Each node takes the most useful giver, and then leaves it out. */
class Packing extends Search {
  /** For each part of the score the givers, those that add least first. */
  private readonly byPart = this.adds.map((adds) => adds.map((_, i) => i).sort((a, b) => adds[a]! - adds[b]!));

  protected visit(chosen: number[]): void {
    if (this.isOver()) return;
    const missing = this.residual.fill(this.covers);
    let next = 0;
    for (let i = 1; i < this.open.length; i++) if (this.covers[i]! > this.covers[next]!) next = i;
    const picks = this.most - chosen.length;
    if (this.covers[next] === 0 || picks === 0) return this.keep(chosen, [missing]);
    const reach = Math.min(this.reachByItem(picks), this.reachTogether(picks));
    if (!this.mayBeBetter(chosen, picks, missing - reach)) return;
    this.choose(next, () => this.visit([...chosen, next]));
    this.open[next] = false;
    this.visit(chosen);
    this.open[next] = true;
  }

  /** Whether `picks` further givers can make a set that misses less than the best, or as much and scores less. */
  private mayBeBetter(chosen: readonly number[], picks: number, missing: number): boolean {
    if (!this.best) return true;
    const [fewest, ...score] = this.best.score;
    if (missing !== fewest) return missing < fewest!;
    for (const [part, best] of score.entries()) {
      let sum = this.leastAdded(part, picks);
      for (const i of chosen) sum += this.adds[part]![i]!;
      if (sum !== best) return sum < best;
    }
    return false;
  }

  /** What the cheapest of the useful add: a set that misses something has as many as it may. */
  private leastAdded(part: number, picks: number): number {
    let [sum, left] = [0, picks];
    for (const i of this.byPart[part]!) {
      if (left === 0) break;
      if (!this.open[i] || this.covers[i] === 0) continue;
      sum += this.adds[part]![i]!;
      left--;
    }
    return sum;
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

/**
 * Which of some warehouses to ship from: of at most `most` givers the set that gives the most units, and of those sets the one whose
 * score is least. Exact, by branch and bound, with bounded effort. What nobody gives at all is left out of what is wanted.
 */
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
