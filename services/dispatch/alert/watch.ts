import type { LayerDatabase, Reader } from "../../../shared/db/database";
import { Lease } from "../../../shared/db/lease";
import { inTransaction, type Tx } from "../../../shared/db/transaction";
import { databaseNow } from "../feed/clock.sql";
import { AlertKind, AlertSeverity, newAlert, type AlertRow } from "./alert";
import { WATCHED_STATES, type AlertRules } from "./alert-rule";
import { readAlertRules } from "./alert-rule.sql";
import { endAlerts, raiseAlerts } from "./alert.sql";
import {
  agedBackorders,
  endedBackorders,
  endedDeliveries,
  endedLots,
  endedShortPicks,
  endedStuck,
  expiringLots,
  endedTransfers,
  overdueDeliveries,
  overdueTransfers,
  stuckInstances,
  type Due,
} from "./watch.sql";

const ROUND_MS = 10_000;
/** Of one kind in one transaction; what is beyond comes in the next. */
const MOST_ALERTS = 500;

/** Looks for what only time brings about, one process at a time: nothing in the flow waits for it. */
export class AlertWatch {
  private readonly lease: Lease;

  constructor(private readonly db: LayerDatabase) {
    this.lease = new Lease(db, "alert-watch");
  }

  start(): void {
    this.lease.rounds(ROUND_MS, () => watchAlerts(this.db, (tx) => this.lease.fence(tx)));
  }

  stop = (): Promise<void> => this.lease.stop();
}

/** What holds for some things and does not for others any more; each looks only for what the alerts do not say yet. */
interface Condition {
  kind: AlertKind;
  severity: AlertSeverity;
  due(reader: Reader, rules: AlertRules): Promise<(Due & { message: string })[]>;
  ended(reader: Reader, rules: AlertRules): Promise<string[]>;
}

const day = (at: Date): string => at.toISOString().slice(0, 10);
const minute = (at: Date): string => `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;

type Find<Found> = (reader: Reader, seconds: number, limit: number) => Promise<Found>;

/** A condition with one limit. */
function timed(kind: AlertKind, severity: AlertSeverity, due: Find<Due[]>, ended: Find<string[]>, say: (one: Due) => string): Condition {
  const find = async <Found>(reader: Reader, rules: AlertRules, look: Find<Found[]>): Promise<Found[]> => {
    const seconds = rules.limitOf(kind);
    return seconds === undefined ? [] : look(reader, seconds, MOST_ALERTS);
  };
  return {
    kind,
    severity,
    due: async (reader, rules) => (await find(reader, rules, due)).map((one) => ({ ...one, message: say(one) })),
    ended: (reader, rules) => find(reader, rules, ended),
  };
}

function limitsOf(rules: AlertRules): { definition: string; state: string; seconds: number }[] {
  return WATCHED_STATES.flatMap((name) => {
    const [definition, state] = name.split(":");
    const seconds = rules.limitOf(AlertKind.PROCESS_STUCK, name);
    return seconds === undefined ? [] : [{ definition, state, seconds }];
  });
}

const STUCK: Condition = {
  kind: AlertKind.PROCESS_STUCK,
  severity: AlertSeverity.WARNING,
  async due(reader, rules) {
    const limits = limitsOf(rules);
    const found = limits.length === 0 ? [] : await stuckInstances(reader, limits, MOST_ALERTS);
    return found.map((one) => ({ ...one, message: `${one.definition} ${one.orderRef} has been ${one.state} since ${minute(one.at)}` }));
  },
  async ended(reader, rules) {
    const limits = limitsOf(rules);
    return limits.length === 0 ? [] : endedStuck(reader, limits, MOST_ALERTS);
  },
};

/** Raised by the decision itself. */
const SHORT: Condition = {
  kind: AlertKind.SHORT_PICK,
  severity: AlertSeverity.WARNING,
  due: () => Promise.resolve([]),
  ended: (reader) => endedShortPicks(reader, MOST_ALERTS),
};

const { WARNING } = AlertSeverity;
const CONDITIONS: readonly Condition[] = [
  timed(
    AlertKind.BACKORDER_AGING,
    WARNING,
    agedBackorders,
    endedBackorders,
    ({ orderRef, units, at }) => `${units} units of order ${orderRef} have waited for stock since ${minute(at)}`,
  ),
  timed(
    AlertKind.DELIVERY_OVERDUE,
    WARNING,
    overdueDeliveries,
    endedDeliveries,
    ({ orderRef, place, at, subject }) =>
      `Shipment ${subject} of order ${orderRef} left ${place} at ${minute(at)}, and nobody has told that it arrived`,
  ),
  timed(
    AlertKind.TRANSFER_OVERDUE,
    WARNING,
    overdueTransfers,
    endedTransfers,
    ({ orderRef: to, place, at, subject }) => `Transfer ${subject} from ${place} to ${to} was expected by ${minute(at)}`,
  ),
  timed(
    AlertKind.EXPIRING_LOT,
    WARNING,
    expiringLots,
    endedLots,
    ({ subject, at }) => `Lot ${subject} has stock and expires on ${day(at)}`,
  ),
  STUCK,
  SHORT,
];

/** One round: raises what is due and ends what does not hold any more, a transaction a condition; answers whether there is more. */
export async function watchAlerts(db: LayerDatabase, fence: (tx: Tx) => Promise<void>): Promise<boolean> {
  let more = false;
  for (const condition of CONDITIONS) {
    const rules = await readAlertRules(db);
    const [due, ended] = [await condition.due(db, rules), await condition.ended(db, rules)];
    more ||= due.length >= MOST_ALERTS || ended.length >= MOST_ALERTS;
    if (due.length + ended.length === 0) continue;
    await inTransaction(db, async (tx) => {
      await fence(tx);
      const at = await databaseNow(tx);
      await endAlerts(tx, condition.kind, ended, at);
      await raiseAlerts(
        tx,
        due.map(({ subject, message }): AlertRow => newAlert(condition.kind, condition.severity, subject, message, at)),
      );
    });
  }
  return more;
}
