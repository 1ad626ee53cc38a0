import type { InstanceRow } from "../process/flow";

export enum ReturnKind {
  RETURN = "RETURN",
  EXCHANGE = "EXCHANGE",
  UNDELIVERED = "UNDELIVERED",
  RESHIP = "RESHIP",
}

export enum ReturnStatus {
  REQUESTED = "REQUESTED",
  APPROVED = "APPROVED",
  REJECTED = "REJECTED",
  RECEIVING = "RECEIVING",
  WAITING_FOR_REPLACEMENT = "WAITING_FOR_REPLACEMENT",
  COMPLETED = "COMPLETED",
  CANCELLED = "CANCELLED",
}

export enum ReplacementShips {
  AT_ONCE = "AT_ONCE",
  ON_RECEIPT = "ON_RECEIPT",
}

export type Approval = "ASKED" | "GIVEN" | "REFUSED";
/** How far the goods are that come back. PLANNED: the warehouse has not been told. */
export type Arrival = "NONE" | "PLANNED" | "EXPECTED" | "RECEIVING" | "RECEIVED" | "CANCELLED";
/** How far the replacement is. PLANNED: sales has not been asked. */
export type Replacement = "NONE" | "PLANNED" | "ASKED" | "WAITING" | "COMMITTED" | "WITHDRAWN";

export interface ReturnRow {
  id: string;
  order_ref: string;
  client: string;
  merchant: string;
  kind: ReturnKind;
  status: ReturnStatus;
  warehouse_code: string;
  replacement_ships: ReplacementShips;
  approval: Approval;
  arrival: Arrival;
  /** Of the last event about its inbound shipment. */
  arrival_version: number;
  replacement: Replacement;
  /** The fulfillment order of the replacement. */
  replacement_id: string | null;
  /** Its warehouse or sales was asked to stop it and has not answered. */
  cancelling: 0 | 1;
  /** The fulfillment order that it belongs to: a replacement goes where that went. */
  fulfillment_id: string;
  reservation_id: string;
  channel_code: string;
  pool_code: string;
  /** The shipment that came back, of an UNDELIVERED one. */
  shipment_id: string | null;
  actor: string;
  /** Why it was rejected or cancelled. */
  note: string | null;
  created_at: Date;
  version: number;
}

export interface ReturnLineRow {
  return_id: string;
  line_no: number;
  sku: string;
  line_ref: string | null;
  shipment_id: string | null;
  quantity: number;
  serials: string[] | null;
  reason: string;
  exchange_for: string | null;
  restocked: number;
  quarantined: number;
  scrapped: number;
  rejected: number;
}

/** A return with its lines, its row locked by the transaction that holds it. */
export interface ReturnFile extends ReturnRow {
  lines: ReturnLineRow[];
  process: InstanceRow;
}

const OPEN_ARRIVAL: Arrival[] = ["PLANNED", "EXPECTED", "RECEIVING"];
const OPEN_REPLACEMENT: Replacement[] = ["PLANNED", "ASKED", "WAITING"];

/** What approval and the two halves say of the return. */
export function statusOf({ approval, arrival, replacement }: Pick<ReturnRow, "approval" | "arrival" | "replacement">): ReturnStatus {
  if (approval === "REFUSED") return ReturnStatus.REJECTED;
  if (!OPEN_ARRIVAL.includes(arrival) && !OPEN_REPLACEMENT.includes(replacement))
    return arrival === "RECEIVED" || replacement === "COMMITTED" ? ReturnStatus.COMPLETED : ReturnStatus.CANCELLED;
  if (approval === "ASKED") return ReturnStatus.REQUESTED;
  if (replacement === "WAITING") return ReturnStatus.WAITING_FOR_REPLACEMENT;
  return arrival === "RECEIVING" || arrival === "RECEIVED" ? ReturnStatus.RECEIVING : ReturnStatus.APPROVED;
}

export const hasArrival = (kind: ReturnKind): boolean => kind !== ReturnKind.RESHIP;
export const isReplaced = (kind: ReturnKind): boolean => kind === ReturnKind.EXCHANGE || kind === ReturnKind.RESHIP;

/** Its warehouse was told of it. */
export const wasAnnounced = ({ approval, arrival }: ReturnRow): boolean => approval === "GIVEN" && arrival !== "NONE";

export const receivedUnits = ({ restocked, quarantined, scrapped }: ReturnLineRow): number => restocked + quarantined + scrapped;

/** Units of a return that are replaced, by item: what came back of an exchange that ships on receipt, else all. */
export function replacedUnits(of: ReturnFile): Map<string, number> {
  const units = new Map<string, number>();
  const onReceipt = of.kind === ReturnKind.EXCHANGE && of.replacement_ships === ReplacementShips.ON_RECEIPT;
  for (const line of of.lines) {
    const n = onReceipt ? receivedUnits(line) : line.quantity;
    const sku = line.exchange_for ?? line.sku;
    if (n > 0) units.set(sku, (units.get(sku) ?? 0) + n);
  }
  return units;
}
