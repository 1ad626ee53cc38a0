import type { Topic } from "../notice/notice";
import type { PlacedNotice } from "../notice/notice.sql";

export interface WebhookRow {
  id: string;
  client: string;
  /** Only this merchant's orders; null: every merchant's. */
  merchant: string | null;
  /** Whether it is told of every client's orders. */
  everyClient: boolean;
  url: string;
  secret: string;
  orderEvents: boolean;
  alerts: boolean;
  enabled: boolean;
  /** The last notice that was delivered, passed over or given up. */
  position: number;
  /** How often the next one has been tried in vain, when it is tried again, and what was wrong. */
  failures: number;
  dueAt: Date;
  lastError: string | null;
  createdAt: Date;
}

/** What its alert is about. */
export const webhookSubject = (id: string): string => `webhook:${id}`;

export const topicsOf = ({ orderEvents, alerts }: WebhookRow): Topic[] => [
  ...(orderEvents ? (["ORDER"] as const) : []),
  ...(alerts ? (["ALERT"] as const) : []),
];

/** What is sent: the same text at every try. */
export function messageOf({ id, at, topic, kind, channel_code, order_ref, body }: PlacedNotice): string {
  const named = topic === "ORDER" ? { orderRef: order_ref, channel: channel_code } : {};
  const status = topic === "ORDER" ? kind : (body as { status: string }).status;
  const type = `${topic.toLowerCase()}.${status.toLowerCase()}`;
  return JSON.stringify({ id, type, timestamp: at.toISOString(), data: { kind, ...named, ...body } });
}
