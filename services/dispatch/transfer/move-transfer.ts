import type {
  EventLine,
  FeedEvent,
  SetAsideDecided,
  ShipmentCancelDecided,
  ShipmentProgressed,
  ShipmentShipped,
  ShipmentShort,
  TransferProgressed,
} from "../../../shared/flow/messages";
import type { Desk } from "../feed/desk";
import { TransferStatus, type TransferFile } from "./transfer-order";

/** Tells sales how many of its units are to be set aside: what is allocated and has not left; the allocating comes before. */
export function tellSetAside(desk: Desk, file: TransferFile): void {
  const { id: transferId, from_warehouse: warehouse, pool_code: pool, lines, client, merchant } = file;
  if (pool === null) return;
  const version = desk.transfers.raise(file);
  for (const { sku } of lines) desk.positions.raise(warehouse, sku);
  desk.tell({
    type: "SetAsideWanted",
    transferId,
    pool,
    warehouse,
    lines: lines.map(({ sku, allocated }) => ({ sku, quantity: allocated, kept: desk.positions.keptOf(warehouse, sku) })),
    aggregates: { [`transfer:${transferId}`]: version, ...aggregatesOf(desk, file, lines) },
    client,
    merchant,
  });
}

const aggregatesOf = (desk: Desk, { from_warehouse }: TransferFile, lines: { sku: string }[]): Record<string, number> =>
  desk.positions.aggregates(
    from_warehouse,
    lines.map(({ sku }) => sku),
  );

/** Its warehouse is told: the floor picks, packs and ships it like any other shipment. */
export function handOver(desk: Desk, file: TransferFile): void {
  const { id, from_warehouse: warehouse, to_warehouse: to, expected_at, lines, client, merchant } = file;
  file.handed_over = 1;
  desk.tell({
    type: "AllocationMade",
    allocationId: id,
    orderRef: "",
    warehouse,
    shipTo: null,
    priority: 0,
    shipBy: null,
    transfer: { to, expectedAt: expected_at?.toISOString() ?? null },
    lines: lines.map(({ sku, allocated }) => ({ sku, quantity: allocated })),
    aggregates: { [`allocation:${id}`]: desk.transfers.raise(file) },
    client,
    merchant,
  });
}

/** Units that will not go are free where they lie, for whoever waits for them. */
export function unallocate(desk: Desk, file: TransferFile, lines: EventLine[]): void {
  const pool = desk.known.poolOf(file.from_warehouse);
  for (const { sku, quantity } of lines.filter((line) => line.quantity > 0)) {
    const line = file.lines.find((own) => own.sku === sku);
    if (!line || line.allocated < quantity) throw new Error(`transfer ${file.id}: ${quantity} units of ${sku} are more than are to go`);
    line.allocated -= quantity;
    desk.positions.post(file.from_warehouse, sku, "CANCEL", file.id, { allocated: -quantity });
    if (pool !== undefined) desk.freed(pool, sku);
  }
}

/** Its units are set aside, or promised: then it is a draft again, and says what is missing. An answer that comes too late says nothing. */
export function setAsideDecided(desk: Desk, event: FeedEvent<SetAsideDecided>): void {
  const file = desk.transfers.of(event.transferId);
  if (file?.status !== TransferStatus.RELEASING) return;
  const step = { event: event.type, at: new Date(event.at), actor: "sales", detail: event.because };
  if (event.accepted) {
    desk.transfers.step(file, TransferStatus.RELEASED, step);
    return handOver(desk, file);
  }
  unallocate(
    desk,
    file,
    file.lines.map(({ sku, allocated }) => ({ sku, quantity: allocated })),
  );
  const missing = event.missing.map(({ sku, quantity }) => `${quantity} of ${sku}`).join(", ");
  file.note = [event.because, missing && `missing: ${missing}`].filter(Boolean).join("; ").slice(0, 500);
  desk.transfers.step(file, TransferStatus.DRAFT, step);
}

