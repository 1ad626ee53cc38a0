import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { Refusal } from "../../../shared/refusal";
import { chooseLines, checkRefs } from "./choose-lines";
import type { CountActionInput } from "./count.inputs";
import { writeLines } from "./count.sql";
import { step } from "./stock-count";

/** Puts lines back that are counted and not approved: somebody counts them again. What was recorded stays in the history. */
export async function requestRecount(tx: Tx, caller: Caller, input: CountActionInput): Promise<string> {
  checkRefs(input);
  return step(tx, caller, input, { mutation: "requestRecount", action: "RECOUNT", from: ["OPEN", "COUNTED", "RECOUNT"] }, async (count) => {
    const lines = await chooseLines(tx, count, input);
    if (lines.length === 0) {
      throw new Refusal("INVALID_STATE", "No line is counted and waits for approval; what is approved is counted again by another count.", {
        field: ["input", "id"],
      });
    }
    const open = { expected: null, counted: null, variance: null, varianceValue: null, within: null, countedBy: null, seq: null };
    await writeLines(
      tx,
      lines.map(({ line }) => ({ ...line, ...open, lotExpiresOn: null, serials: null, missing: null, found: null })),
    );
    count.openLines += lines.length;
    count.pendingLines -= lines.length;
    count.status = "RECOUNT";
    return lines.length;
  });
}
