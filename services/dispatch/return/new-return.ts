import type { OrderFile } from "../order/fulfillment-order";
import { newInstance } from "../process/flow";
import { RETURN_FLOW } from "../process/return-flow";
import { hasArrival, isReplaced, ReturnStatus, type ReplacementShips, type ReturnFile, type ReturnKind } from "./return-order";

interface NewReturn {
  id: string;
  kind: ReturnKind;
  warehouse: string;
  replacementShips: ReplacementShips;
  /** The shipment that came back as a whole. */
  shipmentId: string | null;
  actor: string;
  at: Date;
  lines: {
    sku: string;
    quantity: number;
    reason: string;
    exchangeFor?: string | null;
    lineRef?: string | null;
    shipmentId?: string | null;
    serials?: string[] | null;
  }[];
}

/** A return that nobody has approved and nobody was told of. `order`: the one that it belongs to. */
export const newReturn = (order: OrderFile, { id, kind, lines, ...more }: NewReturn): ReturnFile => ({
  id,
  order_ref: order.order_ref,
  client: order.client,
  merchant: order.merchant,
  kind,
  status: ReturnStatus.REQUESTED,
  warehouse_code: more.warehouse,
  replacement_ships: more.replacementShips,
  approval: "ASKED",
  arrival: hasArrival(kind) ? "PLANNED" : "NONE",
  arrival_version: 0,
  replacement: isReplaced(kind) ? "PLANNED" : "NONE",
  replacement_id: null,
  cancelling: 0,
  fulfillment_id: order.id,
  reservation_id: order.reservation_id,
  channel_code: order.channel_code,
  pool_code: order.pool_code,
  shipment_id: more.shipmentId,
  actor: more.actor,
  note: null,
  created_at: more.at,
  version: 0,
  process: newInstance(RETURN_FLOW, { id, reference: id, client: order.client }, more.at),
  lines: lines.map(({ sku, quantity, reason, exchangeFor, lineRef, shipmentId, serials }, i) => ({
    return_id: id,
    line_no: i + 1,
    sku,
    line_ref: lineRef ?? null,
    shipment_id: shipmentId ?? null,
    quantity,
    serials: serials ?? null,
    reason,
    exchange_for: exchangeFor ?? null,
    restocked: 0,
    quarantined: 0,
    scrapped: 0,
    rejected: 0,
  })),
});
