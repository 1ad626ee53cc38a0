import type { Compared } from "../../../shared/reconcile";
import type { Tx } from "../../../shared/db/transaction";
import type {
  CountVarianceChanged,
  DriftChanged,
  FeedEvent,
  LotExpiryChanged,
  Oversold,
  OversoldEnded,
  StockLevelChanged,
} from "../../../shared/flow/messages";
import { AlertKind, AlertSeverity, newAlert, type AlertRow } from "./alert";
import { endAlerts, raiseAlerts } from "./alert.sql";
import { deleteExpiringLots, saveExpiringLots } from "./heard.sql";

/** Of several events about one thing the last counts. */
const newest = <E>(events: E[], keyOf: (event: E) => string): E[] => [...new Map(events.map((event) => [keyOf(event), event])).values()];

/** Raises and ends what the newest events say, a statement a kind. */
async function settle<E extends FeedEvent>(
  tx: Tx,
  kind: AlertKind,
  events: E[],
  subjectOf: (event: E) => string,
  alertOf: (event: E) => AlertRow | undefined,
): Promise<void> {
  if (events.length === 0) return;
  const told = newest(events, subjectOf).map((event) => ({ event, alert: alertOf(event) }));
  await endAlerts(
    tx,
    kind,
    told.filter(({ alert }) => !alert).map(({ event }) => subjectOf(event)),
    new Date(events[events.length - 1].at),
  );
  await raiseAlerts(
    tx,
    told.flatMap(({ alert }) => alert ?? []),
  );
}

/** A channel has little of an item, or nothing, or enough again. */
export async function hearLevels(tx: Tx, events: FeedEvent<StockLevelChanged>[]): Promise<void> {
  const subjectOf = ({ channel, sku }: StockLevelChanged): string => `${channel} ${sku}`;
  await settle(tx, AlertKind.LOW_STOCK, events, subjectOf, (event) => {
    const message = `${event.available} of ${event.sku} are left in channel ${event.channel}; its threshold is ${event.threshold}`;
    return event.level === "LOW"
      ? newAlert(AlertKind.LOW_STOCK, AlertSeverity.INFO, subjectOf(event), message, new Date(event.at))
      : undefined;
  });
  await settle(tx, AlertKind.STOCKOUT, events, subjectOf, (event) => {
    const message = `Channel ${event.channel} has no ${event.sku} left`;
    return event.level === "OUT"
      ? newAlert(AlertKind.STOCKOUT, AlertSeverity.WARNING, subjectOf(event), message, new Date(event.at))
      : undefined;
  });
}

const NAMED = 5;

/** More is promised of an item than there is, by a fact and not by a sale, or no more. */
export async function hearOversold(tx: Tx, events: FeedEvent<Oversold | OversoldEnded>[]): Promise<void> {
  const subjectOf = ({ pool, sku }: Oversold | OversoldEnded): string => `${pool} ${sku}`;
  await settle(tx, AlertKind.OVERSOLD, events, subjectOf, (event) => {
    if (event.type === "OversoldEnded") return undefined;
    const { pool, sku, units, short, at } = event;
    const orders = short.slice(0, NAMED).map((one) => `${one.orderRef} (${one.units})`);
    const more = short.length > NAMED ? ` and ${short.length - NAMED} more` : "";
    const message = `${units} of ${sku} are promised in pool ${pool} and no longer there. Short, the latest confirmed first: ${orders.join(", ")}${more}`;
    return newAlert(AlertKind.OVERSOLD, AlertSeverity.CRITICAL, subjectOf(event), message, new Date(at));
  });
}

/** Layers do not agree on a figure, or do again. */
export async function settleDrifts(tx: Tx, turned: Pick<Compared, "subject" | "told" | "found">[], at: Date): Promise<void> {
  const ended = turned.filter(({ told, found }) => told === found).map(({ subject }) => subject);
  const begun = turned.filter(({ told, found }) => told !== found);
  await endAlerts(tx, AlertKind.LAYER_DRIFT, ended, at);
  await raiseAlerts(
    tx,
    begun.map(({ subject, told, found }) => {
      const message = `${subject} (told by, compared by, where and what): ${told} was told, ${found} was found`;
      return newAlert(AlertKind.LAYER_DRIFT, AlertSeverity.CRITICAL, subject, message, at);
    }),
  );
}

export async function hearDrifts(tx: Tx, events: FeedEvent<DriftChanged>[]): Promise<void> {
  if (events.length === 0) return;
  const last = newest(events, ({ subject }) => subject);
  await settleDrifts(tx, last, new Date(events[events.length - 1].at));
}

/** Lines of a count wait for somebody's approval. */
export async function hearCounts(tx: Tx, events: FeedEvent<CountVarianceChanged>[]): Promise<void> {
  await settle(
    tx,
    AlertKind.COUNT_VARIANCE,
    events,
    ({ countId }) => countId,
    ({ countId, warehouse, waits, at }) => {
      const message = `Lines of count ${countId} in ${warehouse} differ from the books by more than its tolerance and wait for approval`;
      return waits ? newAlert(AlertKind.COUNT_VARIANCE, AlertSeverity.WARNING, countId, message, new Date(at)) : undefined;
    },
  );
}

/** Which lots have stock and will expire; when somebody should look at one is the watch's. */
export async function hearLots(tx: Tx, events: FeedEvent<LotExpiryChanged>[]): Promise<void> {
  if (events.length === 0) return;
  const told = newest(events, ({ warehouse, sku, lot }) => JSON.stringify([warehouse, sku, lot]));
  await saveExpiringLots(
    tx,
    told.filter(({ there }) => there),
  );
  await deleteExpiringLots(
    tx,
    told.filter(({ there }) => !there),
  );
}
