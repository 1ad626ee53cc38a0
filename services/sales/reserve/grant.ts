import { Refusal } from "../../../shared/refusal";
import type { ChannelRow } from "../channel/channel.sql";
import { QuotaMode } from "../listing/listing";
import { offer } from "../listing/offer";
import type { Batch } from "../stock/batch";
import type { Reserve, ReserveLine } from "./reserve";

/** Units of one item that were asked for and could be had. */
export interface Shortage {
  sku: string;
  requested: number;
  available: number;
}

/** A line with the units that it gets. */
export type Granted = ReserveLine;

/**
 * What of the order can be had: everything, or INSUFFICIENT_STOCK; with `allowPartial` what there is of each item, its lines
 * served in their order, and a refusal only where that is nothing. Nothing is changed here.
 */
export function grant(
  batch: Batch,
  input: Reserve,
  units: Map<string, number>,
  channel: ChannelRow,
  locked: string[],
): { granted: Granted[]; shortages: Shortage[] } {
  checkRecipes(batch, [...units.keys()], locked);
  const possible = possibleUnits(batch, units, channel);
  const shortages = [...units].flatMap(([sku, requested]) => {
    const available = possible.get(sku)!;
    return available < requested ? [{ sku, requested, available }] : [];
  });
  if (shortages.length === 0) return { granted: input.lines, shortages };
  const granted = input.allowPartial ? shareOut(input.lines, possible) : [];
  if (granted.length === 0) {
    const [{ sku, requested, available }] = shortages;
    throw new Refusal("INSUFFICIENT_STOCK", `${requested} of ${sku} asked for, ${available} available`, {
      field: ["input", "lines", String(input.lines.findIndex((line) => line.sku === sku)), "sku"],
      facts: { shortages },
    });
  }
  return { granted, shortages };
}

/** By item, at most what was asked for. Items that are sold themselves come before kits, which share what is left of them. */
function possibleUnits(batch: Batch, units: Map<string, number>, channel: ChannelRow): Map<string, number> {
  const possible = new Map<string, number>();
  const left = new Map<string, number>();
  const leftOf = (sku: string) => left.get(sku) ?? Math.max(0, batch.available({ pool: channel.pool_code, sku }));
  for (const [sku, requested] of units) {
    const { kind } = batch.item(sku)!;
    if (kind === "NON_STOCK") possible.set(sku, requested);
    if (kind !== "STOCKED") continue;
    const listing = batch.listing(channel.code, sku)!;
    const taken = Math.min(requested, offer(listing, batch.pool({ pool: channel.pool_code, sku })).quantity);
    possible.set(sku, taken);
    if (listing.quota_mode !== QuotaMode.RING_FENCE) left.set(sku, Math.max(0, leftOf(sku) - taken));
  }
  for (const [sku, requested] of units) {
    const { kind, components } = batch.item(sku)!;
    if (kind !== "KIT") continue;
    const { safety_stock: kept } = batch.listing(channel.code, sku)!;
    const most = Math.min(...components!.map((one) => Math.floor(leftOf(one.sku) / one.quantity)));
    const kits = Math.min(requested, Math.max(0, most - kept));
    possible.set(sku, kits);
    for (const one of components!) left.set(one.sku, leftOf(one.sku) - kits * one.quantity);
  }
  return possible;
}

/** Which headers a kit needs was known before they were locked; its recipe may have changed since. */
function checkRecipes(batch: Batch, skus: string[], locked: string[]): void {
  const components = skus.flatMap((sku) => batch.item(sku)!.components ?? []);
  if (components.some(({ sku }) => !locked.includes(sku)))
    throw new Refusal("CONFLICT", "The components of a kit have just changed; ask again.", {
      field: ["input", "lines"],
      retryAfterMs: 1_000,
    });
}

function shareOut(lines: ReserveLine[], possible: Map<string, number>): Granted[] {
  const left = new Map(possible);
  return lines.flatMap((line) => {
    const quantity = Math.min(line.quantity, left.get(line.sku) ?? 0);
    left.set(line.sku, (left.get(line.sku) ?? 0) - quantity);
    return quantity > 0 ? [{ ...line, quantity }] : [];
  });
}
