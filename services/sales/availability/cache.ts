import type { LayerDatabase, Reader } from "../../../shared/db/database";
import { guarded, replicaOrPrimary } from "../../../shared/graphql/context";
import { Fault } from "../../../shared/refusal";
import type { ChannelRow } from "../channel/channel.sql";
import type { Channels } from "../channel/channels";
import { Channel } from "../channel/channel.types";
import type { SalesContext } from "../context";
import { InventoryItem } from "../listing/listing.types";
import { Availability } from "./availability.types";
import { STOCK_CHANGED, type OfStock } from "./note-changes";
import { isUnavailable, Outage, unavailable } from "./outage";
import { readSaleFacts } from "./sale-facts";
import { Versions, Watch } from "./versions";

/** No answer is given from memory that was read longer ago; by this process's monotonic clock. */
const FRESH_MS = 1_000;
/** A replica in use may lack so much: what this process changed since then is read from the primary. */
const MOST_LAG_MS = 5_000;
const MOST_ENTRIES = 200_000;
const MOST_A_READ = 500;
/** A read that takes longer is as good as none for a storefront: what is remembered is shown instead. */
const MOST_READ_MS = 3_000;
/** No SKU is longer: such a one is asked for alone and not remembered, so that nobody else's read grows by it. */
const LONGEST_SKU = 64;

interface Entry {
  shown: Availability;
  watch: Watch;
  readAt: number;
}

/** One read of a channel's items, for all who asked in the same turn of the event loop and all who come while it lasts. */
interface Flight {
  watches: Map<string, Watch>;
  answers: Promise<Map<string, Availability>>;
}

/**
 * What channels may show, as this process has read it within the last second. An entry is old at once when this process
 * changes its stock or its listing; other processes' changes, replicas and the clock are at most the second late. What is old
 * is kept for the time when no database answers.
 */
export class AvailabilityCache {
  /** In the order of reading: what is in use is read again each second, so the first is the one that nobody wants. */
  private readonly entries = new Map<string, Entry>();
  private readonly flights = new Map<string, Flight>();
  /** By channel, until the turn of the event loop ends. */
  private readonly opening = new Map<string, Flight>();
  private readonly versions = new Versions();
  private readonly outage: Outage;

  constructor(
    private readonly db: LayerDatabase,
    private readonly channels: Channels,
  ) {
    this.outage = new Outage(db);
    db.signals.on(STOCK_CHANGED, (rows: OfStock[]) => {
      for (const { pool_code: pool, sku } of rows) this.versions.changed({ pool, sku });
    });
  }

  /** In the order asked. NOT_FOUND: no such channel. */
  async of(ctx: SalesContext, channel: string, skus: readonly string[]): Promise<Availability[]> {
    if (ctx.wantsNewest || skus.some((sku) => sku.length > LONGEST_SKU)) return this.newest(ctx, channel, skus);
    const shown = skus.map((sku) => this.fresh(channel, sku));
    if (shown.every((one) => one !== undefined)) return shown;
    if (this.outage.lasts()) return this.remembered(channel, skus, unavailable());
    const flights = skus.map((sku, i) => shown[i] ?? this.flightFor(channel, sku));
    try {
      return await Promise.all(flights.map(async (one, i) => (one instanceof Availability ? one : (await one.answers).get(skus[i])!)));
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      return this.remembered(channel, skus, error);
    }
  }

  /** Read for this request alone, from where it has to be read. */
  async newest(ctx: SalesContext, code: string, skus: readonly string[]): Promise<Availability[]> {
    const reader = await ctx.onReplica();
    return this.outage.during(async () => {
      const channel = await this.channel(code);
      const watches = this.watch(channel, skus);
      const rows = await this.read(reader, channel, watches, (watch) => !watch.changedSince(performance.now() - MOST_LAG_MS));
      return skus.map((sku) => rows.get(sku)!);
    });
  }

  private fresh(channel: string, sku: string): Availability | undefined {
    const entry = this.entries.get(entryKey(channel, sku));
    return entry && performance.now() - entry.readAt < FRESH_MS && entry.watch.unchanged() ? entry.shown : undefined;
  }

