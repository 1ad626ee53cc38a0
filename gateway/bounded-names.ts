const LONGEST = 64;

/** Names that others choose, as labels: so many at most, and so many of each who brings them; the rest is "other". */
export class BoundedNames {
  private readonly known = new Set<string>();
  private readonly brought = new Map<string, number>();

  constructor(private readonly limits: { most: number; each: number }) {}

  label(name: string, by: string): string {
    if (this.known.has(name)) return name;
    const already = this.brought.get(by) ?? 0;
    if (this.known.size >= this.limits.most || already >= this.limits.each || name.length > LONGEST) return "other";
    this.known.add(name);
    this.brought.set(by, already + 1);
    return name;
  }
}
