import { newId } from "../../../shared/ids";
import type { AlertRow } from "../alert/alert";
import type { OrderFile } from "../order/fulfillment-order";

export enum OrderEventKind {
  CONFIRMED = "CONFIRMED",
  RELEASED = "RELEASED",
  ALLOCATED = "ALLOCATED",
  BACKORDERED = "BACKORDERED",
  SHORT = "SHORT",
  PROMISE_CHANGED = "PROMISE_CHANGED",
  SHIPPED = "SHIPPED",
  DELIVERED = "DELIVERED",
  UNDELIVERED = "UNDELIVERED",
  RETURN_REQUESTED = "RETURN_REQUESTED",
  RETURNED = "RETURNED",
  CANCEL_REQUESTED = "CANCEL_REQUESTED",
  CANCELLED = "CANCELLED",
  CANCEL_REFUSED = "CANCEL_REFUSED",
}

export interface NamedLine {
  sku: string;
  quantity: number;
  /** The order system's own line; left out, it is looked up where only one line can be meant. */
  lineRef?: string | null;
}

/** What happened to a confirmed order. */
export interface Happening {
  kind: OrderEventKind;
  lines: NamedLine[];
  /** The shipment that it is about; an allocation's id. */
  shipmentId?: string;
  /** More about it, for people. */
  detail?: string;
}

export type Topic = "ORDER" | "ALERT";

/** One thing that clients are told, as it is stored. */
export interface NoticeRow {
  id: string;
  at: Date;
  topic: Topic;
  kind: string;
  client: string;
  merchant: string;
  channel_code: string;
  order_ref: string;
  body: object;
}

export interface OrderEventBody {
  lines: { sku: string; quantity: number; lineRef: string | null }[];
  shipmentId: string | null;
  detail: string | null;
}

export interface AlertBody {
  alertId: string;
  severity: string;
  status: string;
  subject: string;
  message: string;
}

export function alertNotice({ id, kind, severity, status, subject, message, version }: AlertRow, at: Date) {
  const body: AlertBody = { alertId: id, severity, status, subject, message };
  const nobody = { client: "", merchant: "", channel_code: "", order_ref: "" };
  return { id: newId(), at, topic: "ALERT" as const, kind, ...nobody, body, aggregates: { [`alert:${id}`]: version } };
}

/** `version` is the order's, raised for this: events of one order keep the order in which they were decided. */
export function orderNotice(order: OrderFile, { kind, lines, shipmentId, detail }: Happening, version: number, at: Date) {
  const body: OrderEventBody = {
    lines: lines.map((line) => ({ sku: line.sku, quantity: line.quantity, lineRef: line.lineRef ?? lineRefOf(order, line.sku) })),
    shipmentId: shipmentId ?? null,
    detail: detail ?? null,
  };
  return {
    id: newId(),
    at,
    topic: "ORDER" as const,
    kind,
    client: order.client,
    merchant: order.merchant,
    channel_code: order.channel_code,
    order_ref: order.order_ref,
    body,
    aggregates: { [`fulfillment:${order.id}`]: version },
  };
}

/** Null where an item stands on several lines: its units are not told apart here. */
function lineRefOf({ lines }: OrderFile, sku: string): string | null {
  const meant = lines.filter((line) => line.sku === sku);
  return meant.length === 1 ? meant[0].line_ref : null;
}
