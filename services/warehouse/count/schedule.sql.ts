import type { Reader } from "../../../shared/db/database";
import { lockRows } from "../../../shared/db/lock-order";
import { writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import { Conditions, fromJson } from "../each.sql";
import type { AbcClass } from "../enums";

export interface ScheduleRow {
  id: string;
  warehouseCode: string;
  merchant: string;
  everyDays: number;
  abcClass: AbcClass | null;
  locations: string[] | null;
  blind: boolean;
  tolerancePercent: number;
  toleranceValue: string | null;
  active: boolean;
  nextAt: Date;
  lastCountId: string | null;
  savedBy: string;
}

const SCHEDULE = `s.id, s.warehouse AS warehouseCode, s.merchant, s.every_days AS everyDays, s.abc_class AS abcClass, s.locations, s.blind,
  s.tolerance_percent AS tolerancePercent, s.tolerance_value AS toleranceValue, s.active, s.next_at AS nextAt, s.last_count_id AS lastCountId, s.saved_by AS savedBy
  FROM count_schedule s`;
/** While its last count is open a schedule opens no other. */
const DUE = `LEFT JOIN stock_count c ON c.id = s.last_count_id
  WHERE s.active = 1 AND s.next_at <= NOW(6) AND (c.id IS NULL OR c.status IN ('APPROVED', 'CANCELLED'))`;

type Stored = Record<string, never>;

const scheduleRow = (row: Stored): ScheduleRow => ({
  ...(row as unknown as ScheduleRow),
  locations: row.locations === null ? null : fromJson(row.locations),
  blind: row.blind === 1,
  active: row.active === 1,
  tolerancePercent: Number(row.tolerancePercent),
});

/** Primary key. */
export const readSchedules = async (reader: Reader, ids: readonly string[]): Promise<ScheduleRow[]> =>
  (await reader.query<Stored>(`SELECT ${SCHEDULE} WHERE s.id IN (?)`, [ids])).map(scheduleRow);

/** A page in the order in which they were made. */
export async function listSchedules(
  reader: Reader,
  { warehouse, merchant, after }: { warehouse?: string; merchant?: string; after?: unknown },
  limit: number,
): Promise<ScheduleRow[]> {
  const wanted = new Conditions().add("s.warehouse = ?", warehouse).add("s.merchant = ?", merchant).add("s.id > ?", after);
  return (await reader.query<Stored>(`SELECT ${SCHEDULE} ${wanted.where} ORDER BY s.id LIMIT ?`, [...wanted.params, limit])).map(
    scheduleRow,
  );
}

export async function lockSchedule(tx: Tx, id: string): Promise<ScheduleRow | undefined> {
  const [row] = await lockRows<Stored>(tx, "configuration", `SELECT ${SCHEDULE} WHERE s.id = ? LIMIT 1 FOR UPDATE`, [id]);
  return row && scheduleRow(row);
}

/** Schedules whose day has come. Index by_due. */
export const dueSchedules = async (reader: Reader, limit: number): Promise<ScheduleRow[]> =>
  (await reader.query<Stored>(`SELECT ${SCHEDULE} ${DUE} ORDER BY s.next_at, s.id LIMIT ?`, [limit])).map(scheduleRow);

/** The next large plan that is not made yet. Index by_plan. */
export async function unplannedCount(reader: Reader): Promise<string | undefined> {
  const [row] = await reader.query<{ id: string }>(
    "SELECT id FROM stock_count WHERE planned = 0 AND status IN ('OPEN', 'RECOUNT') ORDER BY id LIMIT 1",
  );
  return row?.id;
}

const COLUMNS = [
  "every_days",
  "abc_class",
  "locations",
  "blind",
  "tolerance_percent",
  "tolerance_value",
  "active",
  "next_at",
  "last_count_id",
  "saved_by",
] as const;

export const saveScheduleRow = (tx: Tx, row: ScheduleRow): Promise<void> =>
  writeHeaders(
    tx,
    "count_schedule",
    [
      {
        id: row.id,
        warehouse: row.warehouseCode,
        merchant: row.merchant,
        every_days: row.everyDays,
        abc_class: row.abcClass,
        locations: row.locations,
        blind: row.blind ? 1 : 0,
        tolerance_percent: row.tolerancePercent,
        tolerance_value: row.toleranceValue,
        active: row.active ? 1 : 0,
        next_at: row.nextAt,
        last_count_id: row.lastCountId,
        saved_by: row.savedBy,
      },
    ],
    ["id", "warehouse", "merchant", ...COLUMNS],
    [...COLUMNS],
  );
