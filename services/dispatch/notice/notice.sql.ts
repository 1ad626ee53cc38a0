import type { Reader } from "../../../shared/db/database";
import { deleteById, fromJson, insertRows } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import type { Shelf, Unplaced } from "../../../shared/flow/sequencer";
import type { Visible } from "../known/visible";
import type { NoticeRow, Topic } from "./notice";

export const NOTICE = ["id", "at", "topic", "kind", "client", "merchant", "channel_code", "order_ref", "body"] as const;

export type WrittenNotice = NoticeRow & Unplaced;
export type PlacedNotice = NoticeRow & { position: number };

/** Says in the transaction that caused it what clients are to be told. */
export async function writeNotices(tx: Tx, rows: WrittenNotice[]): Promise<void> {
  if (rows.length === 0) return;
  await insertRows(tx, "notice_written", rows, [...NOTICE, "aggregates"]);
  tx.afterCommit(() => tx.db.signals.emit("noted"));
}

/** Transactions commit in another order than they write: positions are given to what is committed. */
export const NOTICES: Shelf<WrittenNotice> = {
  lease: "notices",
  written: "noted",
  placed: "notices",
  isEmpty: async (reader) => (await reader.query("SELECT id FROM notice_written LIMIT 1")).length === 0,
  last: async (reader) => (await reader.query<{ last: string | null }>("SELECT MAX(id) AS last FROM notice_written"))[0].last,
  holds: async (reader, upTo) => (await reader.query("SELECT id FROM notice_written WHERE id <= ? LIMIT 1", [upTo])).length > 0,
  async read(tx, limit) {
    const rows = await tx.query<WrittenNotice>(`SELECT ${NOTICE.join(", ")}, aggregates FROM notice_written ORDER BY id LIMIT ?`, [limit]);
    return rows.map((row) => ({ ...row, body: fromJson(row.body), aggregates: fromJson(row.aggregates) }));
  },
  head: headOfNotices,
  async move(tx, rows, first) {
    const placed = rows.map((row, i) => ({ ...row, position: first + i }));
    await insertRows(tx, "notice", placed, ["position", ...NOTICE]);
    await deleteById(
      tx,
      "notice_written",
      rows.map(({ id }) => id),
    );
  },
};

export async function headOfNotices(reader: Reader): Promise<number> {
  const [row] = await reader.query<{ head: number | null }>("SELECT MAX(position) AS head FROM notice");
  return Number(row.head ?? 0);
}

/** The last position that is kept no longer. First row of the primary key. */
export async function floorOfNotices(reader: Reader): Promise<number> {
  const [row] = await reader.query<{ first: number | null }>("SELECT MIN(position) AS first FROM notice");
  return Math.max(0, Number(row.first ?? 0) - 1);
}

export interface NoticeFilter {
  topic: Topic;
  orderRef?: string | null;
  channel?: string | null;
  visible: Visible;
  after: number;
  limit: number;
}

/** The next notices of a topic after a position. Index by_order, by_client, by_channel or by_topic: each ends in the position. */
export async function readNotices(
  reader: Reader,
  { topic, orderRef, channel, visible, after, limit }: NoticeFilter,
): Promise<PlacedNotice[]> {
  const where = ["topic = ?", "position > ?"];
  const params: unknown[] = [topic, after];
  if (orderRef != null) where.push("order_ref = ?") && params.push(orderRef);
  if (channel != null) where.push("channel_code = ?") && params.push(channel);
  if (visible.client !== undefined) where.push("client = ?") && params.push(visible.client);
  if (visible.merchant !== undefined) where.push("merchant = ?") && params.push(visible.merchant);
  const rows = await reader.query<PlacedNotice>(
    `SELECT position, ${NOTICE.join(", ")} FROM notice WHERE ${where.join(" AND ")} ORDER BY position LIMIT ?`,
    [...params, limit],
  );
  return rows.map((row) => ({ ...row, position: Number(row.position), body: fromJson(row.body) }));
}
