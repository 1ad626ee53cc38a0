import { tell, type NewEvent } from "../../../shared/flow/outbox";
import type { ChannelSaved, FeedEvent, ItemSaved, PoolSaved, WarehouseSaved } from "../../../shared/flow/messages";
import type { Tx } from "../../../shared/db/transaction";
import { askRefill, waitingSkus } from "../order/order.sql";
import { askLimits } from "../position/safety.sql";
import { knownVersions, saveChannels, saveItems, savePools, savePoolWarehouses, saveWarehouses } from "./known.sql";

/** Drops events that are older than what is stored, and of several about one thing keeps the last. */
async function newest<E extends FeedEvent>(
  tx: Tx,
  table: Parameters<typeof knownVersions>[1],
  events: E[],
  keyOf: (event: E) => string,
): Promise<{ event: E; version: number }[]> {
  const stored = await knownVersions(tx, table, events.map(keyOf));
  const last = new Map<string, { event: E; version: number }>();
  for (const event of events) {
    const version = event.aggregates[`${table}:${keyOf(event)}`] ?? 0;
    const known = last.get(keyOf(event))?.version ?? stored.get(keyOf(event)) ?? -1;
    if (version >= known) last.set(keyOf(event), { event, version });
  }
  return [...last.values()];
}

/** Items travel through this layer to sales, as they came. */
export async function learnItems(tx: Tx, events: FeedEvent<ItemSaved>[]): Promise<void> {
  const learned = await newest(tx, "item", events, (event) => event.sku);
  const rows = learned.map(({ event, version }) => ({
    sku: event.sku,
    name: event.name,
    kind: event.kind,
    merchant: event.itemMerchant,
    weight_grams: event.weightGrams,
    components: event.components,
    version,
  }));
  await saveItems(tx, rows);
  await passOn(
    tx,
    learned.map(({ event }) => event),
  );
}

export async function learnWarehouses(tx: Tx, events: FeedEvent<WarehouseSaved>[]): Promise<void> {
  const learned = await newest(tx, "warehouse", events, (event) => event.code);
  const rows = learned.map(({ event, version }) => ({
    code: event.code,
    name: event.name,
    country_code: event.address.countryCode,
    latitude: event.address.latitude ?? null,
    longitude: event.address.longitude ?? null,
    time_zone: event.timeZone,
    cutoff: event.cutoff,
    books: event.books ?? "",
    region: event.address.region?.slice(0, 100) ?? null,
    postal_code: event.address.postalCode?.slice(0, 40) ?? null,
    version,
  }));
  await saveWarehouses(tx, rows);
  await passOn(
    tx,
    learned.map(({ event }) => event),
  );
}

const passOn = (tx: Tx, events: FeedEvent[]): Promise<void> =>
  tell(
    tx,
    events.map(({ id: _id, at: _at, position: _position, ...event }) => event as NewEvent),
  );

/** What waits for stock of a pool is looked at again: a warehouse may have joined it. Answers the warehouses that were named. */
export async function learnPools(tx: Tx, events: FeedEvent<PoolSaved>[]): Promise<string[]> {
  const learned = await newest(tx, "pool", events, (event) => event.code);
  await savePools(
    tx,
    learned.map(({ event: { code, name }, version }) => ({ code, name, version })),
  );
  for (const { event } of learned) {
    await savePoolWarehouses(tx, event.code, event.warehouses);
    await askRefill(
      tx,
      (await waitingSkus(tx, event.code)).map(({ sku }) => ({ pool_code: event.code, sku })),
    );
  }
  if (learned.length > 0) await askLimits(tx);
  return learned.flatMap(({ event }) => event.warehouses);
}

export async function learnChannels(tx: Tx, events: FeedEvent<ChannelSaved>[]): Promise<void> {
  const learned = await newest(tx, "channel", events, (event) => event.code);
  if (learned.length > 0) await askLimits(tx);
  await saveChannels(
    tx,
    learned.map(({ event: { code, name, pool }, version }) => ({ code, name, pool_code: pool, version })),
  );
}
