import type { Tx } from "../../../shared/db/transaction";
import { Refusal } from "../../../shared/refusal";
import { checkKey } from "../../../shared/units/check";
import { readAccounts, type AccountRow } from "./accounts.sql";
import { VARIANCE } from "./book";
import type { SavePostingRuleInput } from "./rules.types";
import { lockRules, saveRuleRow, today, type RuleRow } from "./rules.sql";

/** A rule holds for what is posted on its first day or later, whenever that happened; what was posted stays as it is. */
export async function savePostingRule(tx: Tx, input: SavePostingRuleInput): Promise<RuleRow> {
  const { type, debit, credit, validFrom } = input;
  const reasonCode = input.reasonCode == null ? "" : checkKey(input.reasonCode, ["input", "reasonCode"]);
  for (const side of ["debit", "credit"] as const) checkKey(input[side], ["input", side]);
  const rules = await lockRules(tx, type);
  const rule: RuleRow = { type, reasonCode, validFrom, debit, credit };
  const model = rules.find((one) => one.reasonCode === reasonCode && reasonCode !== VARIANCE) ?? rules.find((one) => one.reasonCode === "");
  if (!model) throw invalid(`${type} moves no value`, "type");
  const accounts = await readAccounts(tx, [debit, credit, model.debit, model.credit]);
  checkSides(rule, model, new Map(accounts.map((account) => [account.code, account])));
  const known = rules.find((one) => one.reasonCode === reasonCode && one.validFrom === validFrom);
  if (known && known.debit === debit && known.credit === credit) return rule;
  const now = await today(tx);
  if (validFrom < now) throw invalid(`must be ${now} or later: what was posted stays as it is`, "validFrom");
  if (known && validFrom === now)
    throw new Refusal("INVALID_STATE", `A rule of ${type} holds since today; it can be changed from tomorrow on.`, {
      field: ["input", "validFrom"],
    });
  await saveRuleRow(tx, rule);
  return rule;
}

/** Stock's own side stays what it is, or value would leave the inventory accounts; the other is none of them. */
function checkSides(rule: RuleRow, model: RuleRow, accounts: Map<string, AccountRow>): void {
  for (const side of ["debit", "credit"] as const)
    if (!accounts.has(rule[side])) throw new Refusal("NOT_FOUND", `No account ${rule[side]}.`, { field: ["input", side] });
  const own = accounts.get(model.debit)!.inventory ? "debit" : "credit";
  const other = own === "debit" ? "credit" : "debit";
  if (rule.reasonCode === VARIANCE) {
    if (rule.debit !== rule.credit) throw invalid("differences go to one account: debit and credit must be the same", "credit");
  } else if (rule[own] !== model[own]) throw invalid(`${rule.type} ${own}s ${model[own]}, the account of its stock`, own);
  if (accounts.get(rule[other])!.inventory) throw invalid(`${rule[other]} is an inventory account`, other);
}

const invalid = (message: string, field: string) => new Refusal("INVALID_INPUT", message, { field: ["input", field] });
