import type { Tx } from "../../../shared/db/transaction";
import { Refusal } from "../../../shared/refusal";
import { checkKey } from "../../../shared/units/check";
import { daysBetween, type Days } from "./calendar";
import { openDays } from "./periods-for";
import { lockLegalEntity, readPeriods } from "./periods.sql";

/** A business year of 53 weeks, and some. */
const MOST_DAYS = 400;

/** Opens a period, and calendar months for what then lies between it and its neighbours. The same again changes nothing. */
export async function openPeriod(tx: Tx, legalEntity: string, code: string, days: Days): Promise<void> {
  checkPeriod(code, days);
  const entity = await lockLegalEntity(tx, checkKey(legalEntity, ["legalEntity"]));
  if (!entity) throw new Refusal("NOT_FOUND", `No legal entity ${legalEntity}.`, { field: ["legalEntity"] });
  const known = await readPeriods(tx, legalEntity);
  const same = known.find((period) => period.code === code);
  if (same && same.startsOn === days.startsOn && same.endsBefore === days.endsBefore) return;
  if (same)
    throw new Refusal("CONFLICT", `Period ${code} is there already, from ${same.startsOn} until before ${same.endsBefore}.`, {
      field: ["code"],
    });
  const other = known.find(({ startsOn, endsBefore }) => startsOn < days.endsBefore && days.startsOn < endsBefore);
  if (other)
    throw new Refusal("CONFLICT", `Period ${other.code} has days from ${other.startsOn} until before ${other.endsBefore} already.`, {
      field: ["startsOn"],
    });
  await openDays(tx, legalEntity, known, days, { code, field: ["startsOn"] });
}

function checkPeriod(code: string, { startsOn, endsBefore }: Days): void {
  checkKey(code, ["code"]);
  if (/^\d{4}-\d\d-\d\d$/.test(code) && code !== startsOn) throw invalid("a code that is a day must be the period's first", ["code"]);
  const days = daysBetween(startsOn, endsBefore);
  if (days < 1) throw invalid("must be after startsOn", ["endsBefore"]);
  if (days > MOST_DAYS) throw invalid(`a period has at most ${MOST_DAYS} days`, ["endsBefore"]);
}

const invalid = (message: string, field: string[]) => new Refusal("INVALID_INPUT", message, { field });
