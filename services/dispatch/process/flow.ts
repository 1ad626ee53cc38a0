import type { LayerName } from "../../../shared/db/database";

export interface FlowState {
  name: string;
  layer: LayerName;
  final: boolean;
}

export interface FlowTransition {
  from: string;
  to: string;
  event: string;
}

/** A flow as data: the code moves instances only along it, and `processDefinitions` shows it. */
export interface Flow {
  name: string;
  /** In the order in which they are usually passed; an instance begins in the first. */
  states: FlowState[];
  transitions: FlowTransition[];
}

export const state = (name: string, layer: LayerName, final = false): FlowState => ({ name, layer, final });

/** An event that moves from any of some states to any of some others. */
export const moves = (event: string, from: string[], to: string[]): FlowTransition[] =>
  from.flatMap((a) => to.filter((b) => b !== a).map((b) => ({ from: a, to: b, event })));

export const allows = (flow: Flow, from: string, to: string, event: string): boolean =>
  flow.transitions.some((transition) => transition.from === from && transition.to === to && transition.event === event);

export const isFinal = (flow: Flow, name: string): boolean => flow.states.some((one) => one.name === name && one.final);

/** Where something stands in its flow; its id is that of the thing itself. */
export interface InstanceRow {
  id: string;
  definition: string;
  /** What people know it by: an order's number, a transfer's or a return's id. */
  reference: string;
  client: string;
  state: string;
  since: Date;
  steps: number;
}

/** A thing that begins its way, in its flow's first state. */
export const newInstance = (
  flow: Flow,
  { id, reference, client }: Pick<InstanceRow, "id" | "reference" | "client">,
  at: Date,
): InstanceRow => ({
  id,
  definition: flow.name,
  reference,
  client,
  state: flow.states[0].name,
  since: at,
  steps: 0,
});
