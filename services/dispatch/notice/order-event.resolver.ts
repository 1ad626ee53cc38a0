import { Arg, Args, Ctx, ID, Query, Resolver } from "type-graphql";
import { PageArgs, type Connection } from "../../../shared/graphql/common.types";
import { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { OrderEvent, OrderEventConnection } from "./order-event.types";
import { pageOfNotices } from "./read-notices";

@Resolver()
export class OrderEventResolver {
  @Query(() => OrderEventConnection, {
    nullable: true,
    description:
      "Everything that happened to confirmed orders in any layer, in one order, oldest first: follow it from its endCursor, which is always there; without after it begins with the oldest that is kept. Events are kept for the days that the installation has set (STRATA_KEEP_DAYS, 30): a cursor that is older than the oldest is NOT_FOUND (CURSOR_EXPIRED). No event is left out or comes twice. An order system sees its own orders'.",
  })
  @Needs("orders:read", "dispatch:read")
  orderEvents(
    @Arg("orderRef", () => ID, { nullable: true, description: "Only of this order." }) orderRef: string | undefined,
    @Arg("channel", () => ID, { nullable: true, description: "Only of orders of this channel." }) channel: string | undefined,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() ctx: RequestContext,
  ): Promise<Connection<OrderEvent>> {
    return pageOfNotices(ctx, { topic: "ORDER", orderRef, channel }, page, OrderEvent.of);
  }
}
