import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from "type-graphql";
import type { Tx } from "../../../shared/db/transaction";
import { PageArgs, type Connection } from "../../../shared/graphql/common.types";
import { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { refusable } from "../../../shared/graphql/refusable";
import { InboundShipment, OutboundShipment } from "../known/known.types";
import { visibleTo } from "../known/visible";
import { ProcessInstance } from "../process/process.types";
import { processById } from "../process/read-process";
import { cancelTransfer, releaseTransfer } from "./act-on-transfer";
import { createTransfer } from "./create-transfer";
import { linesOfTransfer, pageOfTransfers, transferById } from "./read-transfers";
import { hasLeft, TransferStatus } from "./transfer-order";
import {
  CreateTransferInput,
  TransferActionInput,
  TransferLine,
  TransferOrder,
  TransferOrderConnection,
  TransferPayload,
} from "./transfer.types";

const done = (ctx: RequestContext, verb: (tx: Tx) => Promise<string>): Promise<TransferPayload> =>
  refusable(async () => ({ transfer: await transferById(ctx, await ctx.write(verb)) }));

const REFUSALS = "INVALID_INPUT, NOT_FOUND, IDEMPOTENCY_KEY_REUSED";

@Resolver(() => TransferOrder)
export class TransferResolver {
  @Query(() => TransferOrder, { nullable: true, description: "A transfer, or null." })
  @Needs("dispatch:read")
  transferOrder(@Arg("id", () => ID, { description: "Its id." }) id: string, @Ctx() ctx: RequestContext): Promise<TransferOrder | null> {
    return transferById(ctx, id);
  }

  @Query(() => TransferOrderConnection, { nullable: true, description: "Transfers, newest first." })
  @Needs("dispatch:read")
  transferOrders(
    @Arg("status", () => TransferStatus, { nullable: true, description: "Only in this status." }) status: TransferStatus | undefined,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() ctx: RequestContext,
  ): Promise<Connection<TransferOrder>> {
    return pageOfTransfers(ctx, status ?? undefined, page);
  }

  @Mutation(() => TransferPayload, { nullable: true, description: `Makes a draft: nothing is set aside. Refusals: ${REFUSALS}.` })
  @Needs("dispatch:write")
  createTransfer(
    @Arg("input", () => CreateTransferInput, { description: "What goes where." }) input: CreateTransferInput,
    @Ctx() ctx: RequestContext,
  ): Promise<TransferPayload> {
    return done(ctx, (tx) => createTransfer(tx, ctx.caller, input));
  }

  @Mutation(() => TransferPayload, {
    nullable: true,
    description: `Sends a draft on its way. Its units are spoken for in their warehouse at once, and set aside in sales before the floor is told: RELEASING, then RELEASED within moments, or DRAFT again where sales has promised them, with what is missing in \`note\`. Refusals: ${REFUSALS}, INVALID_STATE (it is no DRAFT), INSUFFICIENT_STOCK (fewer are free in the warehouse).`,
  })
  @Needs("dispatch:write")
  releaseTransfer(
    @Arg("input", () => TransferActionInput, { description: "Which." }) input: TransferActionInput,
    @Ctx() ctx: RequestContext,
  ): Promise<TransferPayload> {
    return done(ctx, (tx) => releaseTransfer(tx, ctx.caller, visibleTo(ctx), input));
  }

  @Mutation(() => TransferPayload, {
    nullable: true,
    description: `Stops a transfer before it leaves. What the floor has been told of it is asked to stop, and decides: CANCELLED within moments, or it goes on; what was picked is put back. Refusals: ${REFUSALS}, INVALID_STATE (it has left, or ended).`,
  })
  @Needs("dispatch:write")
  cancelTransfer(
    @Arg("input", () => TransferActionInput, { description: "Which, and why." }) input: TransferActionInput,
    @Ctx() ctx: RequestContext,
  ): Promise<TransferPayload> {
    return done(ctx, (tx) => cancelTransfer(tx, ctx.caller, visibleTo(ctx), input));
  }

  @FieldResolver(() => [TransferLine], { description: "What goes, by item." })
  @Needs("dispatch:read")
  lines(@Root() { id }: TransferOrder, @Ctx() ctx: RequestContext): Promise<TransferLine[]> {
    return linesOfTransfer(ctx, id);
  }

  @FieldResolver(() => ProcessInstance, { nullable: true, description: "Where it stands in its flow, and how it came there." })
  @Needs("dispatch:read")
  process(@Root() { id }: TransferOrder, @Ctx() ctx: RequestContext): Promise<ProcessInstance | null> {
    return processById(ctx, id);
  }

  @FieldResolver(() => OutboundShipment, { nullable: true, description: "How the floor sends it; null before it is RELEASED." })
  @Needs("dispatch:read")
  outbound(@Root() { row }: TransferOrder): OutboundShipment | null {
    return row.handed_over ? OutboundShipment.of(row.id) : null;
  }

  @FieldResolver(() => InboundShipment, { nullable: true, description: "How it is taken in; null before it is IN_TRANSIT." })
  @Needs("dispatch:read")
  inbound(@Root() { row }: TransferOrder): InboundShipment | null {
    return hasLeft(row) ? InboundShipment.of(row.id) : null;
  }
}
