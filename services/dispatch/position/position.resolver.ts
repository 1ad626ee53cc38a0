import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from "type-graphql";
import { PageArgs, type Connection } from "../../../shared/graphql/common.types";
import { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { InventoryItem, Warehouse } from "../known/known.types";
import { pageOfPositions, positionsOfItem } from "./list-positions";
import { StockPosition, StockPositionConnection } from "./position.types";

@Resolver()
export class StockPositionsResolver {
  @Query(() => StockPositionConnection, { nullable: true, description: "Stock positions in the order of warehouse and SKU." })
  @Needs("dispatch:read")
  stockPositions(
    @Arg("skus", () => [ID], { nullable: true, description: "Only these items, 1 to 200." }) skus: string[] | undefined,
    @Arg("warehouse", () => ID, { nullable: true, description: "Only in this warehouse." }) warehouse: string | undefined,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() ctx: RequestContext,
  ): Promise<Connection<StockPosition>> {
    return pageOfPositions(ctx, { skus: skus ?? undefined, warehouse: warehouse ?? undefined }, page);
  }
}

@Resolver(() => InventoryItem)
export class ItemPositionsResolver {
  @FieldResolver(() => [StockPosition], { nullable: true, description: "Where the item's units are, warehouse by warehouse." })
  @Needs("dispatch:read")
  positions(
    @Root() item: InventoryItem,
    @Arg("warehouse", () => ID, { nullable: true, description: "Only in this warehouse." }) warehouse: string | undefined,
    @Ctx() ctx: RequestContext,
  ): Promise<StockPosition[]> {
    return positionsOfItem(ctx, item.sku, warehouse ?? undefined);
  }
}

@Resolver(() => Warehouse)
export class WarehousePositionsResolver {
  @FieldResolver(() => StockPositionConnection, { nullable: true, description: "The warehouse's positions in the order of SKU." })
  @Needs("dispatch:read")
  positions(
    @Root() warehouse: Warehouse,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() ctx: RequestContext,
  ): Promise<Connection<StockPosition>> {
    return pageOfPositions(ctx, { warehouse: warehouse.code }, page);
  }
}
