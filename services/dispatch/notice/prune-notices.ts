import type { Tx } from "../../../shared/db/transaction";
import { MOST_PRUNED } from "../../../shared/flow/prune";
import { deleteUpTo, oldUpTo } from "../../../shared/flow/prune.sql";
import { AlertKind } from "../alert/alert";
import { endAlerts } from "../alert/alert.sql";
import { databaseNow } from "../feed/clock.sql";
import { webhookSubject } from "../webhook/webhook";
import { forgetDeadUpTo, takenByWebhooks } from "../webhook/webhook.sql";

/**
 * What clients were told long ago is removed, but nothing that an enabled webhook has still to send. What could not be delivered
 * goes with it: it can be replayed no longer, so its alert ends.
 */
export async function pruneNotices(tx: Tx, days: number): Promise<number> {
  const upTo = await oldUpTo(tx, "notice", { days, upTo: await takenByWebhooks(tx), limit: MOST_PRUNED });
  if (upTo === 0) return 0;
  const rid = await forgetDeadUpTo(tx, upTo);
  await endAlerts(tx, AlertKind.EVENT_FAILED, rid.map(webhookSubject), await databaseNow(tx));
  return deleteUpTo(tx, "notice", upTo);
}
