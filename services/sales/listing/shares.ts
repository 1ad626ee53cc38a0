import { fenceEnded, QuotaMode, type ListingRow } from "./listing";
import type { Figures } from "../stock/virtual-stock";
import type { ReservationLineRow } from "../reserve/reservation";

/** Header figures that follow from a change of shares. */
export type FigureChange = Partial<Figures>;

/**
 * The listings of one batch, and what they have fenced off or sold of a cap. All of them lie under their header's lock.
 * A reservation line remembers the sale that it was taken in, so that an old hold never feeds a new sale.
 */
export class Shares {
  /** The batch's clock. */
  now = new Date(0);
  private readonly rows = new Map<string, ListingRow>();
  private readonly touched = new Set<ListingRow>();

  add(row: ListingRow): void {
    if (!this.rows.has(keyOf(row.channel_code, row.sku))) this.rows.set(keyOf(row.channel_code, row.sku), row);
  }

  get = (channel: string, sku: string): ListingRow | undefined => this.rows.get(keyOf(channel, sku));
  has = (channel: string, sku: string): boolean => this.rows.has(keyOf(channel, sku));
  all = (): ListingRow[] => [...this.rows.values()];
  changed = (): ListingRow[] => [...this.touched];

  /** Puts a listing's new version in the place of the old one. */
  replace(row: ListingRow): void {
    const before = this.get(row.channel_code, row.sku);
    if (before) this.touched.delete(before);
    this.rows.set(keyOf(row.channel_code, row.sku), row);
    this.touched.add(row);
  }

  /** Units go from the channel's share into a hold or a commitment; of a fence only those that are `there`. */
  take(listing: ListingRow, units: number, there = units): FigureChange {
    if (listing.quota_mode === QuotaMode.SHARED) return {};
    listing.quota_sold += units;
    this.touched.add(listing);
    if (listing.quota_mode === QuotaMode.CAP) return {};
    listing.fenced -= there;
    return { fenced: -there };
  }

  /** Units come back from a line; into the fence only where the sale that sold them still goes on and has room for them. */
  giveBack(line: ReservationLineRow, units: number): FigureChange {
    const listing = this.saleOf(line);
    if (!listing) return {};
    listing.quota_sold -= units;
    this.touched.add(listing);
    if (listing.quota_mode !== QuotaMode.RING_FENCE || fenceEnded(listing, this.now)) return {};
    const room = (listing.quota_quantity ?? 0) - listing.quota_sold - listing.fenced;
    const back = Math.max(0, Math.min(units, room));
    listing.fenced += back;
    return { fenced: back };
  }

  /** The listing whose quota the line was sold under, while that sale goes on. */
  saleOf(line: ReservationLineRow): ListingRow | undefined {
    const listing = line.generation > 0 ? this.get(line.channel_code, line.sku) : undefined;
    return listing?.generation === line.generation && listing.quota_mode !== QuotaMode.SHARED ? listing : undefined;
  }

  /** Gives up to so many units of a fence back to the pool. */
  lower(listing: ListingRow, units: number): FigureChange {
    const given = Math.min(units, listing.fenced);
    listing.fenced -= given;
    this.touched.add(listing);
    return { fenced: -given };
  }

  /** The fences on one item in one pool, the newest first. */
  fencesOn(pool: string, sku: string): ListingRow[] {
    const found = this.all().filter((row) => row.sku === sku && row.pool_code === pool && row.fenced > 0);
    return found.sort(
      (a, b) => (b.fenced_at?.getTime() ?? 0) - (a.fenced_at?.getTime() ?? 0) || (a.channel_code < b.channel_code ? 1 : -1),
    );
  }
}

const keyOf = (channel: string, sku: string): string => `${channel}\u0001${sku}`;
