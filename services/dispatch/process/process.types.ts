import { Field, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import { Needs } from "../../../shared/graphql/needs";
import { DateTime } from "../../../shared/graphql/scalars";
import type { Flow } from "./flow";
import type { StateFigures } from "./process.sql";
import type { StepRow } from "./process-steps";

export enum Layer {
  SALES = "SALES",
  DISPATCH = "DISPATCH",
  WAREHOUSE = "WAREHOUSE",
}

registerEnumType(Layer, {
  name: "Layer",
  description: "The three layers of Strata.",
  valuesConfig: {
    SALES: { description: "What may be sold, held and promised." },
    DISPATCH: { description: "Who ships it, what moves where." },
    WAREHOUSE: { description: "Where every unit is, how it came and went." },
  },
});

@ObjectType({ description: "A state of a flow." })
@Needs("orders:read", "dispatch:read")
export class ProcessState {
  @Field({ description: "Its name." }) name!: string;
  @Field({ description: "Whether nothing comes after it." }) final!: boolean;
  @Field(() => Layer, { description: "The layer whose event leads here." }) layer!: Layer;
  @Field(() => Int, { description: "How many stand here now." })
  @Needs("dispatch:read")
  instances!: number;
  @Field(() => DateTime, { nullable: true, description: "Since when the oldest has stood here; null when none does." })
  @Needs("dispatch:read")
  oldestSince!: Date | null;
}

@ObjectType({ description: "A move that a flow allows." })
@Needs("orders:read", "dispatch:read")
export class ProcessTransition {
  @Field({ description: "The state before." }) from!: string;
  @Field({ description: "The state after." }) to!: string;
  @Field({ description: "The event that makes the move." }) event!: string;
}

@ObjectType({ description: "A flow as data: the code moves along this definition and no other way." })
@Needs("orders:read", "dispatch:read")
export class ProcessDefinition {
  @Field(() => ID, { description: "Its name." }) name!: string;
  @Field(() => [ProcessState], { description: "Its states, in the order in which they are usually passed." }) states!: ProcessState[];
  @Field(() => [ProcessTransition], { description: "The moves that it allows." }) transitions!: ProcessTransition[];

  static of = (flow: Flow, figures: StateFigures[]): ProcessDefinition => ({
    name: flow.name,
    transitions: flow.transitions,
    states: flow.states.map(({ name, final, layer }) => {
      const found = figures.find((row) => row.definition === flow.name && row.state === name);
      return {
        name,
        final,
        layer: Layer[layer.toUpperCase() as keyof typeof Layer],
        instances: Number(found?.instances ?? 0),
        oldestSince: found?.oldest ?? null,
      };
    }),
  });
}

@ObjectType({ description: "One thing that happened to a process, in any layer." })
@Needs("orders:read", "dispatch:read")
export class ProcessStep {
  @Field(() => DateTime, { description: "When it happened, by the clock of the layer where it did." }) at!: Date;
  @Field({ description: "The event." }) event!: string;
  @Field({ description: "The state before." }) from!: string;
  @Field({ description: "The state after; the same as before when it moved nothing." }) to!: string;
  @Field({ description: "Who did it: a client or person, or `dispatch` for its own decisions." }) actor!: string;
  @Field(() => String, { nullable: true, description: "More about it, for people." }) detail!: string | null;

  static of = ({ at, event, from_state, to_state, actor, detail }: StepRow): ProcessStep => ({
    at,
    event,
    from: from_state,
    to: to_state,
    actor,
    detail,
  });
}

@ObjectType({ description: "Where one thing stands in its flow, and how it came there." })
@Needs("orders:read", "dispatch:read")
export class ProcessInstance {
  @Field(() => ID, { description: "The id of the fulfillment order, return or transfer that it is about." }) id!: string;
  @Field(() => ID, { description: "What people know it by: an order's number; a return's or transfer's id." }) reference!: string;
  @Field({ description: "Where it stands." }) state!: string;
  @Field(() => DateTime, { description: "Since when." }) since!: Date;
  definitionName!: string;
}
