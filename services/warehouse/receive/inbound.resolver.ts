import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Mutation, Query, Resolver, Root } from "type-graphql";
import type { Tx } from "../../../shared/db/transaction";
import { cursorKey, PageArgs, toPage, type Connection } from "../../../shared/graphql/common.types";
import type { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { refusable } from "../../../shared/graphql/refusable";
import type { Caller } from "../../../shared/identity/caller";
import { isId } from "../../../shared/ids";
import { InboundStatus } from "../enums";
import { itemBySku } from "../item/item.resolver";
import { InventoryItem } from "../item/item.types";
import { loadMany, loadOne } from "../load";
import { warehouseByCode } from "../place/place.resolver";
import { Warehouse } from "../place/place.types";
import { Order, ShipmentActionInput } from "../ship/ship.types";
import { maySee, visibleTo } from "../visible";
import { cancelInbound } from "./cancel-inbound";
import { createInbound } from "./create-inbound";
import { CreateInboundInput, ReceiveInboundInput, UpdateInboundInput } from "./inbound.inputs";
import { listInbounds, readInboundLines, readInbounds, type InboundLineRow, type InboundRow } from "./inbound.sql";
import { InboundLine, InboundPayload, InboundShipment, InboundShipmentConnection } from "./inbound.types";
import { receiveInbound } from "./receive-inbound";
import { updateInbound } from "./update-inbound";

@ArgsType()
class InboundsArgs extends PageArgs {
  @Field(() => ID, { nullable: true, description: "Only to this warehouse." })
  warehouse?: string;

  @Field(() => InboundStatus, { nullable: true, description: "Only in this status." })
  status?: InboundStatus;
}

/** One inbound shipment; null when there is none that this caller may see. */
export async function inboundById(ctx: RequestContext, id: string): Promise<InboundShipment | null> {
  if (!isId(id)) return null;
  const row = await loadOne(ctx, "inbound", readInbounds, (inbound: InboundRow) => inbound.id, id);
  return row && maySee(visibleTo(ctx), row) ? InboundShipment.of(row) : null;
}

async function inboundsPage(ctx: RequestContext, args: InboundsArgs): Promise<Connection<InboundShipment>> {
  const [after] = cursorKey(args, "string") ?? [];
  const rows = await listInbounds(await ctx.onReplica(), { ...args, ...visibleTo(ctx), after }, args.first + 1);
  return toPage(rows, args, (row) => [row.id], InboundShipment.of);
}

/** Takes a step and answers the inbound shipment as it is then. */
const stepped = <Input>(
  ctx: RequestContext,
  verb: (tx: Tx, caller: Caller, input: Input) => Promise<string>,
  input: Input,
): Promise<InboundPayload> =>
  refusable(async () => ({ inbound: await inboundById(ctx, await ctx.write((tx) => verb(tx, ctx.caller, input))) }));

const REFUSALS = "INVALID_INPUT, NOT_FOUND, INVALID_STATE (the message names the state), IDEMPOTENCY_KEY_REUSED";

@Resolver(() => InboundShipment)
export class InboundResolver {
  @Query(() => InboundShipmentConnection, { nullable: true, description: "Inbound shipments, oldest first." })
  @Needs("warehouse:read")
  inboundShipments(@Args() args: InboundsArgs, @Ctx() ctx: RequestContext): Promise<Connection<InboundShipment>> {
    return inboundsPage(ctx, args);
  }

  @Query(() => InboundShipment, { nullable: true, description: "One inbound shipment; null when there is none that this caller may see." })
  @Needs("warehouse:read")
  inboundShipment(
    @Arg("id", () => ID, { description: "Its id." }) id: string,
    @Ctx() ctx: RequestContext,
  ): Promise<InboundShipment | null> {
    return inboundById(ctx, id);
  }

  @Mutation(() => InboundPayload, {
    nullable: true,
    description:
      "Goods are expected. Purchases, transfers and production are `incoming` in sales within moments. Refusals: INVALID_INPUT, NOT_FOUND, CONFLICT, IDEMPOTENCY_KEY_REUSED.",
  })
  @Needs("warehouse:write")
  createInbound(
    @Arg("input", { description: "What is expected." }) input: CreateInboundInput,
    @Ctx() ctx: RequestContext,
  ): Promise<InboundPayload> {
    return stepped(ctx, createInbound, input);
  }

  @Mutation(() => InboundPayload, {
    nullable: true,
    description: `Another date or other lines of an open inbound shipment. Refusals: ${REFUSALS}.`,
  })
  @Needs("warehouse:write")
  updateInbound(
    @Arg("input", { description: "What changes." }) input: UpdateInboundInput,
    @Ctx() ctx: RequestContext,
  ): Promise<InboundPayload> {
    return stepped(ctx, updateInbound, input);
  }

  @Mutation(() => InboundPayload, {
    nullable: true,
    description: `Goods of an open inbound shipment have come, all or some: the receipt is posted with its entry. Refusals: ${REFUSALS}, LIMIT_EXCEEDED, CONFLICT.`,
  })
  @Needs("warehouse:write")
  receiveInbound(
    @Arg("input", { description: "What has come." }) input: ReceiveInboundInput,
    @Ctx() ctx: RequestContext,
  ): Promise<InboundPayload> {
    return stepped(ctx, receiveInbound, input);
  }

  @Mutation(() => InboundPayload, {
    nullable: true,
    description: `An inbound shipment of which nothing has come will not come; one that has begun is closed short instead. Refusals: ${REFUSALS}.`,
  })
  @Needs("warehouse:write")
  cancelInbound(@Arg("input", { description: "Which." }) input: ShipmentActionInput, @Ctx() ctx: RequestContext): Promise<InboundPayload> {
    return stepped(ctx, cancelInbound, input);
  }

  @FieldResolver(() => Order, { nullable: true, description: "The order that a RETURN comes back of." })
  order(@Root() { orderRef }: InboundShipment): Order | null {
    return orderRef === null ? null : Order.of(orderRef);
  }

  @FieldResolver(() => Warehouse, { description: "Where to." })
  warehouse(@Root() { warehouseCode }: InboundShipment, @Ctx() ctx: RequestContext): Promise<Warehouse> {
    return warehouseByCode(ctx, warehouseCode);
  }

  @FieldResolver(() => [InboundLine], { description: "What it brings, by item." })
  async lines(@Root() { id }: InboundShipment, @Ctx() ctx: RequestContext): Promise<InboundLine[]> {
    return (await loadMany(ctx, "inboundLines", readInboundLines, (row: InboundLineRow) => row.inboundId, id)).map(InboundLine.of);
  }
}

@Resolver(() => InboundLine)
export class InboundLineResolver {
  @FieldResolver(() => InventoryItem, { description: "The item." })
  item(@Root() { sku }: InboundLine, @Ctx() ctx: RequestContext): Promise<InventoryItem> {
    return itemBySku(ctx, sku);
  }
}
