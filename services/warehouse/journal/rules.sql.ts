import type { Reader } from "../../../shared/db/database";
import { lockRows } from "../../../shared/db/lock-order";
import { writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import type { MovementType } from "../enums";
import type { Day } from "./calendar";

export interface RuleRow {
  type: MovementType;
  reasonCode: string;
  validFrom: Day;
  debit: string;
  credit: string;
}

const RULE = "type, reason_code AS reasonCode, DATE_FORMAT(valid_from, '%Y-%m-%d') AS validFrom, debit, credit FROM posting_rule";

export const listRules = (reader: Reader): Promise<RuleRow[]> => reader.query(`SELECT ${RULE} ORDER BY type, reason_code, valid_from`);

/** All of a type, the earliest first. Primary key range; two who save rules of one type wait for each other. */
export const lockRules = (tx: Tx, type: MovementType): Promise<RuleRow[]> =>
  lockRows(tx, "configuration", `SELECT ${RULE} WHERE type = ? ORDER BY type, reason_code, valid_from FOR UPDATE`, [type]);

export async function rulesWith(reader: Reader, account: string): Promise<boolean> {
  return (await reader.query("SELECT type FROM posting_rule WHERE ? IN (debit, credit) LIMIT 1", [account])).length > 0;
}

/** The day by which rules hold: the database's, in UTC. */
export async function today(reader: Reader): Promise<Day> {
  const [{ day }] = await reader.query<{ day: Day }>("SELECT DATE_FORMAT(CURRENT_DATE, '%Y-%m-%d') AS day");
  return day;
}

export const saveRuleRow = (tx: Tx, { type, reasonCode, validFrom, debit, credit }: RuleRow): Promise<void> =>
  writeHeaders(
    tx,
    "posting_rule",
    [{ type, reason_code: reasonCode, valid_from: validFrom, debit, credit }],
    ["type", "reason_code", "valid_from", "debit", "credit"],
    ["debit", "credit"],
  );
