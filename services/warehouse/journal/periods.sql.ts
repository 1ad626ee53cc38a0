import type { Reader } from "../../../shared/db/database";
import { lockRows } from "../../../shared/db/lock-order";
import { insertRows } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import { newId } from "../../../shared/ids";
import type { PeriodStatus } from "../enums";
import type { Day } from "./calendar";

export interface LegalEntityRow {
  code: string;
  timeZone: string;
}

export interface PeriodRow {
  legalEntity: string;
  code: string;
  startsOn: Day;
  endsBefore: Day;
  status: PeriodStatus;
}

export interface PeriodStepRow {
  period: string;
  legalEntity: string;
  status: PeriodStatus;
  by: string;
  at: Date;
  reason: string | null;
}

const PERIOD = `legal_entity AS legalEntity, code, DATE_FORMAT(starts_on, '%Y-%m-%d') AS startsOn,
  DATE_FORMAT(ends_before, '%Y-%m-%d') AS endsBefore, status FROM accounting_period`;

/** Primary key. */
export async function readLegalEntity(reader: Reader, code: string): Promise<LegalEntityRow | undefined> {
  const [entity] = await reader.query<LegalEntityRow>("SELECT code, time_zone AS timeZone FROM legal_entity WHERE code = ?", [code]);
  return entity;
}

/** A code that is new gets the time zone; one that is there keeps its own. */
export async function ensureLegalEntity(tx: Tx, code: string, timeZone: string): Promise<void> {
  await tx.execute("INSERT IGNORE INTO legal_entity (code, time_zone) VALUES (?, ?)", [code, timeZone]);
}

/** Whoever opens a period holds this, so that no two that overlap are made at once. */
export async function lockLegalEntity(tx: Tx, code: string): Promise<LegalEntityRow | undefined> {
  const sql = "SELECT code, time_zone AS timeZone FROM legal_entity WHERE code = ? LIMIT 1 FOR UPDATE";
  const [entity] = await lockRows<LegalEntityRow>(tx, "period", sql, [code]);
  return entity;
}

/** The period that covers a day, shared: who closes it waits for this transaction. One row by the primary key, read backwards. */
export async function sharePeriodOf(tx: Tx, legalEntity: string, day: Day): Promise<PeriodRow | undefined> {
  const [period] = await lockRows<PeriodRow>(
    tx,
    "period",
    `SELECT ${PERIOD} WHERE legal_entity = ? AND starts_on <= ? ORDER BY starts_on DESC LIMIT 1 LOCK IN SHARE MODE`,
    [legalEntity, day],
  );
  return period && day < period.endsBefore ? period : undefined;
}

/** Shares the period after some days: nobody closes it while another is made before it. */
export async function sharePeriodFrom(tx: Tx, legalEntity: string, day: Day): Promise<PeriodRow | undefined> {
  const [period] = await lockRows<PeriodRow>(
    tx,
    "period",
    `SELECT ${PERIOD} WHERE legal_entity = ? AND starts_on >= ? ORDER BY starts_on LIMIT 1 LOCK IN SHARE MODE`,
    [legalEntity, day],
  );
  return period;
}

/** Locks one period: waits for all that are posting in it. */
export async function lockPeriod(tx: Tx, legalEntity: string, startsOn: Day): Promise<PeriodRow> {
  const sql = `SELECT ${PERIOD} WHERE legal_entity = ? AND starts_on = ? LIMIT 1 FOR UPDATE`;
  const [period] = await lockRows<PeriodRow>(tx, "period", sql, [legalEntity, startsOn]);
  return period;
}

/** Locks a period and all after it, in their order. */
export const lockFrom = (tx: Tx, legalEntity: string, startsOn: Day): Promise<PeriodRow[]> =>
  lockRows(tx, "period", `SELECT ${PERIOD} WHERE legal_entity = ? AND starts_on >= ? ORDER BY starts_on FOR UPDATE`, [
    legalEntity,
    startsOn,
  ]);

/** Key by_code. */
export async function readPeriod(reader: Reader, legalEntity: string, code: string): Promise<PeriodRow | undefined> {
  const [period] = await reader.query<PeriodRow>(`SELECT ${PERIOD} WHERE legal_entity = ? AND code = ?`, [legalEntity, code]);
  return period;
}

export const readPeriods = (reader: Reader, legalEntity: string): Promise<PeriodRow[]> =>
  reader.query(`SELECT ${PERIOD} WHERE legal_entity = ? ORDER BY starts_on`, [legalEntity]);

export const listPeriods = (reader: Reader): Promise<PeriodRow[]> => reader.query(`SELECT ${PERIOD} ORDER BY legal_entity, starts_on`);

export const insertPeriods = (tx: Tx, periods: PeriodRow[]): Promise<void> =>
  insertRows(
    tx,
    "accounting_period",
    periods.map(({ legalEntity, code, startsOn, endsBefore, status }) => ({
      legal_entity: legalEntity,
      starts_on: startsOn,
      code,
      ends_before: endsBefore,
      status,
    })),
    ["legal_entity", "starts_on", "code", "ends_before", "status"],
  );

/** Sets the status of a period that this transaction has locked, and notes who did it and why; gives back the step. */
export async function movePeriod(tx: Tx, period: PeriodRow, to: PeriodStatus, by: string, reason?: string): Promise<string> {
  const step = newId();
  const { legalEntity, startsOn, status, code } = period;
  const { affectedRows } = await tx.execute(
    "UPDATE accounting_period SET status = ? WHERE legal_entity = ? AND starts_on = ? AND status = ?",
    [to, legalEntity, startsOn, status],
  );
  if (affectedRows !== 1) throw new Error(`period ${legalEntity} ${code} is not ${status}`);
  await tx.execute("INSERT INTO period_step (legal_entity, period, id, status, actor, at, reason) VALUES (?, ?, ?, ?, ?, NOW(6), ?)", [
    legalEntity,
    code,
    step,
    to,
    by,
    reason ?? null,
  ]);
  return step;
}

/** Primary key range. */
export async function lastStep(reader: Reader, { legalEntity, code }: PeriodRow): Promise<string | undefined> {
  const sql = "SELECT id FROM period_step WHERE legal_entity = ? AND period = ? ORDER BY at DESC, id DESC LIMIT 1";
  const [step] = await reader.query<{ id: string }>(sql, [legalEntity, code]);
  return step?.id;
}

/** Primary key ranges. */
export const readPeriodSteps = (reader: Reader, keys: { legalEntity: string; code: string }[]): Promise<PeriodStepRow[]> =>
  reader.query(
    `SELECT legal_entity AS legalEntity, period, status, actor AS \`by\`, at, reason FROM period_step
     WHERE ${keys.map(() => "(legal_entity = ? AND period = ?)").join(" OR ")} ORDER BY legal_entity, period, at, id`,
    keys.flatMap(({ legalEntity, code }) => [legalEntity, code]),
  );
