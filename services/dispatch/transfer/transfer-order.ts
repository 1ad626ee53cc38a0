import type { InstanceRow } from "../process/flow";

export enum TransferStatus {
  DRAFT = "DRAFT",
  RELEASING = "RELEASING",
  RELEASED = "RELEASED",
  IN_TRANSIT = "IN_TRANSIT",
  PARTIALLY_RECEIVED = "PARTIALLY_RECEIVED",
  RECEIVED = "RECEIVED",
  CANCELLED = "CANCELLED",
}

export enum TransferReason {
  MANUAL = "MANUAL",
  REPLENISHMENT = "REPLENISHMENT",
  REBALANCE = "REBALANCE",
  BACKORDER = "BACKORDER",
}

export interface TransferRow {
  id: string;
  from_warehouse: string;
  to_warehouse: string;
  /** The pool in which its units are set aside; null before its release, and where the warehouse feeds none. */
  pool_code: string | null;
  status: TransferStatus;
  reason: TransferReason;
  expected_at: Date | null;
  /** Why it went back to DRAFT, or was cancelled. */
  note: string | null;
  /** The cancellation that its warehouse was asked about and has not answered. */
  cancelling: string | null;
  /** Its warehouse was told of it: there is a shipment with its id. */
  handed_over: 0 | 1;
  /** Of the last event about its inbound shipment. */
  arrival_version: number;
  /** The suggestion that made it; null where somebody asked for it. */
  suggestion: string | null;
  client: string;
  merchant: string;
  created_at: Date;
  version: number;
}

export interface TransferLineRow {
  transfer_id: string;
  sku: string;
  quantity: number;
  /** Spoken for where they are, and not shipped. */
  allocated: number;
  shipped: number;
  received: number;
  lost: number;
}

/** A transfer with its lines, its row locked by the transaction that holds it. */
export interface TransferFile extends TransferRow {
  lines: TransferLineRow[];
  process: InstanceRow;
}

/** It has left: there is an inbound shipment with its id. */
export const hasLeft = ({ status }: Pick<TransferRow, "status">): boolean =>
  [TransferStatus.IN_TRANSIT, TransferStatus.PARTIALLY_RECEIVED, TransferStatus.RECEIVED].includes(status);
