import type { Caller } from "../../../shared/identity/caller";
import { Fault, Refusal } from "../../../shared/refusal";
import { checkCount, checkKey, checkText, checkUnits } from "../../../shared/units/check";
import type { MovementLineInput, PostMovementInput } from "./movement.inputs";
import { ruleOf, type MovementRule } from "./movement-rules";

const MOST_LINES = 1_000;
export const lineField = (i: number): string[] => ["input", "lines", String(i)];

/** What can be said of a movement by hand without looking at any stock. */
export function checkMovement(caller: Caller, input: PostMovementInput): void {
  const { type, lines, document } = input;
  const rule = ruleOf(type);
  if (type === "COST_ADJUSTMENT" && !caller.scopes.has("finance:write"))
    throw new Fault("FORBIDDEN", "COST_ADJUSTMENT needs finance:write");
  if (type === "TRANSFER_LOSS") throw invalid("is booked by the transfer's own receipt, not by hand", ["input", "type"]);
  checkKey(input.warehouse, ["input", "warehouse"]);
  checkCount(lines, ["input", "lines"], MOST_LINES);
  for (const name of ["reasonCode", "supplier", "orderRef"] as const) if (input[name] != null) checkKey(input[name], ["input", name]);
  if (input.reason != null) checkText(input.reason, ["input", "reason"]);
  if (document)
    for (const part of ["type", "number", "line"] as const)
      if (document[part] != null) checkKey(document[part], ["input", "document", part]);
  for (const name of ["account", "ofMovement", "supplier"] as const)
    if (input[name] != null && !rule.takes.includes(name)) throw invalid(`${type} takes no ${name}`, ["input", name]);
  for (const name of ["document", "supplier"] as const)
    if (rule.needs?.includes(name) && input[name] == null) throw invalid(`${type} needs it`, ["input", name]);
  lines.forEach((line, i) => (type === "COST_ADJUSTMENT" ? checkAdjustment(line, lineField(i)) : checkLine(rule, line, lineField(i))));
}

function checkLine(rule: MovementRule, line: MovementLineInput, field: string[]): void {
  checkKey(line.sku, [...field, "sku"]);
  checkUnits(line.quantity, [...field, "quantity"]);
  for (const name of ["unitCost", "toLocation", "toStatus", "pledge", "amount"] as const)
    if (line[name] != null && !rule.takes.includes(name)) throw invalid("does not belong to this type", [...field, name]);
  for (const name of ["toLocation", "toStatus"] as const)
    if (rule.needs?.includes(name) && line[name] == null) throw invalid("this type needs it", [...field, name]);
  for (const name of ["location", "toLocation", "lot", "pledge"] as const) if (line[name] != null) checkKey(line[name], [...field, name]);
  line.serials?.forEach((serial, i) => checkKey(serial, [...field, "serials", String(i)]));
  if (line.lotExpiresOn != null && (rule.sign <= 0 || line.lot == null))
    throw invalid("belongs to a lot that comes in", [...field, "lotExpiresOn"]);
  checkStatus(rule, line, field);
  if (line.unitCost?.isNegative()) throw invalid("must not be negative", [...field, "unitCost"]);
}

/** PLEDGED is set and released by STATUS_CHANGE with its pledge, EXPIRED by the calendar. */
function checkStatus(rule: MovementRule, { status, toStatus, pledge }: MovementLineInput, field: string[]): void {
  const changes = rule.needs?.includes("toStatus");
  if (status === "PLEDGED" && !changes)
    throw invalid("PLEDGED units leave by their pledge's release only: STATUS_CHANGE", [...field, "status"]);
  if (status === "EXPIRED" && rule.sign > 0) throw invalid("EXPIRED is not set by hand", [...field, "status"]);
  if (toStatus === "EXPIRED") throw invalid("EXPIRED is not set by hand", [...field, "toStatus"]);
  if (!changes) return;
  if ((status ?? "AVAILABLE") === toStatus) throw invalid("is the status that the units have", [...field, "toStatus"]);
  const pledged = [status, toStatus].includes("PLEDGED");
  if (pledged && pledge == null) throw invalid("PLEDGED needs its pledge", [...field, "pledge"]);
  if (!pledged && pledge != null) throw invalid("belongs to PLEDGED", [...field, "pledge"]);
}

function checkAdjustment(line: MovementLineInput, field: string[]): void {
  checkKey(line.sku, [...field, "sku"]);
  if (line.quantity !== 0) throw invalid("must be 0: a COST_ADJUSTMENT moves no units", [...field, "quantity"]);
  for (const name of ["unit", "toLocation", "toStatus", "status", "pledge", "lot", "lotExpiresOn", "serials"] as const)
    if (line[name] != null) throw invalid("does not belong to this type", [...field, name]);
  if ((line.amount == null) === (line.unitCost == null))
    throw invalid("either amount or unitCost (a new standard cost) is needed", [...field, "amount"]);
  if (line.amount?.isZero()) throw invalid("must not be zero", [...field, "amount"]);
  if (line.unitCost?.isNegative()) throw invalid("must not be negative", [...field, "unitCost"]);
}

export const invalid = (message: string, field: string[]) => new Refusal("INVALID_INPUT", message, { field });
