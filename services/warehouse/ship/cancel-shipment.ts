import type { Tx } from "../../../shared/db/transaction";
import type { EventLine, FeedEvent, ShipmentCancelRequested } from "../../../shared/flow/messages";
import { tell, type NewEvent } from "../../../shared/flow/outbox";
import { groupBy } from "../../../shared/group";
import { databaseNow } from "../each.sql";
import type { OutboundStatus } from "../enums";
import {
  cancellationsOf,
  insertCancellations,
  type CancellationRow,
  insertSteps,
  lowerLines,
  moveShipment,
  readLines,
  readShipments,
  type LineRow,
  type ShipmentRow,
  type StepRow,
} from "./ship.sql";
import { unitsByItem, type Headers } from "./shipment";

export type CancelRequest = FeedEvent<ShipmentCancelRequested>;

export interface CancelDecision {
  to: OutboundStatus;
  stopped: EventLine[];
  tooLate: EventLine[];
}

const PICKING_STARTED: OutboundStatus[] = ["PICKING", "PICKED", "PACKED"];

/**
 * What of a shipment can still be stopped. Before picking any of it; after that the whole shipment or nothing, for nobody looks
 * for single units in what was picked; once it has left nothing. A stopped shipment does not ship, even while its goods are
 * still to be put back. Units that are only wanted elsewhere are left where picking has begun.
 */
export function decideCancel(status: OutboundStatus, lines: LineRow[], asked: Map<string, number>, beforePicking = false): CancelDecision {
  const stopped = lines
    .map(({ sku, quantity, short }) => ({ sku, quantity: Math.min(asked.get(sku) ?? 0, quantity - short) }))
    .filter(({ quantity }) => quantity > 0);
  const whole = lines.every(({ sku, quantity, short }) => (asked.get(sku) ?? 0) >= quantity - short);
  const picked = lines.some((line) => line.picked > 0);
  const canStop = status === "RELEASED" || (whole && !beforePicking && PICKING_STARTED.includes(status));
  const given = new Map(canStop ? stopped.map(({ sku, quantity }) => [sku, quantity]) : []);
  const tooLate = [...asked]
    .map(([sku, units]) => ({ sku, quantity: units - (given.get(sku) ?? 0) }))
    .filter(({ quantity }) => quantity > 0);
  if (!canStop) return { to: status, stopped: [], tooLate };
  return { to: !whole ? status : picked ? "CANCELLING" : "CANCELLED", stopped, tooLate };
}

/** The shipments and the headers of their items are locked. A request is answered once, however often it is told. */
export async function cancelShipments(tx: Tx, requests: CancelRequest[], headers: Headers): Promise<void> {
  const ids = [...new Set(requests.map(({ allocationId }) => allocationId))];
  const shipments = new Map((await readShipments(tx, ids)).map((shipment) => [shipment.id, shipment]));
  const lines = groupBy(await readLines(tx, ids), (line) => line.shipmentId);
  const asked = new Set((await cancellationsOf(tx, ids)).map((row) => askedKey(row.shipment_id, row.cancellation_id)));
  const at = await databaseNow(tx);
  const answered: CancellationRow[] = [];
  const steps: StepRow[] = [];
  const events: NewEvent[] = [];
  for (const request of requests) {
    const key = askedKey(request.allocationId, request.cancellationId);
    if (asked.has(key)) continue;
    asked.add(key);
    const shipment = shipments.get(request.allocationId);
    if (!shipment) throw new Error(`no shipment ${request.allocationId}`);
    const own = lines.get(shipment.id) ?? [];
    const decision = decideCancel(shipment.status, own, unitsByItem(request.lines), request.beforePicking);
    for (const { sku, quantity } of decision.stopped) headers.get(shipment.warehouseCode)!.get(sku)!.allocated -= quantity;
    if (decision.to === "RELEASED") lines.set(shipment.id, await takeFromLines(tx, own, decision.stopped));
    await moveShipment(tx, shipment, decision.to);
    Object.assign(shipment, { status: decision.to, version: shipment.version + 1 });
    steps.push({ shipment_id: shipment.id, version: shipment.version, status: decision.to, note: noteOf(decision), actor: "dispatch", at });
    answered.push({ shipment_id: shipment.id, cancellation_id: request.cancellationId, version: shipment.version });
    events.push(decided(shipment, request, decision));
  }
  await insertSteps(tx, steps);
  await insertCancellations(tx, answered);
  await tell(tx, events);
}

const askedKey = (shipmentId: string, cancellationId: string): string => `${shipmentId} ${cancellationId}`;

/** A shipment that goes on takes less; the step's note says what it was to take before. */
async function takeFromLines(tx: Tx, lines: LineRow[], stopped: EventLine[]): Promise<LineRow[]> {
  const less = unitsByItem(stopped);
  if (stopped.length > 0) await lowerLines(tx, lines[0].shipmentId, less);
  return lines.map((line) => ({ ...line, quantity: line.quantity - (less.get(line.sku) ?? 0) })).filter(({ quantity }) => quantity > 0);
}

const listed = (lines: EventLine[]): string => lines.map(({ sku, quantity }) => `${quantity} of ${sku}`).join(", ");

const noteOf = ({ stopped, tooLate }: CancelDecision): string =>
  [stopped.length > 0 ? `stopped ${listed(stopped)}` : "", tooLate.length > 0 ? `too late for ${listed(tooLate)}` : ""]
    .filter((text) => text !== "")
    .join("; ")
    .slice(0, 500);

const decided = (
  { id, orderRef, warehouseCode, client, merchant, version }: ShipmentRow,
  { cancellationId }: CancelRequest,
  { to, stopped, tooLate }: CancelDecision,
): NewEvent => ({
  type: "ShipmentCancelDecided",
  shipmentId: id,
  cancellationId,
  orderRef: orderRef ?? "",
  warehouse: warehouseCode,
  status: to,
  stopped,
  tooLate,
  client,
  merchant,
  aggregates: { [`shipment:${id}`]: version },
});
