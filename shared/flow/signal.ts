import type { LayerDatabase } from "../db/database";

/** "outbox": events were committed. "feed": they got positions. "applied": a consumer has moved on. In this process only. */
export type Signal = "outbox" | "feed" | "applied";

/** True at the signal, false after `ms` without one. */
export function signalled(db: LayerDatabase, signal: Signal, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (came: boolean) => {
      clearTimeout(timer);
      db.signals.off(signal, onSignal);
      resolve(came);
    };
    const onSignal = () => done(true);
    const timer = setTimeout(() => done(false), ms);
    db.signals.once(signal, onSignal);
  });
}
