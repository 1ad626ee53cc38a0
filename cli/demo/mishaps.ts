import { createHash } from "node:crypto";

export type Mishap = "SHORT_PICK" | "RETURN" | "TRANSFER" | "LOST_ON_THE_WAY";

/** What does not go as planned: by chance, and yet the same for the same run and the same order or shipment. */
export class Mishaps {
  constructor(
    private readonly run: string,
    /** Of a hundred occasions, so many. */
    private readonly percent: number,
  ) {}

  happens(what: Mishap, to: string): boolean {
    return this.chance(what, to) * 100 < this.percent;
  }

  /** One of several, evenly. */
  oneOf<T>(values: readonly T[], of: string): T {
    return values[Math.floor(this.chance("one of", of) * values.length)]!;
  }

  private chance(what: string, of: string): number {
    const hash = createHash("sha256").update(`${this.run}:${what}:${of}`).digest();
    return hash.readUInt32BE(0) / 2 ** 32;
  }
}
