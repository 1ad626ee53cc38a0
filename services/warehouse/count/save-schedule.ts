import { earlierEffect, keyedCall, rememberEffect } from "../../../shared/db/idempotency";
import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { isId, newId } from "../../../shared/ids";
import { Refusal } from "../../../shared/refusal";
import { checkKey, checkUnits } from "../../../shared/units/check";
import { databaseNow } from "../each.sql";
import { invalid } from "../ledger/check-movement";
import { checkLocations, checkTolerance, checkWarehouse } from "./create-count";
import { lockSchedule, saveScheduleRow, type ScheduleRow } from "./schedule.sql";
import type { SaveCountScheduleInput } from "./schedule.types";
import { maySeeCount } from "./stock-count";

const MOST_DAYS = 3_660;

export async function saveSchedule(tx: Tx, caller: Caller, input: SaveCountScheduleInput): Promise<string> {
  const call = keyedCall(caller.client, "saveCountSchedule", input);
  const { warehouse, everyDays, abcClass = null, locations = null, nextAt } = input;
  const [blind, active] = [input.blind ?? true, input.active ?? true];
  checkKey(warehouse, ["input", "warehouse"]);
  if (checkUnits(everyDays, ["input", "everyDays"]) > MOST_DAYS) throw invalid(`must be at most ${MOST_DAYS}`, ["input", "everyDays"]);
  if (abcClass === null && locations === null) throw invalid("abcClass or locations are needed", ["input", "abcClass"]);
  const tolerance = checkTolerance(input);
  const old = input.id == null ? undefined : await existing(tx, caller, input.id);
  const before = await earlierEffect(tx, call);
  if (before) return before;
  await checkWarehouse(tx, warehouse);
  if (old && old.warehouseCode !== warehouse)
    throw new Refusal("INVALID_STATE", `It is a schedule of ${old.warehouseCode}.`, { field: ["input", "warehouse"] });
  if (locations) await checkLocations(tx, warehouse, locations);
  const row: ScheduleRow = {
    id: old?.id ?? newId(),
    warehouseCode: warehouse,
    merchant: old?.merchant ?? caller.merchant ?? "",
    ...{ everyDays, abcClass, locations, blind, active, ...tolerance },
    nextAt: nextAt ?? old?.nextAt ?? (await databaseNow(tx)),
    lastCountId: old?.lastCountId ?? null,
    savedBy: caller.client,
  };
  await saveScheduleRow(tx, row);
  await rememberEffect(tx, call, row.id);
  return row.id;
}

async function existing(tx: Tx, caller: Caller, id: string): Promise<ScheduleRow> {
  const row = isId(id) ? await lockSchedule(tx, id) : undefined;
  if (row && maySeeCount(caller, row)) return row;
  throw new Refusal("NOT_FOUND", "No such schedule.", { field: ["input", "id"] });
}
