import type { Reader } from "../../../shared/db/database";
import { lockRows } from "../../../shared/db/lock-order";
import { fromJson, writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import type { Topic } from "../notice/notice";
import { NOTICE, type PlacedNotice } from "../notice/notice.sql";
import type { Visible } from "../known/visible";
import type { WebhookRow } from "./webhook";

const WEBHOOK = `id, client, merchant, every_client AS everyClient, url, secret, order_events AS orderEvents, alerts, enabled, position, failures,
  due_at AS dueAt, last_error AS lastError, created_at AS createdAt FROM webhook`;

type Stored = Omit<WebhookRow, "everyClient" | "orderEvents" | "alerts" | "enabled"> &
  Record<"everyClient" | "orderEvents" | "alerts" | "enabled", number>;

const webhookRow = (row: Stored): WebhookRow => ({
  ...row,
  position: Number(row.position),
  everyClient: row.everyClient === 1,
  orderEvents: row.orderEvents === 1,
  alerts: row.alerts === 1,
  enabled: row.enabled === 1,
});

export async function lockWebhook(tx: Tx, id: string): Promise<WebhookRow | undefined> {
  const sql = `SELECT ${WEBHOOK} WHERE id = ? AND deleted = 0 LIMIT 1 FOR UPDATE`;
  const [row] = await lockRows<Stored>(tx, "document", sql, [id]);
  return row && webhookRow(row);
}

export const saveWebhookRow = (tx: Tx, row: WebhookRow): Promise<void> =>
  writeHeaders(
    tx,
    "webhook",
    [
      {
        ...{
          id: row.id,
          client: row.client,
          merchant: row.merchant,
          every_client: Number(row.everyClient),
          url: row.url,
          secret: row.secret,
        },
        ...{ order_events: Number(row.orderEvents), alerts: Number(row.alerts), enabled: Number(row.enabled), position: row.position },
        ...{ failures: row.failures, due_at: row.dueAt, last_error: row.lastError, created_at: row.createdAt },
      },
    ],
    [
      ...(["id", "client", "merchant", "every_client", "url", "secret", "order_events", "alerts", "enabled", "position"] as const),
      ...(["failures", "due_at", "last_error", "created_at"] as const),
    ],
    ["every_client", "url", "secret", "order_events", "alerts", "enabled", "failures", "due_at", "last_error"],
  );

export const markDeleted = (tx: Tx, id: string) => tx.execute("UPDATE webhook SET deleted = 1 WHERE id = ?", [id]);

const seen = ({ client, merchant }: Visible): { sql: string; params: string[] } => ({
  sql: `${client === undefined ? "" : " AND client = ?"}${merchant === undefined ? "" : " AND merchant = ?"}`,
  params: [client, merchant].filter((value) => value !== undefined),
});

/** Index by_client, or the primary key. */
export async function listWebhooks(reader: Reader, visible: Visible, after: string, limit: number): Promise<WebhookRow[]> {
  const { sql, params } = seen(visible);
  return (
    await reader.query<Stored>(`SELECT ${WEBHOOK} WHERE deleted = 0 AND id > ?${sql} ORDER BY id LIMIT ?`, [after, ...params, limit])
  ).map(webhookRow);
}

export async function readWebhook(reader: Reader, id: string, visible: Visible): Promise<WebhookRow | undefined> {
  const { sql, params } = seen(visible);
  const [row] = await reader.query<Stored>(`SELECT ${WEBHOOK} WHERE deleted = 0 AND id = ?${sql}`, [id, ...params]);
  return row && webhookRow(row);
}

/** Those that have something to be looked at now. Index by_due, or by_replay of what was given up. */
export const dueWebhooks = async (reader: Reader, head: number): Promise<WebhookRow[]> =>
  (
    await reader.query<Stored>(
      `SELECT ${WEBHOOK} WHERE enabled = 1 AND deleted = 0 AND due_at <= NOW(6)
         AND (position < ? OR EXISTS (SELECT 1 FROM webhook_dead d WHERE d.replay = 1 AND d.webhook_id = webhook.id)) ORDER BY id`,
      [head],
    )
  ).map(webhookRow);

const NOTICES = `position, ${NOTICE.join(", ")} FROM notice`;
const placed = (row: PlacedNotice): PlacedNotice => ({ ...row, position: Number(row.position), body: fromJson(row.body) });

export interface NoticesFor {
  topics: Topic[];
  /** Undefined: every client's. Alerts belong to none. */
  client: string | undefined;
  merchant: string | null;
  after: number;
  upTo: number;
  limit: number;
}

/** What one endpoint is to be told next. Primary key range; index by_client where it is one client's. */
export async function noticesFor(reader: Reader, { topics, client, merchant, after, upTo, limit }: NoticesFor): Promise<PlacedNotice[]> {
  const where = ["position > ?", "position <= ?", "topic IN (?)"];
  const params: unknown[] = [after, upTo, topics];
  if (client !== undefined) where.push("(client = ? OR topic = 'ALERT')") && params.push(client);
  if (merchant !== null) where.push("merchant = ?") && params.push(merchant);
  const rows = await reader.query<PlacedNotice>(`SELECT ${NOTICES} WHERE ${where.join(" AND ")} ORDER BY position LIMIT ?`, [
    ...params,
    limit,
  ]);
  return rows.map(placed);
}

export async function replaysFor(reader: Reader, id: string, limit: number): Promise<PlacedNotice[]> {
  const columns = NOTICE.map((column) => `n.${column}`).join(", ");
  const rows = await reader.query<PlacedNotice>(
    `SELECT n.position, ${columns} FROM webhook_dead d JOIN notice n ON n.position = d.position
     WHERE d.replay = 1 AND d.webhook_id = ? ORDER BY d.position LIMIT ?`,
    [id, limit],
  );
  return rows.map(placed);
}

/** It got there, or there was nothing for it up to here. Not if somebody else has gone on meanwhile. */
export const advance = (tx: Tx, id: string, from: number, to: number) =>
  tx.execute("UPDATE webhook SET position = ?, failures = 0, last_error = NULL WHERE id = ? AND position = ?", [to, id, from]);

export const tryLater = (tx: Tx, id: string, failures: number, seconds: number, error: string) =>
  tx.execute("UPDATE webhook SET failures = ?, due_at = NOW(6) + INTERVAL ? MICROSECOND, last_error = ? WHERE id = ?", [
    failures,
    Math.round(seconds * 1e6),
    error,
    id,
  ]);

export const giveUp = (tx: Tx, id: string, position: number, reason: string): Promise<void> =>
  writeHeaders(
    tx,
    "webhook_dead",
    [{ webhook_id: id, position, reason, replay: 0 }],
    ["webhook_id", "position", "reason", "replay"],
    ["reason", "replay"],
  );

export const askReplay = (tx: Tx, id: string) => tx.execute("UPDATE webhook_dead SET replay = 1 WHERE webhook_id = ?", [id]);
/** Asked for: it is tried at once. */
export const dueNow = (tx: Tx, id: string) => tx.execute("UPDATE webhook SET due_at = NOW(6) WHERE id = ?", [id]);

export const forgetDead = (tx: Tx, id: string, position: number) =>
  tx.execute("DELETE FROM webhook_dead WHERE webhook_id = ? AND position = ?", [id, position]);

export const hasDead = async (reader: Reader, id: string): Promise<boolean> =>
  (await reader.query("SELECT 1 FROM webhook_dead WHERE webhook_id = ? LIMIT 1", [id])).length > 0;

/** Primary key ranges. */
export async function countDead(reader: Reader, ids: readonly string[]): Promise<Map<string, number>> {
  const rows = await reader.query<{ id: string; dead: number }>(
    "SELECT webhook_id AS id, COUNT(*) AS dead FROM webhook_dead WHERE webhook_id IN (?) GROUP BY webhook_id",
    [ids],
  );
  return new Map(rows.map(({ id, dead }) => [id, Number(dead)]));
}

/** Up to where every enabled endpoint has been told; beyond all positions where there is none. */
export async function takenByWebhooks(reader: Reader): Promise<number> {
  const [{ taken }] = await reader.query<{ taken: number | null }>(
    "SELECT MIN(position) AS taken FROM webhook WHERE enabled = 1 AND deleted = 0",
  );
  return Number(taken ?? Number.MAX_SAFE_INTEGER);
}

/** Forgets what was given up until a position; answers the endpoints of which nothing is left. What was given up is little. */
export async function forgetDeadUpTo(tx: Tx, position: number): Promise<string[]> {
  const rows = await tx.query<{ id: string; last: number }>(
    "SELECT webhook_id AS id, MAX(position) AS last FROM webhook_dead GROUP BY webhook_id HAVING MIN(position) <= ?",
    [position],
  );
  if (rows.length === 0) return [];
  await tx.execute("DELETE FROM webhook_dead WHERE webhook_id IN (?) AND position <= ?", [rows.map(({ id }) => id), position]);
  return rows.filter(({ last }) => Number(last) <= position).map(({ id }) => id);
}
