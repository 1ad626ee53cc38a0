import type { Reader } from "../../../shared/db/database";
import { writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import { LISTING_COLUMNS, type ListingRow, type ListingStatus } from "./listing";

export const saveListingRows = (tx: Tx, rows: ListingRow[]): Promise<void> =>
  writeHeaders(tx, "listing", rows, [...LISTING_COLUMNS], LISTING_COLUMNS.slice(2));

const SELECT = `SELECT ${LISTING_COLUMNS.join(", ")} FROM listing`;

/** A channel's listings by SKU, of one merchant's items or all. Primary key range. */
export function listingsOfChannel(
  reader: Reader,
  channel: string,
  after: string,
  limit: number,
  { status, merchant }: { status?: ListingStatus | null; merchant?: string },
): Promise<ListingRow[]> {
  const ofMerchant = merchant === undefined ? "" : "AND sku IN (SELECT sku FROM item WHERE merchant = ?)";
  return reader.query<ListingRow>(
    `${SELECT} WHERE channel_code = ? AND sku > ? ${status ? "AND status = ?" : ""} ${ofMerchant} ORDER BY sku LIMIT ?`,
    [channel, after, ...(status ? [status] : []), ...(merchant === undefined ? [] : [merchant]), limit],
  );
}

/** An item's listings by channel. Index by_sku. */
export const listingsOfItem = (reader: Reader, sku: string, after: string, limit: number): Promise<ListingRow[]> =>
  reader.query<ListingRow>(`${SELECT} WHERE sku = ? AND channel_code > ? ORDER BY channel_code LIMIT ?`, [sku, after, limit]);
