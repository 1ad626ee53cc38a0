import { Ctx, FieldResolver, Query, Resolver, Root } from "type-graphql";
import { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { Order } from "../known/known.types";
import { ProcessDefinition, ProcessInstance, ProcessStep } from "./process.types";
import { definitionOf, definitions, historyOf, processOf } from "./read-process";

@Resolver(() => ProcessInstance)
export class ProcessResolver {
  @Query(() => [ProcessDefinition], {
    nullable: true,
    description: "Every flow that runs here, with how many instances stand in each state.",
  })
  @Needs("dispatch:read")
  processDefinitions(@Ctx() ctx: RequestContext): Promise<ProcessDefinition[]> {
    return definitions(ctx);
  }

  @FieldResolver(() => ProcessDefinition, { description: "The flow that it goes through." })
  @Needs("orders:read", "dispatch:read")
  definition(@Root() instance: ProcessInstance, @Ctx() ctx: RequestContext): Promise<ProcessDefinition> {
    return definitionOf(ctx, instance.definitionName);
  }

  @FieldResolver(() => [ProcessStep], {
    description: "Everything that happened to it in any layer, in the order in which dispatch heard of it.",
  })
  @Needs("orders:read", "dispatch:read")
  history(@Root() instance: ProcessInstance, @Ctx() ctx: RequestContext): Promise<ProcessStep[]> {
    return historyOf(ctx, instance.id);
  }
}

@Resolver(() => Order)
export class OrderProcessResolver {
  @FieldResolver(() => ProcessInstance, {
    nullable: true,
    description:
      "Where the order stands in its flow, and how it came there; null until it is confirmed. With several fulfillments: the oldest that goes on, else the last.",
  })
  @Needs("orders:read", "dispatch:read")
  process(@Root() order: Order, @Ctx() ctx: RequestContext): Promise<ProcessInstance | null> {
    return processOf(ctx, order.orderRef);
  }
}
