import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import type { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { itemBySku } from "../item/item.resolver";
import { InventoryItem } from "../item/item.types";
import { loadMany } from "../load";
import { announcedLines, type AnnouncedRow } from "./announced.sql";
import { AnnouncedLine } from "./announced.types";
import { InboundShipment } from "./inbound.types";

@Resolver(() => InboundShipment)
export class AnnouncedReturnResolver {
  @FieldResolver(() => [AnnouncedLine], {
    description: "What a return of an order is to bring, as it was requested; empty for all others.",
  })
  @Needs("warehouse:read")
  async announced(@Root() { id }: InboundShipment, @Ctx() ctx: RequestContext): Promise<AnnouncedLine[]> {
    return (await loadMany(ctx, "announcedLines", announcedLines, (row: AnnouncedRow) => row.inboundId, id)).map(AnnouncedLine.of);
  }
}

@Resolver(() => AnnouncedLine)
export class AnnouncedLineResolver {
  @FieldResolver(() => InventoryItem, { description: "The item." })
  @Needs("warehouse:read")
  item(@Root() { sku }: AnnouncedLine, @Ctx() ctx: RequestContext): Promise<InventoryItem> {
    return itemBySku(ctx, sku);
  }
}
