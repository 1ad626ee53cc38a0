import { circuitBreaker, CircuitState, ConsecutiveBreaker, handleWhen } from "cockatiel";
import { Fault } from "../refusal";

/** A write fails only after its retries, so two in a row are no accident. */
const FAILURES_TO_OPEN = 2;
const TRY_AGAIN_MS = 1_000;

const isUnreachable = (error: Error): boolean => error instanceof Fault && error.faultCode === "UNAVAILABLE";

/**
 * Stands before the writes of a database that cannot be reached: callers hear so at once instead of after all the retries,
 * and after a second one write tries again while the others are still turned away. Reads do not pass here.
 */
export class WriteBreaker {
  private readonly policy = circuitBreaker(handleWhen(isUnreachable), {
    halfOpenAfter: TRY_AGAIN_MS,
    breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN),
  });
  private triesAgainAt = 0;

  constructor() {
    this.policy.onBreak(() => (this.triesAgainAt = Date.now() + TRY_AGAIN_MS));
  }

  get isClosed(): boolean {
    return this.policy.state === CircuitState.Closed;
  }

  /** What a caller is told at once; undefined when its write may be tried. */
  refusal(): Fault | undefined {
    const waitMs = this.triesAgainAt - Date.now();
    if (this.isClosed || (this.policy.state === CircuitState.Open && waitMs <= 0)) return undefined;
    return new Fault("UNAVAILABLE", "The database cannot be reached; nothing was changed. Ask again with the same key.", {
      retryAfterMs: waitMs > 0 ? waitMs : TRY_AGAIN_MS,
    });
  }

  async run<T>(write: () => Promise<T>): Promise<T> {
    const refusal = this.refusal();
    if (refusal) throw refusal;
    return this.policy.execute(write);
  }
}
