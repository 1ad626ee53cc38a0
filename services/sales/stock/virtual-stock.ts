/** One item in one pool: what is locked, and what a ledger line belongs to. */
export interface StockKey {
  pool: string;
  sku: string;
}

export const FIGURES = ["on_hand", "held", "committed", "frozen", "safety", "fenced", "incoming"] as const;
export type Figure = (typeof FIGURES)[number];
export type Figures = Record<Figure, number>;

export interface StockHeader extends Figures, Record<string, unknown> {
  pool_code: string;
  sku: string;
  version: number;
}

export enum Cause {
  HOLD = "HOLD",
  CONFIRM = "CONFIRM",
  RELEASE = "RELEASE",
  EXPIRE = "EXPIRE",
  FULFILL = "FULFILL",
  SUPPLY = "SUPPLY",
  OUTBOUND = "OUTBOUND",
  INCOMING = "INCOMING",
  FREEZE = "FREEZE",
  UNFREEZE = "UNFREEZE",
  SAFETY = "SAFETY",
  FENCE = "FENCE",
  UNFENCE = "UNFENCE",
  RETURN = "RETURN",
  RECONCILE = "RECONCILE",
}

export interface StockEntry {
  pool_code: string;
  sku: string;
  seq: number;
  at: Date;
  cause: Cause;
  reference: string;
  on_hand_delta: number;
  held_delta: number;
  committed_delta: number;
  frozen_delta: number;
  safety_delta: number;
  fenced_delta: number;
  incoming_delta: number;
  available_after: number;
  /** How far below zero this line might take what is available: not above 0. */
  permitted: number;
}

/** Whether a promise took more than it might: a new hold, or a commitment that took expired units again. */
export const isOversold = (entry: StockEntry): boolean =>
  entry.available_after < entry.permitted &&
  entry.fenced_delta === 0 &&
  (entry.cause === Cause.HOLD || (entry.cause === Cause.CONFIRM && entry.held_delta === 0));

/** Units that may still be promised. Negative when a physical fact took promised goods. */
export const availableOf = (h: Figures): number => h.on_hand - h.held - h.committed - h.frozen - h.safety - h.fenced;

export const emptyHeader = ({ pool, sku }: StockKey): StockHeader => ({
  pool_code: pool,
  sku,
  version: 0,
  on_hand: 0,
  held: 0,
  committed: 0,
  frozen: 0,
  safety: 0,
  fenced: 0,
  incoming: 0,
});

// A key holds no control characters (checkKey), so this cannot collide.
export const keyText = ({ pool, sku }: StockKey): string => `${pool}\u0001${sku}`;
