import type { Reader } from "../../../shared/db/database";
import { lockRows } from "../../../shared/db/lock-order";
import type { Tx } from "../../../shared/db/transaction";
import { openKey, type AlertKind, type AlertRow, type AlertStatus } from "./alert";

const ALERT = [
  "id",
  "kind",
  "severity",
  "status",
  "subject",
  "message",
  "raised_at",
  "acknowledged_by",
  "resolved_at",
  "open_key",
] as const;

/** An alert that is open already for the same kind and subject stays as it is. */
export async function raiseAlerts(tx: Tx, alerts: AlertRow[]): Promise<void> {
  if (alerts.length === 0) return;
  const values = alerts.map((alert) => ALERT.map((column) => alert[column]));
  await tx.execute(`INSERT IGNORE INTO alert (${ALERT.join(", ")}) VALUES ?`, [values]);
}

/** The condition has ended: what was raised for it is resolved by itself. */
export async function endAlerts(tx: Tx, kind: AlertKind, subjects: string[], at: Date): Promise<void> {
  if (subjects.length === 0) return;
  await tx.execute("UPDATE alert SET status = 'RESOLVED', resolved_at = ?, open_key = NULL WHERE open_key IN (?)", [
    at,
    subjects.map((subject) => openKey(kind, subject)),
  ]);
}

export async function lockAlert(tx: Tx, id: string): Promise<AlertRow | undefined> {
  const [row] = await lockRows<AlertRow>(tx, "document", `SELECT ${ALERT.join(", ")} FROM alert WHERE id = ? LIMIT 1 FOR UPDATE`, [id]);
  return row;
}

export const markAcknowledged = (tx: Tx, id: string, by: string) =>
  tx.execute("UPDATE alert SET status = 'ACKNOWLEDGED', acknowledged_by = ? WHERE id = ? AND status = 'OPEN'", [by, id]);

export const markResolved = (tx: Tx, id: string, by: string, note: string) =>
  tx.execute(
    "UPDATE alert SET status = 'RESOLVED', resolved_at = NOW(6), resolved_by = ?, note = ?, open_key = NULL WHERE id = ? AND status <> 'RESOLVED'",
    [by, note, id],
  );

export const readAlerts = (reader: Reader, ids: readonly string[]): Promise<AlertRow[]> =>
  reader.query(`SELECT ${ALERT.join(", ")} FROM alert WHERE id IN (?)`, [ids]);

export interface AlertFilter {
  status?: AlertStatus | null;
  kind?: AlertKind | null;
  before?: string;
  limit: number;
}

/** Newest first. Index by_status or by_kind. */
export function listAlerts(reader: Reader, { status, kind, before, limit }: AlertFilter): Promise<AlertRow[]> {
  const where = ["TRUE"];
  const params: unknown[] = [];
  if (status) where.push("status = ?") && params.push(status);
  if (kind) where.push("kind = ?") && params.push(kind);
  if (before) where.push("id < ?") && params.push(before);
  return reader.query(`SELECT ${ALERT.join(", ")} FROM alert WHERE ${where.join(" AND ")} ORDER BY id DESC LIMIT ?`, [...params, limit]);
}
