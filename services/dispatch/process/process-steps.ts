import type { Tx } from "../../../shared/db/transaction";
import type { Log } from "../../../shared/log";
import { allows, type InstanceRow } from "./flow";
import { flowOf } from "./flows";
import { insertSteps, saveInstances } from "./process.sql";

export interface StepRow {
  instance_id: string;
  seq: number;
  at: Date;
  event: string;
  from_state: string;
  to_state: string;
  actor: string;
  detail: string | null;
}

export interface Step {
  event: string;
  at: Date;
  actor: string;
  detail?: string | null;
}

/** Moves process instances along their definition, and notes what happened to them. */
export class ProcessSteps {
  private readonly rows: StepRow[] = [];

  constructor(private readonly log: Log) {}

  /** A step that leaves the state as it is only goes into the history; any other must be a transition of the definition. */
  move(instance: InstanceRow, to: string, { event, at, actor, detail }: Step): void {
    const from = instance.state;
    if (from !== to && !allows(flowOf(instance.definition), from, to, event)) return refuse(this.log, instance, to, event);
    if (from !== to) Object.assign(instance, { state: to, since: at });
    instance.steps++;
    const text = detail?.slice(0, 500) ?? null;
    this.rows.push({ instance_id: instance.id, seq: instance.steps, at, event, from_state: from, to_state: to, actor, detail: text });
  }

  async save(tx: Tx, instances: InstanceRow[]): Promise<void> {
    await saveInstances(tx, instances);
    await insertSteps(tx, this.rows);
  }
}

/** The definition and the code disagree: a test must not pass over it, and a running system must not stop for it. */
function refuse(log: Log, { id, state, reference }: InstanceRow, to: string, event: string): void {
  const message = `process ${id} of ${reference}: ${event} may not move ${state} to ${to}`;
  if (process.env.NODE_ENV === "test") throw new Error(message);
  log.error(message);
}
