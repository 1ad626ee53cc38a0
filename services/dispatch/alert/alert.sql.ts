import type { Reader } from "../../../shared/db/database";
import { inLockOrder, lockRows } from "../../../shared/db/lock-order";
import type { Tx } from "../../../shared/db/transaction";
import { alertNotice } from "../notice/notice";
import { writeNotices } from "../notice/notice.sql";
import { readAlertRules } from "./alert-rule.sql";
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
  "version",
] as const;

/**
 * An alert that is open already for the same kind and subject stays as it is; one of a kind that is switched off is not raised.
 * What is raised is told to those who follow alerts.
 */
export async function raiseAlerts(tx: Tx, alerts: AlertRow[]): Promise<void> {
  if (alerts.length === 0) return;
  const rules = await readAlertRules(tx);
  const wanted = alerts.filter(({ kind }) => rules.of(kind).enabled);
  if (wanted.length === 0) return;
  const values = wanted.map((alert) => ALERT.map((column) => alert[column]));
  await tx.execute(`INSERT IGNORE INTO alert (${ALERT.join(", ")}) VALUES ?`, [values]);
  const raised = await readAlerts(
    tx,
    wanted.map(({ id }) => id),
  );
  await writeNotices(
    tx,
    raised.map((alert) => alertNotice(alert, alert.raised_at)),
  );
}

/** Raises an alert, or gives the one that is open already its severity and message, and tells of that. Unique index one_open. */
export async function renewAlert(tx: Tx, alert: AlertRow): Promise<void> {
  const [open] = await tx.query<AlertRow>(`SELECT ${ALERT.join(", ")} FROM alert WHERE open_key = ? ORDER BY open_key FOR UPDATE`, [
    alert.open_key,
  ]);
  if (!open) return raiseAlerts(tx, [alert]);
  if (open.message === alert.message) return;
  await tx.execute("UPDATE alert SET message = ?, severity = ?, version = version + 1 WHERE id = ?", [
    alert.message,
    alert.severity,
    open.id,
  ]);
  await tellAlerts(tx, [open.id], alert.raised_at);
}

/** The condition has ended: what was raised for it is resolved by itself. Unique index one_open. */
export async function endAlerts(tx: Tx, kind: AlertKind, subjects: string[], at: Date): Promise<void> {
  if (subjects.length === 0) return;
  const keys = inLockOrder(subjects.map((subject) => openKey(kind, subject)));
  await end(
    tx,
    await tx.query<AlertRow>(`SELECT ${ALERT.join(", ")} FROM alert WHERE open_key IN (?) ORDER BY open_key FOR UPDATE`, [keys]),
    at,
  );
}

export async function endAlertsOfKind(tx: Tx, kind: AlertKind, at: Date): Promise<void> {
  const sql = `SELECT ${ALERT.join(", ")} FROM alert WHERE open_key LIKE ? ORDER BY open_key FOR UPDATE`;
  await end(tx, await tx.query<AlertRow>(sql, [`${openKey(kind, "").replace(/_/g, "\\_")}%`]), at);
}

async function end(tx: Tx, open: AlertRow[], at: Date): Promise<void> {
  if (open.length === 0) return;
  const ids = open.map(({ id }) => id);
  await tx.execute(
    "UPDATE alert SET status = 'RESOLVED', resolved_at = ?, open_key = NULL, version = version + 1 WHERE id IN (?) AND status <> 'RESOLVED'",
    [at, ids],
  );
  await tellAlerts(tx, ids, at);
}

/** Tells of alerts as they are now, in this transaction. */
export async function tellAlerts(tx: Tx, ids: string[], at: Date): Promise<void> {
  const rows = await readAlerts(tx, ids);
  await writeNotices(
    tx,
    rows.map((alert) => alertNotice(alert, at)),
  );
}

export async function lockAlert(tx: Tx, id: string): Promise<AlertRow | undefined> {
  const [row] = await lockRows<AlertRow>(tx, "document", `SELECT ${ALERT.join(", ")} FROM alert WHERE id = ? LIMIT 1 FOR UPDATE`, [id]);
  return row;
}

export const markAcknowledged = (tx: Tx, id: string, by: string) =>
  tx.execute("UPDATE alert SET status = 'ACKNOWLEDGED', acknowledged_by = ?, version = version + 1 WHERE id = ? AND status = 'OPEN'", [
    by,
    id,
  ]);

export const markResolved = (tx: Tx, id: string, by: string, note: string) =>
  tx.execute(
    `UPDATE alert SET status = 'RESOLVED', resolved_at = NOW(6), resolved_by = ?, note = ?, open_key = NULL, version = version + 1
     WHERE id = ? AND status <> 'RESOLVED'`,
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

/** For /metrics: how many are open, of at most 100,000. Unique index one_open. */
export async function openAlerts(reader: Reader): Promise<{ labels: { kind: string; severity: string }; value: number }[]> {
  const rows = await reader.query<{ kind: string; severity: string; open: string | number }>(
    `SELECT kind, severity, COUNT(*) AS open FROM (SELECT kind, severity FROM alert WHERE open_key IS NOT NULL LIMIT 100000) AS counted
     GROUP BY kind, severity`,
  );
  return rows.map(({ kind, severity, open }) => ({ labels: { kind, severity }, value: Number(open) }));
}
