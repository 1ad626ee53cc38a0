import type { FeedEvent, StockCheckpoint, StockMoved } from "../../../shared/flow/messages";
import type { Compared } from "../../../shared/reconcile";
import type { Desk } from "../feed/desk";

/**
 * Sellable units of a warehouse changed. A physical fact is booked even where it takes free below zero. A movement that has
 * been booked before is left out.
 */
export function moveStock(desk: Desk, event: FeedEvent<StockMoved>, booked: ReadonlySet<string>): void {
  const { movementId, movementType, warehouse, lines, client, merchant } = event;
  if (booked.has(movementId)) return;
  for (const { sku, delta } of lines) desk.positions.post(warehouse, sku, "MOVEMENT", movementId, { onHand: delta });
  const aggregates = desk.positions.aggregates(
    warehouse,
    lines.map(({ sku }) => sku),
  );
  desk.tell({ type: "SupplyChanged", movementId, movementType, warehouse, lines, aggregates, client, merchant });
}

/**
 * Compares the warehouse's figures with the positions as they stand at this place of its feed, and tells them on to sales. With
 * `repair` a difference is booked here, so that what sales compares is the warehouse's figure.
 */
export function compareStock(desk: Desk, { checkId, repair, warehouse, lines }: FeedEvent<StockCheckpoint>): Compared[] {
  for (const { sku, onHand } of repair ? lines : []) {
    const delta = onHand - desk.positions.of(warehouse, sku).on_hand;
    if (delta !== 0) desk.positions.post(warehouse, sku, "RECONCILE", checkId, { onHand: delta });
  }
  const own = lines.map(({ sku }) => {
    const { on_hand, inbound } = desk.positions.of(warehouse, sku);
    return { sku, onHand: on_hand, inbound };
  });
  for (const { sku } of lines) desk.positions.raise(warehouse, sku);
  const aggregates = desk.positions.aggregates(
    warehouse,
    lines.map(({ sku }) => sku),
  );
  desk.tell({ type: "PositionCheckpoint", checkId, ...(repair && { repair }), warehouse, lines: own, aggregates });
  return lines.map(({ sku, onHand }, i) => ({
    check_id: checkId,
    subject: `warehouse-dispatch:${warehouse}:${sku}`,
    told: onHand,
    found: own[i].onHand,
    compared_at: desk.at,
  }));
}
