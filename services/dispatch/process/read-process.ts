import type { RequestContext } from "../../../shared/graphql/context";
import { groupBy } from "../../../shared/group";
import { visibleTo } from "../known/visible";
import { isFinal, type InstanceRow } from "./flow";
import { FLOWS, flowOf } from "./flows";
import { instancesByReference, instancesOf, stateFigures, stepsOf, type StateFigures } from "./process.sql";
import type { StepRow } from "./process-steps";
import { ProcessDefinition, ProcessInstance, ProcessStep } from "./process.types";

/** The live figures are read once a request, and only if somebody asks for a definition. */
const figures = (ctx: RequestContext): Promise<StateFigures[]> =>
  ctx
    .loader<string, StateFigures[]>("state figures", async (keys) => Array(keys.length).fill(await stateFigures(await ctx.onReplica())))
    .load("all");

export async function definitions(ctx: RequestContext): Promise<ProcessDefinition[]> {
  const rows = await figures(ctx);
  return FLOWS.map((flow) => ProcessDefinition.of(flow, rows));
}

export const definitionOf = async (ctx: RequestContext, name: string): Promise<ProcessDefinition> =>
  ProcessDefinition.of(flowOf(name), await figures(ctx));

/** An order whose reservations were confirmed one by one has a process for each: the oldest that goes on, else the last. */
export async function processOf(ctx: RequestContext, orderRef: string): Promise<ProcessInstance | null> {
  const rows = await ctx
    .loader<string, InstanceRow[]>("process", async (refs) => {
      const found = groupBy(await instancesByReference(await ctx.onReplica(), refs, visibleTo(ctx)), (row) => row.reference);
      return refs.map((ref) => found.get(ref) ?? []);
    })
    .load(orderRef);
  const row = rows.find((instance) => !isFinal(flowOf(instance.definition), instance.state)) ?? rows[rows.length - 1];
  return row ? shown(row) : null;
}

/** Of one thing that the caller may see. */
export async function processById(ctx: RequestContext, id: string): Promise<ProcessInstance | null> {
  const row = await ctx
    .loader<string, InstanceRow | undefined>("process instance", async (ids) => {
      const found = new Map((await instancesOf(await ctx.onReplica(), ids)).map((one) => [one.id, one]));
      return ids.map((key) => found.get(key));
    })
    .load(id);
  return row ? shown(row) : null;
}

const shown = ({ id, reference, state, since, definition }: InstanceRow): ProcessInstance =>
  Object.assign(new ProcessInstance(), { id, reference, state, since, definitionName: definition });

export async function historyOf(ctx: RequestContext, id: string): Promise<ProcessStep[]> {
  const rows = await ctx
    .loader<string, StepRow[]>("steps", async (ids) => {
      const found = groupBy(await stepsOf(await ctx.onReplica(), ids), (row) => row.instance_id);
      return ids.map((key) => found.get(key) ?? []);
    })
    .load(id);
  return rows.map(ProcessStep.of);
}
