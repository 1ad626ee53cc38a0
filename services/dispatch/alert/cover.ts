import type { Tx } from "../../../shared/db/transaction";
import type { CoverChanged, FeedEvent } from "../../../shared/flow/messages";
import { AlertKind, AlertSeverity, newAlert } from "./alert";
import { endAlerts, raiseAlerts } from "./alert.sql";

/** Raised while a warehouse holds more value than is insured there, and resolved when it no longer does; in the order told. */
export async function watchCover(tx: Tx, events: FeedEvent<CoverChanged>[]): Promise<void> {
  for (const { warehouse, covered, value, insured, currency, at } of events) {
    if (covered) await endAlerts(tx, AlertKind.UNINSURED_VALUE, [warehouse], new Date(at));
    else {
      const message = `Stock in ${warehouse} is worth ${value} ${currency}, insured are ${insured}.`;
      await raiseAlerts(tx, [newAlert(AlertKind.UNINSURED_VALUE, AlertSeverity.WARNING, warehouse, message, new Date(at))]);
    }
  }
}
