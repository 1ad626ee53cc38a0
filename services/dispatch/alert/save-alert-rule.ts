import type { Tx } from "../../../shared/db/transaction";
import { Refusal } from "../../../shared/refusal";
import { databaseNow } from "../feed/clock.sql";
import { AlertKind } from "./alert";
import { hasLimit, LOT_HORIZON_DAYS, WATCHED_STATES, type AlertRule } from "./alert-rule";
import { readAlertRules, saveRule } from "./alert-rule.sql";
import type { SaveAlertRuleInput } from "./alert-rule.types";
import { endAlertsOfKind } from "./alert.sql";

const LONGEST_SECONDS = 10 * 365 * 86_400;

/** Saves when alerts of a kind are raised. A kind that is switched off has no unresolved alerts. */
export async function saveAlertRule(tx: Tx, input: SaveAlertRuleInput): Promise<AlertRule> {
  const state = input.state ?? "";
  checkState(input.kind, input.state);
  const before = (await readAlertRules(tx)).of(input.kind, state);
  const rule: AlertRule = {
    kind: input.kind,
    state,
    enabled: input.enabled ?? before.enabled,
    limitSeconds: input.limitSeconds == null ? before.limitSeconds : checkLimit(input.kind, input.limitSeconds),
  };
  await saveRule(tx, rule);
  if (!rule.enabled && state === "") await endAlertsOfKind(tx, rule.kind, await databaseNow(tx));
  return rule;
}

function checkState(kind: AlertKind, state: string | null | undefined): void {
  const field = ["input", "state"];
  if (state == null) return;
  if (kind !== AlertKind.PROCESS_STUCK) throw new Refusal("INVALID_INPUT", "only PROCESS_STUCK has limits by state", { field });
  if (!WATCHED_STATES.includes(state))
    throw new Refusal("INVALID_INPUT", "must be a flow and a state of it that is not final, such as order:PICKING", { field });
}

function checkLimit(kind: AlertKind, limitSeconds: number): number {
  const refuse = (message: string) => new Refusal("INVALID_INPUT", message, { field: ["input", "limitSeconds"] });
  if (!hasLimit(kind)) throw refuse(`${kind} has no limit of time`);
  if (limitSeconds < 1 || limitSeconds > LONGEST_SECONDS) throw refuse("must be a second to ten years");
  if (kind === AlertKind.EXPIRING_LOT && limitSeconds > LOT_HORIZON_DAYS * 86_400)
    throw refuse(`must be at most ${LOT_HORIZON_DAYS} days: earlier the warehouse does not tell of a lot`);
  return limitSeconds;
}