  private remembered(channel: string, skus: readonly string[], error: unknown): Availability[] {
    return skus.map((sku) => {
      const entry = this.entries.get(entryKey(channel, sku));
      if (!entry) throw error;
      return this.fresh(channel, sku) ?? Object.assign(new Availability(), entry.shown, { stale: true });
    });
  }

  /** A read under way that began after the last change, else the one that begins after this turn. */
  private flightFor(channel: string, sku: string): Flight {
    const key = entryKey(channel, sku);
    const known = this.flights.get(key);
    if (known && known.watches.get(sku)!.unchanged()) return known;
    let flight = this.opening.get(channel);
    if (!flight || flight.watches.size >= MOST_A_READ) this.opening.set(channel, (flight = this.open(channel)));
    // Watched from its start on; until then it is new whatever happens.
    flight.watches.set(sku, new Watch());
    this.flights.set(key, flight);
    return flight;
  }

  private open(channel: string): Flight {
    const watches = new Map<string, Watch>();
    const turn = new Promise<void>((resolve) => setImmediate(resolve));
    const flight: Flight = { watches, answers: turn.then(() => this.fly(channel, flight)) };
    flight.answers
      .catch(() => undefined)
      .finally(() => {
        for (const sku of watches.keys())
          if (this.flights.get(entryKey(channel, sku)) === flight) this.flights.delete(entryKey(channel, sku));
      });
    return flight;
  }

  private fly(code: string, flight: Flight): Promise<Map<string, Availability>> {
    if (this.opening.get(code) === flight) this.opening.delete(code);
    return this.outage.during(async () => {
      const channel = await this.channel(code);
      for (const [sku, watch] of flight.watches) watch.add(this.versions.of({ pool: channel.pool_code, sku }));
      const written = [...flight.watches.values()].some((watch) => watch.changedSince(performance.now() - MOST_LAG_MS));
      return this.read(written ? guarded(this.db) : await replicaOrPrimary(this.db), channel, flight.watches, () => true);
    }, MOST_READ_MS);
  }

  private watch(channel: ChannelRow, skus: readonly string[]): Map<string, Watch> {
    const watches = new Map(skus.map((sku) => [sku, new Watch()]));
    for (const [sku, watch] of watches) watch.add(this.versions.of({ pool: channel.pool_code, sku }));
    return watches;
  }

  private async channel(code: string): Promise<ChannelRow> {
    const channel = await this.channels.get(code);
    if (!channel) throw new Fault("NOT_FOUND", `no channel ${code}`);
    return channel;
  }

  /** The watches have begun before; those of a kit's components are added as soon as they are known. */
  private async read(
    reader: Reader,
    channel: ChannelRow,
    watches: Map<string, Watch>,
    keep: (watch: Watch) => boolean,
  ): Promise<Map<string, Availability>> {
    const readAt = performance.now();
    const facts = await readSaleFacts(reader, channel, [...watches.keys()], (kit, component) =>
      watches.get(kit)!.add(this.versions.of({ pool: channel.pool_code, sku: component })),
    );
    const shownChannel = Channel.of(channel);
    const rows = new Map<string, Availability>();
    for (const [sku, watch] of watches) {
      const shown = Object.assign(new Availability(), {
        item: InventoryItem.of(sku),
        channel: shownChannel,
        ...facts.shown(sku),
        asOf: facts.now,
        stale: false,
      });
      rows.set(sku, shown);
      // Made-up SKUs must not fill the memory.
      if (facts.isKnown(sku) && keep(watch)) this.remember(entryKey(channel.code, sku), { shown, watch, readAt });
    }
    return rows;
  }

  private remember(key: string, entry: Entry): void {
    const before = this.entries.get(key);
    if (before && before.readAt > entry.readAt) return;
    this.entries.delete(key);
    this.entries.set(key, entry);
    if (this.entries.size > MOST_ENTRIES) this.entries.delete(this.entries.keys().next().value!);
  }
}

// A key holds no control characters (checkKey), so this cannot collide.
const entryKey = (channel: string, sku: string): string => `${channel}\u0001${sku}`;
