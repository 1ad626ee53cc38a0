import { newId } from "../../../shared/ids";

export enum AlertKind {
  LOW_STOCK = "LOW_STOCK",
  STOCKOUT = "STOCKOUT",
  OVERSOLD = "OVERSOLD",
  BACKORDER_AGING = "BACKORDER_AGING",
  PROCESS_STUCK = "PROCESS_STUCK",
  SHORT_PICK = "SHORT_PICK",
  TRANSFER_OVERDUE = "TRANSFER_OVERDUE",
  TRANSFER_LOSS = "TRANSFER_LOSS",
  EXPIRING_LOT = "EXPIRING_LOT",
  COUNT_VARIANCE = "COUNT_VARIANCE",
  LAYER_DRIFT = "LAYER_DRIFT",
  EVENT_FAILED = "EVENT_FAILED",
  PLAN_EXCEPTION = "PLAN_EXCEPTION",
  UNINSURED_VALUE = "UNINSURED_VALUE",
  UNSOURCEABLE = "UNSOURCEABLE",
  DELIVERY_OVERDUE = "DELIVERY_OVERDUE",
}

export enum AlertSeverity {
  INFO = "INFO",
  WARNING = "WARNING",
  CRITICAL = "CRITICAL",
}

export enum AlertStatus {
  OPEN = "OPEN",
  ACKNOWLEDGED = "ACKNOWLEDGED",
  RESOLVED = "RESOLVED",
}

export interface AlertRow {
  id: string;
  kind: AlertKind;
  severity: AlertSeverity;
  status: AlertStatus;
  subject: string;
  message: string;
  raised_at: Date;
  acknowledged_by: string | null;
  resolved_at: Date | null;
  /** Kind and subject until it is resolved: there is one at a time. */
  open_key: string | null;
  version: number;
}

export const openKey = (kind: AlertKind, subject: string): string => `${kind}:${subject}`;

export const newAlert = (kind: AlertKind, severity: AlertSeverity, subject: string, message: string, at: Date): AlertRow => ({
  id: newId(),
  kind,
  severity,
  status: AlertStatus.OPEN,
  subject,
  message: message.slice(0, 1000),
  raised_at: at,
  acknowledged_by: null,
  resolved_at: null,
  open_key: openKey(kind, subject),
  version: 1,
});
