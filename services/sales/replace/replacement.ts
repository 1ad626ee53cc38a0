import type { Tx } from "../../../shared/db/transaction";
import type { ReplacementDecided } from "../../../shared/flow/messages";
import { tell } from "../../../shared/flow/outbox";
import { readReplacements, type ReplacementRow } from "./replacement.sql";

/** After the row was moved, which locks it: its version is the event's. */
export async function tellDecided(
  tx: Tx,
  { return_id: returnId, order_ref: orderRef, client, merchant }: ReplacementRow,
  outcome: ReplacementDecided["outcome"],
): Promise<void> {
  const [{ version }] = await readReplacements(tx, [returnId]);
  const aggregates = { [`replacement:${returnId}`]: version };
  await tell(tx, [{ type: "ReplacementDecided", returnId, orderRef, outcome, client, merchant, aggregates }]);
}
