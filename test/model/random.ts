/** A small seeded generator (mulberry32), so that a run can be played again. */
export class Random {
  constructor(private state: number) {}

  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  below = (n: number): number => Math.floor(this.next() * n);
  oneOf = <T>(values: readonly T[]): T => values[this.below(values.length)];
  chance = (p: number): boolean => this.next() < p;
}

/** From the environment, to look for more; else always the same, so that a red run is red again. */
export const seed = (): number => Number(process.env.STRATA_TEST_SEED ?? 20261122);
