import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { invalid } from "../ledger/check-movement";
import type { CountActionInput } from "./count.inputs";
import { step } from "./stock-count";

/** Closes a count without its approval. What was posted of it stays: only another count undoes it. */
export async function cancelCount(tx: Tx, caller: Caller, input: CountActionInput): Promise<string> {
  if (input.lines != null) throw invalid("a count is cancelled whole", ["input", "lines"]);
  return step(tx, caller, input, { mutation: "cancelCount", action: "CANCEL", from: ["OPEN", "COUNTED", "RECOUNT"] }, async (count) => {
    count.status = "CANCELLED";
    return 0;
  });
}
