import type { Reader } from "../../../shared/db/database";
import { insertRows, writeHeaders } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import type { Visible } from "../known/visible";
import { seenBy } from "../order/read-orders.sql";
import type { InstanceRow } from "./flow";
import type { StepRow } from "./process-steps";

const INSTANCE = ["id", "definition", "reference", "client", "state", "since", "steps"] as const;
const STEP = ["instance_id", "seq", "at", "event", "from_state", "to_state", "actor", "detail"] as const;

/** The instances of things that this transaction has locked. Primary key. */
export const instancesOf = async (reader: Reader, ids: readonly string[]): Promise<InstanceRow[]> =>
  ids.length === 0 ? [] : reader.query(`SELECT ${INSTANCE.join(", ")} FROM process_instance WHERE id IN (?)`, [ids]);

export const saveInstances = (tx: Tx, rows: InstanceRow[]): Promise<void> =>
  writeHeaders(tx, "process_instance", rows, [...INSTANCE], ["state", "since", "steps"]);

export const insertSteps = (tx: Tx, rows: StepRow[]): Promise<void> => insertRows(tx, "process_step", rows, [...STEP]);

/** Everything that happened to some instances, oldest first. Primary key range. */
export const stepsOf = (reader: Reader, ids: readonly string[]): Promise<StepRow[]> =>
  reader.query(`SELECT ${STEP.join(", ")} FROM process_step WHERE instance_id IN (?) ORDER BY instance_id, seq`, [ids]);

/** The order processes of some references that a caller may see, oldest first. Index by_reference. */
export function instancesByReference(reader: Reader, references: readonly string[], visible: Visible): Promise<InstanceRow[]> {
  const { sql, params } = seenBy(visible);
  return reader.query(
    `SELECT ${INSTANCE.map((column) => `i.${column}`).join(", ")}
     FROM process_instance i JOIN fulfillment_order o ON o.id = i.id
     WHERE i.definition = 'order' AND i.reference IN (?)${sql} ORDER BY i.reference, i.id`,
    [references, ...params],
  );
}

export interface StateFigures {
  definition: string;
  state: string;
  instances: number;
  oldest: Date;
}

/** How many instances stand in each state, and since when the oldest. Index by_state alone. */
export const stateFigures = (reader: Reader): Promise<StateFigures[]> =>
  reader.query("SELECT definition, state, COUNT(*) AS instances, MIN(since) AS oldest FROM process_instance GROUP BY definition, state");
