import { isFinal } from "../process/flow";
import { FLOWS } from "../process/flows";
import { AlertKind } from "./alert";

/** When alerts of a kind are raised: at all, and after how long. */
export interface AlertRule {
  kind: AlertKind;
  /** A state of a flow, as `order:PICKING`, for PROCESS_STUCK alone; empty: the whole kind. */
  state: string;
  enabled: boolean;
  /** Null where the kind knows no limit of time: its limit lies with the thing (a listing's threshold, a count's tolerance). */
  limitSeconds: number | null;
}

const HOUR = 3_600;
const DAY = 24 * HOUR;

/** Lots are told of so long before they expire; a longer limit would not be kept. */
export const LOT_HORIZON_DAYS = 90;

const LIMITS: Partial<Record<AlertKind, number>> = {
  [AlertKind.BACKORDER_AGING]: 3 * DAY,
  [AlertKind.PROCESS_STUCK]: 3 * DAY,
  [AlertKind.EXPIRING_LOT]: 14 * DAY,
  [AlertKind.DELIVERY_OVERDUE]: 7 * DAY,
  [AlertKind.TRANSFER_OVERDUE]: HOUR,
};

export const hasLimit = (kind: AlertKind): boolean => LIMITS[kind] !== undefined;

const stuck = (state: string, limitSeconds: number, enabled = true): AlertRule => ({
  kind: AlertKind.PROCESS_STUCK,
  state,
  enabled,
  limitSeconds,
});

/** What counts until something else is saved. A state without a rule of its own has the kind's. */
const DEFAULTS: readonly AlertRule[] = [
  ...Object.values(AlertKind).map((kind) => ({ kind, state: "", enabled: true, limitSeconds: LIMITS[kind] ?? null })),
  stuck("order:ALLOCATED", DAY),
  stuck("order:PICKING", DAY),
  stuck("order:PICKED", DAY),
  stuck("order:PACKED", DAY),
  stuck("order:CANCELLING", 4 * HOUR),
  // An alert of another kind says it.
  stuck("order:BACKORDERED", 3 * DAY, false),
  stuck("order:PARTIALLY_ALLOCATED", 3 * DAY, false),
  stuck("order:SHIPPED", 7 * DAY, false),
];

/** The states of all flows in which something may get stuck. */
export const WATCHED_STATES: readonly string[] = FLOWS.flatMap((flow) =>
  flow.states.filter(({ name }) => !isFinal(flow, name)).map(({ name }) => `${flow.name}:${name}`),
);

const keyOf = ({ kind, state }: Pick<AlertRule, "kind" | "state">): string => `${kind} ${state}`;

/** The rules that count: the defaults, and what is saved instead of them. */
export class AlertRules {
  private readonly rules: Map<string, AlertRule>;

  constructor(saved: AlertRule[]) {
    this.rules = new Map([...DEFAULTS, ...saved].map((rule) => [keyOf(rule), rule]));
  }

  all = (): AlertRule[] => [...this.rules.values()];

  of = (kind: AlertKind, state = ""): AlertRule => this.rules.get(keyOf({ kind, state })) ?? this.rules.get(keyOf({ kind, state: "" }))!;

  /** After how many seconds; undefined: never. A kind that is off is off in every state. */
  limitOf(kind: AlertKind, state = ""): number | undefined {
    const rule = this.of(kind, state);
    return this.of(kind).enabled && rule.enabled ? (rule.limitSeconds ?? undefined) : undefined;
  }
}
