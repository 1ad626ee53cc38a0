import { wait } from "../../../shared/db/retry";
import type { LayerDatabase } from "../../../shared/db/database";
import { inTransaction } from "../../../shared/db/transaction";
import { Refusal } from "../../../shared/refusal";
import { checkKey, MAX_UNITS } from "../../../shared/units/check";
import { readChannels } from "../channel/channel.sql";
import { lockHeaders, makeHeaders, readItems, readListings } from "../stock/stock.sql";
import { ListingStatus, newListing, QuotaMode, type ListingRow } from "./listing";
import { saveListingRows } from "./listing.sql";

export interface SaveListing {
  channel: string;
  sku: string;
  status: ListingStatus;
  startsAt?: Date | null;
  endsAt?: Date | null;
  safetyStock?: number | null;
  lowStockThreshold?: number | null;
  maxPerOrder?: number | null;
  maxPerCustomer?: number | null;
  quota?: { mode: QuotaMode; quantity?: number | null } | null;
  preorderLimit?: number | null;
  backorderLimit?: number | null;
  oversellLimit?: number | null;
}

const NOT_YET = ["maxPerCustomer", "preorderLimit", "backorderLimit", "oversellLimit"] as const;
const WAIT_FOR_ITEM_MS = 1_000;

function checkListing(input: SaveListing): void {
  checkKey(input.channel, ["input", "channel"]);
  checkKey(input.sku, ["input", "sku"]);
  for (const field of NOT_YET) if (input[field]) throw new Refusal("INVALID_INPUT", "not offered yet", { field: ["input", field] });
  if (input.quota && input.quota.mode !== QuotaMode.SHARED)
    throw new Refusal("INVALID_INPUT", "not offered yet", { field: ["input", "quota", "mode"] });
  for (const [field, least] of [
    ["safetyStock", 0],
    ["lowStockThreshold", 0],
    ["maxPerOrder", 1],
  ] as const) {
    const value = input[field];
    if (value != null && (value < least || value > MAX_UNITS))
      throw new Refusal("INVALID_INPUT", `must be at least ${least}`, { field: ["input", field] });
  }
}

/** The listing after the change: absent keeps, null clears. */
function changed(row: ListingRow, input: SaveListing): ListingRow {
  const listing: ListingRow = {
    ...row,
    status: input.status,
    starts_at: input.startsAt === undefined ? row.starts_at : input.startsAt,
    ends_at: input.endsAt === undefined ? row.ends_at : input.endsAt,
    safety_stock: input.safetyStock === undefined ? row.safety_stock : (input.safetyStock ?? 0),
    low_stock_threshold: input.lowStockThreshold === undefined ? row.low_stock_threshold : (input.lowStockThreshold ?? 0),
    max_per_order: input.maxPerOrder === undefined ? row.max_per_order : input.maxPerOrder,
  };
  if (listing.status === ListingStatus.SCHEDULED && !listing.starts_at) {
    throw new Refusal("INVALID_INPUT", "a SCHEDULED listing needs startsAt", { field: ["input", "startsAt"] });
  }
  if (listing.starts_at && listing.ends_at && listing.ends_at <= listing.starts_at) {
    throw new Refusal("INVALID_INPUT", "must be after startsAt", { field: ["input", "endsAt"] });
  }
  return listing;
}

/**
 * Makes or changes a listing under the lock of its stock header, so that no process sells by a stale copy.
 * An item that this layer has not heard of yet is waited for up to a second.
 */
export async function saveListing(db: LayerDatabase, input: SaveListing, onPosition: (position: string) => void): Promise<ListingRow> {
  checkListing(input);
  const [channel] = await readChannels(db, [input.channel]);
  if (!channel) throw new Refusal("NOT_FOUND", `no channel ${input.channel}`, { field: ["input", "channel"] });
  await itemKnown(db, input.sku);
  const key = { pool: channel.pool_code, sku: input.sku };
  await makeHeaders(db, [key]);
  return inTransaction(
    db,
    async (tx) => {
      await lockHeaders(tx, [key]);
      const [before] = await readListings(tx, [input.channel], [input.sku]);
      const listing = changed(before ?? newListing(input.channel, input.sku), input);
      await saveListingRows(tx, [listing]);
      return listing;
    },
    { onPosition },
  );
}

async function itemKnown(db: LayerDatabase, sku: string): Promise<void> {
  const until = Date.now() + WAIT_FOR_ITEM_MS;
  for (;;) {
    const [item] = await readItems(db, [sku]);
    if (item?.kind === "STOCKED") return;
    if (item) throw new Refusal("INVALID_INPUT", `${sku} is a ${item.kind}; only STOCKED items are sold yet`, { field: ["input", "sku"] });
    if (Date.now() > until)
      throw new Refusal("NOT_FOUND", `no item ${sku} is known here yet`, { field: ["input", "sku"], retryAfterMs: 500 });
    await wait(50);
  }
}
