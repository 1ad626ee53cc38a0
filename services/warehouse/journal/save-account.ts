import type { Tx } from "../../../shared/db/transaction";
import { Refusal } from "../../../shared/refusal";
import { checkKey, checkText } from "../../../shared/units/check";
import { hasPostings, lockAccount, saveAccountRow } from "./accounts.sql";
import type { SaveAccountInput } from "./rules.types";
import { rulesWith } from "./rules.sql";

/** What was posted on an account keeps its meaning, and so does what a rule may post there at any moment. */
export async function saveAccount(tx: Tx, { code, name, kind }: SaveAccountInput): Promise<string> {
  checkKey(code, ["input", "code"]);
  if (checkText(name, ["input", "name"], 200).trim() === "")
    throw new Refusal("INVALID_INPUT", "must not be empty", { field: ["input", "name"] });
  const [known] = await lockAccount(tx, code);
  if (known && known.kind !== kind && (known.inventory || (await hasPostings(tx, code)) || (await rulesWith(tx, code))))
    throw new Refusal("INVALID_STATE", `Account ${code} is ${known.kind} and in use; that cannot change.`, { field: ["input", "kind"] });
  await saveAccountRow(tx, { code, name, kind });
  return code;
}
