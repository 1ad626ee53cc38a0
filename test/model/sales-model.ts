/** The sales layer as a few maps and loops: what its answers are compared with. It knows no batches, keys, locks or clocks. */
export interface ModelLine {
  sku: string;
  quantity: number;
  held: number;
  committed: number;
  fulfilled: number;
  released: number;
  sale: number;
  kit?: { place: number; sku: string; per: number };
  stockless?: boolean;
}
export interface ModelReservation {
  channel: string;
  customer: string;
  status: "HELD" | "EXPIRED" | "CONFIRMED" | "RELEASED" | "FULFILLED";
  lines: ModelLine[];
}
export interface ModelListing {
  listed: boolean;
  safety: number;
  maxPerOrder: number | null;
  maxPerCustomer: number | null;
  mode: "SHARED" | "CAP" | "RING_FENCE";
  units: number;
  sale: number;
  fenced: number;
  fencedAt: number;
  preorder: number;
  backorder: number;
  oversell: number;
}
export interface Asked {
  sku: string;
  quantity: number;
}
export type ListingChange = Partial<Omit<ModelListing, "sale" | "fenced" | "fencedAt">>;
export interface Verdict {
  code?: string;
  shortages: { sku: string; requested: number; available: number }[];
}

export const KIT = { sku: "KIT", of: { A: 2, B: 1 } as Record<string, number> };
const STOCKLESS = "WRAP";
const done: Verdict = { shortages: [] };
const no = (code: string, shortages: Verdict["shortages"] = []): Verdict => ({ code, shortages });

export class SalesModel {
  readonly reservations: ModelReservation[] = [];
  readonly stock: Record<string, { onHand: number; frozen: number; incoming: number }> = {};
  readonly listings: Record<string, ModelListing> = {};
  private fences = 0;

  listing = (channel: string, sku: string): ModelListing => this.listings[`${channel} ${sku}`];
  private lines = (sku: string) => this.reservations.flatMap(({ lines }) => lines).filter((line) => line.sku === sku);
  private sum = (sku: string, unit: (line: ModelLine) => number) => this.lines(sku).reduce((total, line) => total + unit(line), 0);
  private on = (sku: string) => Object.entries(this.listings).flatMap(([key, one]) => (key.endsWith(` ${sku}`) ? [one] : []));

  available(sku: string): number {
    const { onHand, frozen } = this.stock[sku];
    const fenced = this.on(sku).reduce((total, one) => total + one.fenced, 0);
    return onHand - frozen - fenced - this.sum(sku, (line) => line.held + line.committed);
  }

  /** What of a sale's quota is sold, counted from the lines. */
  sold(channel: string, sku: string): number {
    const { sale, mode } = this.listing(channel, sku);
    if (mode === "SHARED") return 0;
    const own = this.reservations.filter((one) => one.channel === channel).flatMap(({ lines }) => lines);
    const counted = own.filter((line) => line.sku === sku && line.sale === sale && !line.kit);
    return counted.reduce((total, line) => total + line.held + line.committed + line.fulfilled, 0);
  }

  offered(channel: string, sku: string): number {
    const listing = this.listing(channel, sku);
    if (sku === STOCKLESS) return 2_000_000_000;
    if (sku === KIT.sku) return Math.max(0, this.kits((part) => Math.max(0, this.available(part))) - listing.safety);
    if (listing.mode === "RING_FENCE") return listing.fenced;
    const beyond = Math.min(listing.preorder, this.stock[sku].incoming) + listing.backorder + listing.oversell;
    const most = listing.mode === "CAP" ? Math.max(0, listing.units - this.sold(channel, sku)) : Infinity;
    return Math.max(0, Math.min(most, this.available(sku) - listing.safety + beyond));
  }

  private kits = (left: (sku: string) => number) => Math.min(...Object.entries(KIT.of).map(([part, per]) => Math.floor(left(part) / per)));

