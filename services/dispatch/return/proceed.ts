import type { Desk } from "../feed/desk";
import { replacedUnits, ReplacementShips, ReturnKind, type ReturnFile } from "./return-order";

/** A return that was approved: its goods are expected, and what is replaced at once is asked for. */
export function proceed(desk: Desk, file: ReturnFile, actor: string): void {
  file.approval = "GIVEN";
  if (file.arrival === "PLANNED") expectGoods(desk, file);
  const atOnce = file.kind === ReturnKind.RESHIP || file.replacement_ships === ReplacementShips.AT_ONCE;
  if (file.replacement === "PLANNED" && atOnce) askReplacement(desk, file, actor);
  desk.returns.step(file, { event: "ReturnApproved", at: desk.at, actor });
}

function expectGoods(desk: Desk, file: ReturnFile): void {
  file.arrival = "EXPECTED";
  desk.tell({
    type: "ReturnExpected",
    returnId: file.id,
    orderRef: file.order_ref,
    warehouse: file.warehouse_code,
    exchange: file.kind === ReturnKind.EXCHANGE,
    lines: file.lines.map(({ sku, quantity, line_ref, shipment_id, serials, reason }) => ({
      sku,
      quantity,
      lineRef: line_ref,
      shipmentId: shipment_id,
      serials,
      reason,
    })),
    aggregates: { [`return:${file.id}`]: desk.returns.raise(file) },
    client: file.client,
    merchant: file.merchant,
  });
}

/** Sales is asked to commit what is to be sent; where nothing came back there is nothing to replace. The caller books the step. */
export function askReplacement(desk: Desk, file: ReturnFile, actor: string): void {
  const units = replacedUnits(file);
  file.replacement = units.size === 0 ? "WITHDRAWN" : "ASKED";
  if (units.size === 0) return;
  desk.tell({
    type: "ReplacementWanted",
    returnId: file.id,
    reservationId: file.reservation_id,
    orderRef: file.order_ref,
    channel: file.channel_code,
    pool: file.pool_code,
    actor,
    lines: [...units].map(([sku, quantity]) => ({ sku, quantity })),
    aggregates: { [`return:${file.id}`]: desk.returns.raise(file) },
    client: file.client,
    merchant: file.merchant,
  });
}
