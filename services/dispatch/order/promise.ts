/** A date that moves by less is no news; moves add up, as what counts is the distance from what was told. */
const LEAST_MOVE_MS = 24 * 3_600_000;

export interface Expectation {
  /** What the order system was told last; null: that it waits, without a date. */
  told_at: Date | null;
  /** What the pass before found. */
  seen_at: Date | null;
}

export interface Promised extends Expectation {
  tells: boolean;
  /** Something is to be remembered. */
  changed: boolean;
}

const isMove = (from: Date | null, to: Date | null): boolean =>
  from === null || to === null ? from !== to : Math.abs(to.getTime() - from.getTime()) >= LEAST_MOVE_MS;

/**
 * Whether an order system is told of a new date: it has moved by a day or more, or a first date has come or the last one gone,
 * and the pass before had found that too. So what only looks like a move between two events of a receipt is never told.
 */
export function decidePromise({ told_at, seen_at }: Expectation, expected: Date | null): Promised {
  if (!isMove(told_at, expected)) return { told_at, seen_at: told_at, tells: false, changed: isMove(seen_at, told_at) };
  if (isMove(seen_at, expected)) return { told_at, seen_at: expected, tells: false, changed: true };
  return { told_at: expected, seen_at: expected, tells: true, changed: true };
}