  reserve(channel: string, customer: string, asked: Asked[], partial: boolean): Verdict {
    const sums = new Map<string, number>();
    for (const { sku, quantity } of asked) sums.set(sku, (sums.get(sku) ?? 0) + quantity);
    for (const [sku, quantity] of sums) {
      const { listed, maxPerOrder, maxPerCustomer } = this.listing(channel, sku);
      if (!listed) return no("NOT_LISTED");
      if (maxPerOrder !== null && quantity > maxPerOrder) return no("LIMIT_EXCEEDED");
      if (maxPerCustomer !== null && this.had(channel, customer, sku) + quantity > maxPerCustomer) return no("LIMIT_EXCEEDED");
    }
    const possible = this.possible(channel, sums);
    const shortages = [...sums].filter(([sku, requested]) => possible.get(sku)! < requested);
    const facts = shortages.map(([sku, requested]) => ({ sku, requested, available: possible.get(sku)! }));
    if (facts.length > 0 && (!partial || [...possible.values()].every((units) => units === 0))) return no("INSUFFICIENT_STOCK", facts);
    const lines = asked.flatMap(({ sku, quantity }, place) => {
      const units = Math.min(quantity, possible.get(sku)!);
      possible.set(sku, possible.get(sku)! - units);
      return units > 0 ? this.take(channel, sku, units, place) : [];
    });
    this.reservations.push({ channel, customer, status: "HELD", lines });
    return { shortages: facts };
  }

  private had(channel: string, customer: string, sku: string): number {
    const own = this.reservations.filter((one) => one.channel === channel && one.customer === customer).flatMap(({ lines }) => lines);
    return own
      .filter((line) => line.sku === sku && !line.kit)
      .reduce((total, line) => total + line.held + line.committed + line.fulfilled, 0);
  }

  private possible(channel: string, sums: Map<string, number>): Map<string, number> {
    const possible = new Map<string, number>();
    const left = new Map<string, number>(Object.keys(this.stock).map((sku) => [sku, Math.max(0, this.available(sku))]));
    for (const [sku, requested] of [...sums].filter(([one]) => one !== KIT.sku)) {
      possible.set(sku, Math.min(requested, this.offered(channel, sku)));
      if (sku !== STOCKLESS && this.listing(channel, sku).mode !== "RING_FENCE")
        left.set(sku, Math.max(0, left.get(sku)! - possible.get(sku)!));
    }
    const kits = sums.get(KIT.sku);
    if (kits !== undefined)
      possible.set(KIT.sku, Math.min(kits, Math.max(0, this.kits((part) => left.get(part)!) - this.listing(channel, KIT.sku).safety)));
    return possible;
  }

  private take(channel: string, sku: string, units: number, place: number): ModelLine[] {
    const none = { committed: 0, fulfilled: 0, released: 0, sale: -1 };
    if (sku === STOCKLESS) return [{ ...none, sku, quantity: units, held: 0, stockless: true }];
    if (sku === KIT.sku)
      return Object.entries(KIT.of).map(([part, per]) => ({
        ...none,
        sku: part,
        quantity: units * per,
        held: units * per,
        kit: { place, sku, per },
      }));
    const listing = this.listing(channel, sku);
    if (listing.mode === "RING_FENCE") listing.fenced -= units;
    return [{ ...none, sku, quantity: units, held: units, sale: listing.mode === "SHARED" ? -1 : listing.sale }];
  }

  private giveBack(channel: string, line: ModelLine, from: "held" | "committed", units: number): void {
    line[from] -= units;
    const listing = this.listing(channel, line.sku);
    if (line.kit || line.sale !== listing.sale || listing.mode !== "RING_FENCE" || !listing.listed) return;
    listing.fenced += Math.max(0, Math.min(units, listing.units - this.sold(channel, line.sku) - listing.fenced));
  }

  /** A hold's time is over. */
  die(index: number): void {
    const one = this.reservations[index];
    for (const line of one.lines) if (line.held > 0) this.giveBack(one.channel, line, "held", line.held);
    one.status = "EXPIRED";
  }

  release(index: number): Verdict {
    const one = this.reservations[index];
    if (one.status !== "HELD") return no("INVALID_STATE");
    for (const line of one.lines) {
      const units = line.held;
      if (units > 0) this.giveBack(one.channel, line, "held", units);
      line.released += units;
    }
    one.status = "RELEASED";
    return done;
  }

