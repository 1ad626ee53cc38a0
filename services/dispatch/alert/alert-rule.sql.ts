import type { Reader } from "../../../shared/db/database";
import { writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import { AlertRules, type AlertRule } from "./alert-rule";

/** At most one row a kind and one a state of a flow. */
export async function readAlertRules(reader: Reader): Promise<AlertRules> {
  const rows = await reader.query<Omit<AlertRule, "enabled"> & { enabled: number }>(
    "SELECT kind, state, enabled, limit_seconds AS limitSeconds FROM alert_rule",
  );
  return new AlertRules(rows.map((row) => ({ ...row, enabled: row.enabled === 1 })));
}

export const saveRule = (tx: Tx, { kind, state, enabled, limitSeconds }: AlertRule): Promise<void> =>
  writeHeaders(
    tx,
    "alert_rule",
    [{ kind, state, enabled: enabled ? 1 : 0, limit_seconds: limitSeconds }],
    ["kind", "state", "enabled", "limit_seconds"],
    ["enabled", "limit_seconds"],
  );
