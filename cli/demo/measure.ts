/** Counts by name, printed in the order of size. */
export class Tally {
  private readonly counts = new Map<string, number>();

  add(name: string, count = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + count);
  }

  of(name: string): number {
    return this.counts.get(name) ?? 0;
  }

  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  toString(): string {
    const entries = [...this.counts].sort(([, a], [, b]) => b - a);
    return entries.map(([name, count]) => `${count} ${name}`).join(", ") || "none";
  }
}

/** How long each kind of call took. */
export class Timings {
  private readonly byName = new Map<string, number[]>();

  add(name: string, ms: number): void {
    const list = this.byName.get(name);
    if (list) list.push(ms);
    else this.byName.set(name, [ms]);
  }

  rows(): { name: string; calls: number; p50: number; p90: number; p99: number }[] {
    return [...this.byName].map(([name, ms]) => {
      const sorted = Float64Array.from(ms).sort();
      return { name, calls: sorted.length, p50: percentile(sorted, 50), p90: percentile(sorted, 90), p99: percentile(sorted, 99) };
    });
  }
}

/** The p-th percentile of sorted figures, by nearest rank; 0 of none. */
export const percentile = (sorted: ArrayLike<number>, p: number): number =>
  sorted.length === 0 ? 0 : sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)]!;