  confirm(index: number, allow: { backorder: boolean; partial: boolean }): Verdict {
    const one = this.reservations[index];
    if (one.status !== "HELD" && one.status !== "EXPIRED") return no("INVALID_STATE");
    const open = (line: ModelLine) => line.quantity - line.released;
    const gone = one.status === "EXPIRED" ? one.lines.filter((line) => !line.stockless && open(line) > 0) : [];
    const own = (line: ModelLine) => {
      const listing = line.kit ? undefined : this.listing(one.channel, line.sku);
      return listing && listing.mode !== "SHARED" && line.sale === listing.sale ? listing : undefined;
    };
    const taken = new Map<string, number>();
    const got = gone.map((line) => {
      const listing = own(line);
      const places: [string, number][] = [[`pool ${line.sku}`, this.available(line.sku)]];
      if (listing?.mode === "RING_FENCE") places[0] = ["fence", listing.fenced];
      if (listing?.mode === "CAP") places.push(["cap", listing.units - this.sold(one.channel, line.sku)]);
      const units = Math.min(open(line), ...places.map(([place, free]) => Math.max(0, free - (taken.get(place + line.sku) ?? 0))));
      for (const [place] of places) taken.set(place + line.sku, (taken.get(place + line.sku) ?? 0) + units);
      return units;
    });
    const sums = new Map<string, { sku: string; requested: number; available: number }>();
    gone.forEach((line, i) => {
      const sum = sums.get(line.sku) ?? { sku: line.sku, requested: 0, available: 0 };
      sums.set(line.sku, { ...sum, requested: sum.requested + open(line), available: sum.available + got[i] });
    });
    const shortages = [...sums.values()].filter(({ requested, available }) => available < requested);
    const part =
      allow.partial &&
      !gone.some((line) => line.kit) &&
      (one.lines.some((line) => !gone.includes(line) && open(line) > 0) || got.some((units) => units > 0));
    if (shortages.length > 0 && !allow.backorder && !part) return no("INSUFFICIENT_STOCK", shortages);
    for (const line of one.lines) {
      const place = gone.indexOf(line);
      if (line.stockless) line.fulfilled = open(line);
      else if (place < 0) {
        line.committed = line.held;
        line.held = 0;
      } else {
        const listing = own(line);
        if (listing?.mode === "RING_FENCE") listing.fenced -= got[place];
        const units = allow.backorder ? open(line) : got[place];
        line.released += open(line) - units;
        line.committed = units;
      }
    }
    this.settle(one, "CONFIRMED");
    return { shortages };
  }

  private settle(one: ModelReservation, status: ModelReservation["status"]): void {
    const open = one.lines.some((line) => line.held + line.committed > 0);
    one.status = open ? status : one.lines.some((line) => line.fulfilled > 0) ? "FULFILLED" : "RELEASED";
  }

  /** Everything committed leaves the warehouse. */
  ship(index: number): Asked[] {
    const one = this.reservations[index];
    const shipped = one.lines.filter((line) => line.committed > 0).map(({ sku, committed }) => ({ sku, quantity: committed }));
    for (const line of one.lines) {
      if (line.committed > 0) this.stock[line.sku].onHand -= line.committed;
      line.fulfilled += line.committed;
      line.committed = 0;
    }
    this.settle(one, one.status);
    return shipped;
  }

  supply(sku: string, delta: number): void {
    this.stock[sku].onHand += delta;
    let missing = Math.min(-delta, -this.available(sku));
    for (const listing of this.on(sku).sort((a, b) => b.fencedAt - a.fencedAt)) {
      const units = Math.max(0, Math.min(missing, listing.fenced));
      listing.fenced -= units;
      missing -= units;
    }
  }

  freeze(sku: string, units: number): Verdict {
    if (units > this.available(sku)) return no("INSUFFICIENT_STOCK");
    if (-units > this.stock[sku].frozen) return no("INVALID_INPUT");
    this.stock[sku].frozen += units;
    return done;
  }

  list(channel: string, sku: string, change: ListingChange): Verdict {
    const before = this.listing(channel, sku);
    const after: ModelListing = { ...before, ...change };
    if (after.mode !== before.mode) after.sale += 1;
    this.listings[`${channel} ${sku}`] = after;
    const wanted = after.mode === "RING_FENCE" && after.listed ? Math.max(0, after.units - this.sold(channel, sku)) : 0;
    const more = wanted - before.fenced;
    if (more > 0 && more > Math.max(0, this.available(sku))) {
      this.listings[`${channel} ${sku}`] = before;
      return no("INSUFFICIENT_STOCK");
    }
    after.fenced = wanted;
    if (more > 0) after.fencedAt = ++this.fences;
    return done;
  }
}
