import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from "type-graphql";
import { Address, PageArgs, type Connection } from "../../../shared/graphql/common.types";
import { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { Order, OutboundShipment } from "../known/known.types";
import { SourcingDecision } from "../source/source.types";
import { FulfillmentStatus } from "./fulfillment-order";
import { Allocation, AllocationLine, FulfillmentLine, FulfillmentOrder, FulfillmentOrderConnection } from "./order.types";
import {
  allocationsOfFulfillment,
  decisionOf,
  fulfillmentById,
  fulfillmentsOf,
  linesOfAllocation,
  linesOfFulfillment,
  pageOfFulfillments,
} from "./read-orders";

@Resolver(() => FulfillmentOrder)
export class FulfillmentOrderResolver {
  @Query(() => FulfillmentOrder, { nullable: true, description: "A fulfillment order, or null." })
  @Needs("orders:read", "dispatch:read")
  fulfillmentOrder(
    @Arg("id", () => ID, { description: "Its id." }) id: string,
    @Ctx() ctx: RequestContext,
  ): Promise<FulfillmentOrder | null> {
    return fulfillmentById(ctx, id);
  }

  @Query(() => FulfillmentOrderConnection, {
    nullable: true,
    description: "Fulfillment orders, newest first; an order system sees its own.",
  })
  @Needs("orders:read", "dispatch:read")
  fulfillmentOrders(
    @Arg("status", () => FulfillmentStatus, { nullable: true, description: "Only in this status." }) status: FulfillmentStatus | undefined,
    @Arg("orderRef", () => ID, { nullable: true, description: "Only of this order." }) orderRef: string | undefined,
    @Arg("warehouse", () => ID, { nullable: true, description: "Only with an allocation to this warehouse." })
    warehouse: string | undefined,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() ctx: RequestContext,
  ): Promise<Connection<FulfillmentOrder>> {
    return pageOfFulfillments(
      ctx,
      { status: status ?? undefined, orderRef: orderRef ?? undefined, warehouse: warehouse ?? undefined },
      page,
    );
  }

  @FieldResolver(() => Address, { nullable: true, description: "Where it goes." })
  @Needs("orders:personal", "dispatch:write")
  shipTo(@Root() order: FulfillmentOrder): Address | null {
    return order.row.ship_to;
  }

  @FieldResolver(() => [FulfillmentLine], { description: "What was ordered, in the order of the lines." })
  @Needs("orders:read", "dispatch:read")
  lines(@Root() order: FulfillmentOrder, @Ctx() ctx: RequestContext): Promise<FulfillmentLine[]> {
    return linesOfFulfillment(ctx, order.id);
  }

  @FieldResolver(() => [Allocation], { description: "What each warehouse is to ship, oldest first." })
  @Needs("orders:read", "dispatch:read")
  allocations(@Root() order: FulfillmentOrder, @Ctx() ctx: RequestContext): Promise<Allocation[]> {
    return allocationsOfFulfillment(ctx, order.id);
  }

  @FieldResolver(() => SourcingDecision, { nullable: true, description: "Why these warehouses: the last decision about it." })
  @Needs("dispatch:read")
  async decision(@Root() order: FulfillmentOrder, @Ctx() ctx: RequestContext): Promise<SourcingDecision | null> {
    const decision = await decisionOf(ctx, order.id);
    return decision && SourcingDecision.of(decision);
  }
}

@Resolver(() => Allocation)
export class AllocationResolver {
  @FieldResolver(() => OutboundShipment, {
    nullable: true,
    description: "The shipment that the warehouse makes of it; its fields are null until the warehouse has taken it up.",
  })
  @Needs("orders:read", "dispatch:read")
  shipment(@Root() allocation: Allocation): OutboundShipment {
    return OutboundShipment.of(allocation.id);
  }

  @FieldResolver(() => [AllocationLine], { description: "What the warehouse is to ship, in the order of SKU." })
  @Needs("orders:read", "dispatch:read")
  lines(@Root() allocation: Allocation, @Ctx() ctx: RequestContext): Promise<AllocationLine[]> {
    return linesOfAllocation(ctx, allocation.id);
  }
}

@Resolver(() => Order)
export class OrderFulfillmentsResolver {
  @FieldResolver(() => [FulfillmentOrder], {
    nullable: true,
    description: "How the order is fulfilled: one for each reservation that was confirmed, oldest first.",
  })
  @Needs("orders:read", "dispatch:read")
  fulfillments(@Root() order: Order, @Ctx() ctx: RequestContext): Promise<FulfillmentOrder[]> {
    return fulfillmentsOf(ctx, order.orderRef);
  }
}
