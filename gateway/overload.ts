import type { ServerResponse } from "node:http";
import { sendJson } from "./http";
import { countShed } from "./metrics";

/** How late a process may be with its work before further requests are turned away. */
const MOST_LATE_MS = 250;
/** With fewer under way nobody is turned away: one long piece of work makes a process late too, and is over when it is over. */
const FEW = 500;
const TICK_MS = 10;
const LEAST_RETRY_MS = 250;

/**
 * How far behind this process is: the time since its timers ran last. Each turn of the event loop runs them first and then
 * works off everything that has arrived, so in a turn that has taken 250 ms what comes next is refused instead of worked, and
 * the turn after begins with what was let in. Requests that only wait (for a lock, a replica, a feed) make nobody late.
 */
export class LatenessGauge {
  private tickedAt: number;

  constructor(private readonly now: () => number = () => performance.now()) {
    this.tickedAt = now();
    setInterval(() => (this.tickedAt = this.now()), TICK_MS).unref();
  }

  isTooHigh(underWay: number): boolean {
    return underWay > FEW && this.now() - this.tickedAt > MOST_LATE_MS + TICK_MS;
  }
}

/** Before the body is read or the key is looked at: under overload it is the refusals that have to be cheap. */
export function refuseForLoad(res: ServerResponse): void {
  countShed();
  // By chance, so that they do not all come back at once.
  const retryAfterMs = Math.ceil(LEAST_RETRY_MS * (1 + 3 * Math.random()));
  const extensions = { code: "OVERLOADED", retryAfterMs };
  const errors = [{ message: "Too many requests are waiting. Ask again, a mutation with the same key.", extensions }];
  sendJson(res, 503, { errors }, { "retry-after": String(Math.ceil(retryAfterMs / 1_000)) });
}
