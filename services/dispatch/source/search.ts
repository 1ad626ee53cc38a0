import { Residual } from "./residual";

/** Units are whole, so that sums are exact. */
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
  /**
   * The score is the sum of what its givers add, and its first part counts them: one that gives no more of anything and adds no
   * less than another is never needed without it.
   */
  addsUp: boolean;
}

/** How often it was looked at what one giver has of one item: what a search costs, on any machine. */
export interface Effort {
  looks: number;
}

/** So many times it is looked at what one giver has of one item: some twenty milliseconds, whatever the size of the order. */
const MOST_LOOKS = 5_000_000;

const lessThan = (a: readonly number[], b: readonly number[]): boolean => {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! < b[i]!;
  return false;
};

/**
 * What both searches (`choose-set.ts`) know at a node: what is still wanted, and who may still be chosen. Scores are integers, as
 * units are. Hot: plain loops over flat arrays.
 */
export abstract class Search {
  protected readonly open: boolean[];
  protected readonly gives: Int32Array;
  protected readonly items: number;
  /** What each open giver would give of what is still wanted; filled with the residual. */
  protected readonly covers: Int32Array;
  /** For each item its givers, the most generous first. */
  protected readonly byItem: number[][];
  /** What each giver adds, by part of the score. */
  protected readonly adds: number[][];
  protected best: { chosen: number[]; score: number[] } | undefined;
  protected readonly residual: Residual;
  private readonly effort: Effort = { looks: 0 };

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
    this.residual = new Residual(this.open, this.gives, wanted, this.effort);
    this.adds = givers[0]!.adds.map((_, part) => givers.map(({ adds }) => adds[part]!));
  }

  run(): Choice {
    this.visit([]);
    return { chosen: this.best && [...this.best.chosen].sort((a, b) => a - b), stopped: this.isOver() };
  }

  protected abstract visit(chosen: number[]): void;

  protected isOver(): boolean {
    return this.effort.looks > MOST_LOOKS;
  }

  protected keep(chosen: number[], ahead: readonly number[] = []): void {
    const score = [...ahead, ...this.scoring.score(chosen)];
    if (!this.best || lessThan(score, this.best.score)) this.best = { chosen: [...chosen], score };
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
}
