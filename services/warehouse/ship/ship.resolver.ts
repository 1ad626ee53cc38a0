import { Arg, Args, ArgsType, Ctx, Field, ID, Mutation, Query, Resolver } from "type-graphql";
import { cursorKey, PageArgs, toPage, type Connection } from "../../../shared/graphql/common.types";
import type { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { refusable } from "../../../shared/graphql/refusable";
import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { isId } from "../../../shared/ids";
import { OutboundStatus } from "../enums";
import { loadOne } from "../load";
import { maySee, visibleTo } from "../visible";
import { packShipment } from "./pack-shipment";
import { putBack } from "./put-back";
import { recordPick } from "./record-pick";
import { reportDelivery } from "./report-delivery";
import { shipShipment } from "./ship-shipment";
import { listShipments, readShipments, type ShipmentRow } from "./ship.sql";
import {
  OutboundPayload,
  OutboundShipment,
  OutboundShipmentConnection,
  PutBackInput,
  RecordPickInput,
  ReportDeliveryInput,
  ShipmentActionInput,
  ShipShipmentInput,
} from "./ship.types";
import { startPicking } from "./start-picking";

@ArgsType()
class ShipmentsArgs extends PageArgs {
  @Field(() => ID, { nullable: true, description: "Only of this warehouse." })
  warehouse?: string;

  @Field(() => OutboundStatus, { nullable: true, description: "Only in this status." })
  status?: OutboundStatus;

  @Field(() => ID, { nullable: true, description: "Only of this order." })
  orderRef?: string;
}

/** One shipment; null when there is none that this caller may see. */
export async function shipmentById(ctx: RequestContext, id: string | null): Promise<OutboundShipment | null> {
  if (id === null || !isId(id)) return null;
  const row = await loadOne(ctx, "shipment", readShipments, (shipment: ShipmentRow) => shipment.id, id);
  return row && maySee(visibleTo(ctx), row) ? OutboundShipment.of(row) : null;
}

async function shipmentsPage(ctx: RequestContext, args: ShipmentsArgs): Promise<Connection<OutboundShipment>> {
  const [after] = cursorKey(args, "string") ?? [];
  const rows = await listShipments(await ctx.onReplica(), { ...args, ...visibleTo(ctx), after }, args.first + 1);
  return toPage(rows, args, (row) => [row.id], OutboundShipment.of);
}

/** Takes a step and answers the shipment as it is then. */
const stepped = <Input>(
  ctx: RequestContext,
  verb: (tx: Tx, caller: Caller, input: Input) => Promise<string>,
  input: Input,
): Promise<OutboundPayload> =>
  refusable(async () => ({ outbound: await shipmentById(ctx, await ctx.write((tx) => verb(tx, ctx.caller, input))) }));

const REFUSALS = "INVALID_INPUT, NOT_FOUND, INVALID_STATE (the message names the state), IDEMPOTENCY_KEY_REUSED";

@Resolver(() => OutboundShipment)
export class ShipmentResolver {
  @Query(() => OutboundShipmentConnection, { nullable: true, description: "Shipments, oldest first." })
  @Needs("warehouse:read", "orders:read")
  outboundShipments(@Args() args: ShipmentsArgs, @Ctx() ctx: RequestContext): Promise<Connection<OutboundShipment>> {
    return shipmentsPage(ctx, args);
  }

  @Query(() => OutboundShipment, { nullable: true, description: "One shipment; null when there is none that this caller may see." })
  @Needs("warehouse:read", "orders:read")
  outboundShipment(
    @Arg("id", () => ID, { description: "Its id." }) id: string,
    @Ctx() ctx: RequestContext,
  ): Promise<OutboundShipment | null> {
    return shipmentById(ctx, id);
  }

  @Mutation(() => OutboundPayload, { nullable: true, description: `A RELEASED shipment is taken in hand: PICKING. Refusals: ${REFUSALS}.` })
  @Needs("warehouse:write")
  startPicking(@Arg("input", { description: "Which." }) input: ShipmentActionInput, @Ctx() ctx: RequestContext): Promise<OutboundPayload> {
    return stepped(ctx, startPicking, input);
  }

  @Mutation(() => OutboundPayload, {
    nullable: true,
    description: `Units of a PICKING shipment were taken to PACKING, all or some; the last makes it PICKED. Refusals: ${REFUSALS}, INSUFFICIENT_STOCK.`,
  })
  @Needs("warehouse:write")
  recordPick(
    @Arg("input", { description: "What was picked." }) input: RecordPickInput,
    @Ctx() ctx: RequestContext,
  ): Promise<OutboundPayload> {
    return stepped(ctx, recordPick, input);
  }

  @Mutation(() => OutboundPayload, { nullable: true, description: `A PICKED shipment is packed: PACKED. Refusals: ${REFUSALS}.` })
  @Needs("warehouse:write")
  packShipment(@Arg("input", { description: "Which." }) input: ShipmentActionInput, @Ctx() ctx: RequestContext): Promise<OutboundPayload> {
    return stepped(ctx, packShipment, input);
  }

  @Mutation(() => OutboundPayload, {
    nullable: true,
    description: `A PACKED shipment leaves, in one or several parcels: SHIPPED, with SALES_ISSUE (a replacement: EXCHANGE_OUT) and its entry posted. Refusals: ${REFUSALS}.`,
  })
  @Needs("warehouse:write")
  shipShipment(@Arg("input", { description: "How." }) input: ShipShipmentInput, @Ctx() ctx: RequestContext): Promise<OutboundPayload> {
    return stepped(ctx, shipShipment, input);
  }

  @Mutation(() => OutboundPayload, {
    nullable: true,
    description: `Picked goods of a cancelled shipment (CANCELLING) are back on the shelf, all or some; the last makes it CANCELLED. Refusals: ${REFUSALS}.`,
  })
  @Needs("warehouse:write")
  putBack(@Arg("input", { description: "What is back." }) input: PutBackInput, @Ctx() ctx: RequestContext): Promise<OutboundPayload> {
    return stepped(ctx, putBack, input);
  }

  @Mutation(() => OutboundPayload, {
    nullable: true,
    description: `What became of a SHIPPED shipment or of one parcel. When every parcel has an outcome the shipment takes the worst: LOST, UNDELIVERABLE, REFUSED, DELIVERED. Refusals: ${REFUSALS}.`,
  })
  @Needs("warehouse:write")
  reportDelivery(
    @Arg("input", { description: "What is reported." }) input: ReportDeliveryInput,
    @Ctx() ctx: RequestContext,
  ): Promise<OutboundPayload> {
    return stepped(ctx, reportDelivery, input);
  }
}
