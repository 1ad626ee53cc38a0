import type { Tx } from "../../../shared/db/transaction";
import type { StockLevelChanged } from "../../../shared/flow/messages";
import { tell, type NewEvent } from "../../../shared/flow/outbox";
import { groupBy } from "../../../shared/group";
import { readChannels } from "../channel/channel.sql";
import { AvailabilityStatus } from "./availability";
import { channelsThatList, coveredAgain, forgetOversold, lockOversold, readLevels, saveLevels, type LevelRow } from "./levels.sql";
import type { OfStock } from "./note-changes";
import { readSaleFacts } from "./sale-facts";

/** Fewer than MariaDB turns into a subquery (1,000). */
const SKUS_AT_ONCE = 500;

type Level = StockLevelChanged["level"];

/** PREORDER and BACKORDER sell what is not there. What is not on sale is missed by nobody. */
const LEVEL: Record<AvailabilityStatus, Level> = {
  [AvailabilityStatus.IN_STOCK]: "OK",
  [AvailabilityStatus.UNLISTED]: "OK",
  [AvailabilityStatus.LOW_STOCK]: "LOW",
  [AvailabilityStatus.OUT_OF_STOCK]: "OUT",
  [AvailabilityStatus.PREORDER]: "OUT",
  [AvailabilityStatus.BACKORDER]: "OUT",
};

/**
 * Tells of items that have run low or out in a channel, or have enough again, among those whose availability has changed. It runs
 * where changes get their order, after the fact: no buyer's write waits for it. What has never had stock has not run out.
 */
export async function tellLevels(tx: Tx, changed: OfStock[]): Promise<void> {
  for (const [pool, rows] of groupBy(changed, (row) => row.pool_code)) {
    const skus = [...new Set(rows.map(({ sku }) => sku))];
    for (let at = 0; at < skus.length; at += SKUS_AT_ONCE) await tellLevelsOf(tx, pool, skus.slice(at, at + SKUS_AT_ONCE));
  }
}

async function tellLevelsOf(tx: Tx, pool: string, skus: string[]): Promise<void> {
  const listed = groupBy(await channelsThatList(tx, pool, skus), (row) => row.channel_code);
  if (listed.size === 0) return;
  for (const channel of await readChannels(tx, [...listed.keys()])) {
    const listings = listed.get(channel.code)!;
    const facts = await readSaleFacts(
      tx,
      channel,
      listings.map(({ sku }) => sku),
      () => undefined,
    );
    const before = new Map((await readLevels(tx, channel.code, skus)).map((row) => [row.sku, row]));
    const turned: LevelRow[] = [];
    const events: NewEvent[] = [];
    for (const { sku, threshold } of listings) {
      const { status, quantity } = facts.shown(sku);
      const [was, level] = [before.get(sku), LEVEL[status]];
      if (was ? was.level === level : status === AvailabilityStatus.UNLISTED) continue;
      const row = { channel_code: channel.code, sku, level, version: (was?.version ?? 0) + 1 };
      turned.push(row);
      const aggregates = { [`level:${channel.code}:${sku}`]: row.version };
      const available = level === "OUT" ? 0 : quantity;
      if (was || level === "LOW")
        events.push({ type: "StockLevelChanged", channel: channel.code, sku, level, available, threshold, aggregates });
    }
    await saveLevels(tx, turned);
    await tell(tx, events);
  }
}

/** Tells of items that were oversold and are not any more, among those whose figures have changed. */
export async function endOversold(tx: Tx, changed: OfStock[]): Promise<void> {
  for (const [pool, rows] of groupBy(changed, (row) => row.pool_code)) {
    const skus = [...new Set(rows.map(({ sku }) => sku))];
    for (let at = 0; at < skus.length; at += SKUS_AT_ONCE) {
      const told = (await lockOversold(tx, pool, skus.slice(at, at + SKUS_AT_ONCE))).map(({ sku }) => sku);
      const over = told.length === 0 ? [] : await coveredAgain(tx, pool, told);
      if (over.length === 0) continue;
      await forgetOversold(
        tx,
        pool,
        over.map(({ sku }) => sku),
      );
      await tell(
        tx,
        over.map(({ sku, version }) => ({ type: "OversoldEnded", pool, sku, aggregates: { [`virtual:${pool}:${sku}`]: Number(version) } })),
      );
    }
  }
}
