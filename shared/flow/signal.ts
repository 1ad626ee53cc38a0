import type { LayerDatabase } from "../db/database";

/**
 * "outbox": events were committed. "feed": they got positions. "applied": a consumer has moved on. "noted" and "notices": the
 * same of what clients are told. In this process only.
 */
export type Signal = "outbox" | "feed" | "applied" | "noted" | "notices";

export interface Listening {
  /** True at the signal, false after the time without one or once nobody listens any more. */
  came: Promise<boolean>;
  /** Who finds what he looked for does not wait: without this each look at a busy feed left a listener behind for its whole time. */
  stop(): void;
}

/** Listens from now on, before looking, so that what comes while one looks is not missed. */
export function listen(db: LayerDatabase, signal: Signal, ms: number): Listening {
  let done: (came: boolean) => void = () => undefined;
  const came = new Promise<boolean>((resolve) => {
    done = (heard) => {
      clearTimeout(timer);
      db.signals.off(signal, onSignal);
      resolve(heard);
    };
    const onSignal = () => done(true);
    const timer = setTimeout(() => done(false), ms);
    db.signals.once(signal, onSignal);
  });
  return { came, stop: () => done(false) };
}

/** True at the signal, false after `ms` without one. */
export const signalled = (db: LayerDatabase, signal: Signal, ms: number): Promise<boolean> => listen(db, signal, ms).came;