/** A step on the floor goes into the history. */
export function transferOnFloor(desk: Desk, file: TransferFile, { at, actor, status, type }: FeedEvent<ShipmentProgressed>): void {
  desk.transfers.step(file, file.status, { event: type, at: new Date(at), actor, detail: status });
}

/** Units were not found where they should be picked: the rest goes, and nothing is set aside for them any more. */
export function transferShort(desk: Desk, file: TransferFile, event: FeedEvent<ShipmentShort>): void {
  if (file.status !== TransferStatus.RELEASED) return;
  unallocate(desk, file, event.lines);
  const none = event.status === "CANCELLED";
  const detail = `not found: ${event.lines.map(({ sku, quantity }) => `${quantity} of ${sku}`).join(", ")}`;
  if (none) file.note = detail;
  const step = { event: event.type, at: new Date(event.at), actor: event.actor, detail };
  desk.transfers.step(file, none ? TransferStatus.CANCELLED : file.status, step);
  tellSetAside(desk, file);
}

/** The goods have left: onHand falls, and with it what is set aside in sales. */
export function transferShipped(desk: Desk, file: TransferFile, event: FeedEvent<ShipmentShipped>, booked: ReadonlySet<string>): void {
  const { movementId, warehouse, lines, client, merchant } = event;
  if (booked.has(movementId) || file.status !== TransferStatus.RELEASED) return;
  for (const { sku, quantity } of lines) {
    const line = file.lines.find((own) => own.sku === sku)!;
    line.allocated -= quantity;
    line.shipped += quantity;
    // Not SHIPMENT: what goes to another warehouse is no demand here.
    desk.positions.post(warehouse, sku, "MOVEMENT", movementId, { onHand: -quantity, allocated: -quantity });
  }
  const step = { event: event.type, at: new Date(event.at), actor: event.actor };
  desk.transfers.step(file, TransferStatus.IN_TRANSIT, step);
  desk.tell({
    type: "SupplyChanged",
    movementId,
    movementType: "TRANSFER_OUT",
    warehouse,
    transferId: file.id,
    lines: lines.map(({ sku, quantity }) => ({ sku, delta: -quantity })),
    aggregates: aggregatesOf(desk, file, lines),
    client,
    merchant,
  });
}

/** What the warehouse could stop of it: all, or nothing. */
export function transferStopped(desk: Desk, file: TransferFile, event: FeedEvent<ShipmentCancelDecided>): void {
  if (file.cancelling !== event.cancellationId) return;
  file.cancelling = null;
  const stopped = event.status === "CANCELLING" || event.status === "CANCELLED";
  if (stopped) unallocate(desk, file, event.stopped);
  const step = { event: event.type, at: new Date(event.at), actor: "warehouse", detail: stopped ? "stopped" : `too late: ${event.status}` };
  desk.transfers.step(file, stopped ? TransferStatus.CANCELLED : file.status, step);
  if (stopped) tellSetAside(desk, file);
}

/** What has come of it, in all, and with the last what never did. What is told again says nothing new. */
export function receiveTransfer(desk: Desk, event: FeedEvent<TransferProgressed>): void {
  const file = desk.transfers.of(event.transferId);
  const version = event.aggregates[`inbound:${event.transferId}`] ?? 0;
  if (!file || version <= file.arrival_version) return;
  file.arrival_version = version;
  for (const { sku, received, lost } of event.lines)
    Object.assign(
      file.lines.find((line) => line.sku === sku)!,
      { received, lost },
    );
  const lost = event.lines.filter((line) => line.lost > 0).map((line) => `${line.lost} of ${line.sku}`);
  const detail =
    event.lines.map(({ sku, received }) => `${received} of ${sku}`).join(", ") + (lost.length > 0 ? `; lost: ${lost.join(", ")}` : "");
  const step = { event: event.type, at: new Date(event.at), actor: event.actor, detail };
  desk.transfers.step(file, TransferStatus[event.status], step);
  if (event.status === "RECEIVED" && lost.length > 0) desk.transferLost(file, lost.join(", "));
}
