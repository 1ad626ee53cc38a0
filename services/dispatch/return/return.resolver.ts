import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from "type-graphql";
import type { Tx } from "../../../shared/db/transaction";
import { PageArgs, type Connection } from "../../../shared/graphql/common.types";
import { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { refusable } from "../../../shared/graphql/refusable";
import type { Caller } from "../../../shared/identity/caller";
import { InboundShipment, Order } from "../known/known.types";
import { visibleTo, type Visible } from "../known/visible";
import { FulfillmentOrder } from "../order/order.types";
import { fulfillmentById } from "../order/read-orders";
import { ProcessInstance } from "../process/process.types";
import { processById } from "../process/read-process";
import { approveReturn, cancelReturn, rejectReturn } from "./decide-return";
import { linesOfReturn, pageOfReturns, returnById, returnsOf } from "./read-returns";
import { requestReturn } from "./request-return";
import { wasAnnounced, ReturnStatus } from "./return-order";
import { RequestReturnInput, ReturnActionInput, ReturnLine, ReturnOrder, ReturnOrderConnection, ReturnPayload } from "./return.types";

/** Runs a verb and answers the return as it is then. */
const done = <Input>(
  ctx: RequestContext,
  verb: (tx: Tx, caller: Caller, visible: Visible, input: Input) => Promise<string>,
  input: Input,
): Promise<ReturnPayload> =>
  refusable(async () => ({ return: await returnById(ctx, await ctx.write((tx) => verb(tx, ctx.caller, visibleTo(ctx), input))) }));

const REFUSALS = "INVALID_INPUT, NOT_FOUND, INVALID_STATE (the message names the state), IDEMPOTENCY_KEY_REUSED";

@Resolver(() => ReturnOrder)
export class ReturnResolver {
  @Query(() => ReturnOrder, { nullable: true, description: "A return, or null." })
  @Needs("orders:read", "dispatch:read")
  returnOrder(@Arg("id", () => ID, { description: "Its id." }) id: string, @Ctx() ctx: RequestContext): Promise<ReturnOrder | null> {
    return returnById(ctx, id);
  }

  @Query(() => ReturnOrderConnection, { nullable: true, description: "Returns, newest first; an order system sees its own." })
  @Needs("orders:read", "dispatch:read")
  returnOrders(
    @Arg("status", () => ReturnStatus, { nullable: true, description: "Only in this status." }) status: ReturnStatus | undefined,
    @Arg("orderRef", () => ID, { nullable: true, description: "Only of this order." }) orderRef: string | undefined,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() ctx: RequestContext,
  ): Promise<Connection<ReturnOrder>> {
    return pageOfReturns(ctx, { status: status ?? undefined, orderRef: orderRef ?? undefined }, page);
  }

  @Mutation(() => ReturnPayload, {
    nullable: true,
    description: `Units of an order that have left are to come back, are exchanged, or are sent again because they were lost. What may come back is what left, replacements included, less what came back or is on its way back. Refusals: ${REFUSALS}: the return window has passed; LIMIT_EXCEEDED (more than may come back; the message has the figures).`,
  })
  @Needs("returns:write", "dispatch:write")
  requestReturn(
    @Arg("input", () => RequestReturnInput, { description: "What comes back." }) input: RequestReturnInput,
    @Ctx() ctx: RequestContext,
  ): Promise<ReturnPayload> {
    return done(ctx, requestReturn, input);
  }

  @Mutation(() => ReturnPayload, {
    nullable: true,
    description: `A REQUESTED return may come back: its warehouse expects it. Refusals: ${REFUSALS}.`,
  })
  @Needs("dispatch:write")
  approveReturn(
    @Arg("input", () => ReturnActionInput, { description: "Which." }) input: ReturnActionInput,
    @Ctx() ctx: RequestContext,
  ): Promise<ReturnPayload> {
    return done(ctx, approveReturn, input);
  }

  @Mutation(() => ReturnPayload, {
    nullable: true,
    description: `A REQUESTED return may not come back; its units may be asked for again. Refusals: ${REFUSALS}.`,
  })
  @Needs("dispatch:write")
  rejectReturn(
    @Arg("input", () => ReturnActionInput, { description: "Which, and why." }) input: ReturnActionInput,
    @Ctx() ctx: RequestContext,
  ): Promise<ReturnPayload> {
    return done(ctx, rejectReturn, input);
  }

  @Mutation(() => ReturnPayload, {
    nullable: true,
    description: `Stops what is open of a return: goods of which nothing has come, a replacement that is not committed. Once it is approved the warehouse and sales decide whether it was in time, and the return goes on or is CANCELLED within moments; a committed replacement is cancelled by releasing its reservation. Refusals: ${REFUSALS}.`,
  })
  @Needs("returns:write", "dispatch:write")
  cancelReturn(
    @Arg("input", () => ReturnActionInput, { description: "Which." }) input: ReturnActionInput,
    @Ctx() ctx: RequestContext,
  ): Promise<ReturnPayload> {
    return done(ctx, cancelReturn, input);
  }

  @FieldResolver(() => [ReturnLine], { description: "What comes back or is replaced, in the order of the request." })
  @Needs("orders:read", "dispatch:read")
  lines(@Root() { id }: ReturnOrder, @Ctx() ctx: RequestContext): Promise<ReturnLine[]> {
    return linesOfReturn(ctx, id);
  }

  @FieldResolver(() => ProcessInstance, { nullable: true, description: "Where it stands in its flow, and how it came there." })
  @Needs("orders:read", "dispatch:read")
  process(@Root() { id }: ReturnOrder, @Ctx() ctx: RequestContext): Promise<ProcessInstance | null> {
    return processById(ctx, id);
  }

  @FieldResolver(() => InboundShipment, {
    nullable: true,
    description: "How its warehouse takes it in; null while nobody has approved it, and where nothing comes back.",
  })
  @Needs("orders:read", "dispatch:read")
  inbound(@Root() { row }: ReturnOrder): InboundShipment | null {
    return wasAnnounced(row) ? InboundShipment.of(row.id) : null;
  }

  @FieldResolver(() => FulfillmentOrder, { nullable: true, description: "What is sent in its place, once it is committed." })
  @Needs("orders:read", "dispatch:read")
  replacement(@Root() { row }: ReturnOrder, @Ctx() ctx: RequestContext): Promise<FulfillmentOrder | null> | null {
    return row.replacement_id === null ? null : fulfillmentById(ctx, row.replacement_id);
  }
}

@Resolver(() => Order)
export class OrderReturnsResolver {
  @FieldResolver(() => [ReturnOrder], { nullable: true, description: "What came back of the order, or is to; oldest first." })
  @Needs("orders:read", "dispatch:read")
  returns(@Root() order: Order, @Ctx() ctx: RequestContext): Promise<ReturnOrder[]> {
    return returnsOf(ctx, order.orderRef);
  }
}
