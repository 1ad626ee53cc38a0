import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root } from "type-graphql";
import type { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { isId } from "../../../shared/ids";
import { checkBatch } from "../../../shared/units/check";
import { itemBySku } from "../item/item.resolver";
import { InventoryItem } from "../item/item.types";
import { lotByCode } from "../ledger/trace.resolver";
import { Lot } from "../ledger/trace.types";
import { locationByCode } from "../place/place.resolver";
import { Location } from "../place/place.types";
import { visibleTo } from "../visible";
import { pickingList } from "./picking-list";
import { PickingLine, PickingStop } from "./ship.types";

const MOST_SHIPMENTS = 200;

async function stops(ctx: RequestContext, warehouse: string, shipments: string[] | null | undefined): Promise<PickingStop[]> {
  if (shipments) checkBatch(shipments, "shipments", MOST_SHIPMENTS);
  const found = await pickingList(await ctx.onReplica(), warehouse, shipments?.filter(isId) ?? undefined, visibleTo(ctx));
  return found.map(({ location, picks }) =>
    Object.assign(new PickingStop(), {
      warehouseCode: warehouse,
      locationCode: location,
      picks: picks.map(({ lot, ...pick }) => Object.assign(new PickingLine(), { ...pick, lotCode: lot })),
    }),
  );
}

@Resolver(() => PickingStop)
export class PickingListResolver {
  @Query(() => [PickingStop], {
    nullable: true,
    description:
      "What is still to be picked in a warehouse, stop by stop in the order of location codes: name locations as they are walked. Units come from where a pick without a location takes them (first expired, then first in); what is not there is left out. A look and no reservation: it may be another's when it is picked. Up to 1,000 lines, the most urgent shipments first.",
  })
  @Needs("warehouse:read")
  pickingList(
    @Arg("warehouse", () => ID, { description: "Which warehouse; an unknown one has nothing to pick." }) warehouse: string,
    @Arg("shipments", () => [ID], {
      nullable: true,
      description: "Only for these, 1 to 200; all that are RELEASED or PICKING by default.",
    })
    shipments: string[] | undefined,
    @Ctx() ctx: RequestContext,
  ): Promise<PickingStop[]> {
    return stops(ctx, warehouse, shipments);
  }

  @FieldResolver(() => Location, { description: "Where to go." })
  location(@Root() { warehouseCode, locationCode }: PickingStop, @Ctx() ctx: RequestContext): Promise<Location> {
    return locationByCode(ctx, warehouseCode, locationCode);
  }
}

@Resolver(() => PickingLine)
export class PickingLineResolver {
  @FieldResolver(() => InventoryItem, { description: "The item." })
  item(@Root() { sku }: PickingLine, @Ctx() ctx: RequestContext): Promise<InventoryItem> {
    return itemBySku(ctx, sku);
  }

  @FieldResolver(() => Lot, { nullable: true, description: "The lot to take; null for items without lots." })
  lot(@Root() { sku, lotCode }: PickingLine, @Ctx() ctx: RequestContext): Promise<Lot | null> {
    return lotByCode(ctx, sku, lotCode);
  }
}
