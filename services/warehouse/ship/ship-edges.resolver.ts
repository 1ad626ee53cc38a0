import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import type { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { itemBySku } from "../item/item.resolver";
import { InventoryItem } from "../item/item.types";
import { movementsOfOrders, type MovementRow } from "../ledger/movement.sql";
import { Movement } from "../ledger/movement.types";
import { lotByCode, serialsOfLines } from "../ledger/trace.resolver";
import { Lot } from "../ledger/trace.types";
import { loadMany } from "../load";
import { locationByCode, warehouseByCode } from "../place/place.resolver";
import { Location, Warehouse } from "../place/place.types";
import { visibleTo } from "../visible";
import {
  readLines,
  readParcelLines,
  readParcels,
  readPicks,
  shipmentsOfOrders,
  type LineRow,
  type ParcelLineRow,
  type ParcelRow,
  type PickRow,
  type ShipmentRow,
} from "./ship.sql";
import { shipmentById } from "./ship.resolver";
import { Order, OutboundLine, OutboundShipment, Parcel, ParcelLine, Pick } from "./ship.types";

function lineOf(key: string): { movementId: string; lineNo: number } {
  const [movementId, lineNo] = key.split(" ");
  return { movementId, lineNo: Number(lineNo) };
}

async function picksOf(ctx: RequestContext, { shipmentId, sku }: OutboundLine): Promise<Pick[]> {
  const picks = await loadMany(ctx, "picks", readPicks, (row: PickRow) => row.shipmentId, shipmentId);
  return picks
    .filter((row) => row.sku === sku)
    .map(({ warehouse, location, lot, lineKeys, quantity }) =>
      Object.assign(new Pick(), { sku, warehouseCode: warehouse, locationCode: location, lotCode: lot, lineKeys, quantity }),
    );
}

@Resolver(() => OutboundShipment)
export class ShipmentEdgesResolver {
  @FieldResolver(() => Order, { nullable: true, description: "The order it serves." })
  order(@Root() { orderRef }: OutboundShipment): Order | null {
    return orderRef === null ? null : Order.of(orderRef);
  }

  @FieldResolver(() => Warehouse, { description: "Where it leaves from." })
  warehouse(@Root() { warehouseCode }: OutboundShipment, @Ctx() ctx: RequestContext): Promise<Warehouse> {
    return warehouseByCode(ctx, warehouseCode);
  }

  @FieldResolver(() => Warehouse, { nullable: true, description: "Where it goes, for a transfer." })
  toWarehouse(@Root() { toWarehouseCode }: OutboundShipment, @Ctx() ctx: RequestContext): Promise<Warehouse> | null {
    return toWarehouseCode === null ? null : warehouseByCode(ctx, toWarehouseCode);
  }

  @FieldResolver(() => [OutboundLine], { description: "What it takes, by item." })
  async lines(@Root() { id }: OutboundShipment, @Ctx() ctx: RequestContext): Promise<OutboundLine[]> {
    return (await loadMany(ctx, "outboundLines", readLines, (row: LineRow) => row.shipmentId, id)).map(OutboundLine.of);
  }

  @FieldResolver(() => [Parcel], { description: "The parcels it left in; empty before." })
  async parcels(@Root() { id }: OutboundShipment, @Ctx() ctx: RequestContext): Promise<Parcel[]> {
    return (await loadMany(ctx, "parcels", readParcels, (row: ParcelRow) => row.shipmentId, id)).map(Parcel.of);
  }
}

@Resolver(() => OutboundLine)
export class OutboundLineResolver {
  @FieldResolver(() => InventoryItem, { description: "The item." })
  item(@Root() { sku }: OutboundLine, @Ctx() ctx: RequestContext): Promise<InventoryItem> {
    return itemBySku(ctx, sku);
  }

  @FieldResolver(() => [Pick], { description: "Where its units were taken from." })
  picks(@Root() line: OutboundLine, @Ctx() ctx: RequestContext): Promise<Pick[]> {
    return picksOf(ctx, line);
  }
}

@Resolver(() => Pick)
export class PickResolver {
  @FieldResolver(() => Location, { description: "Where from." })
  location(@Root() { warehouseCode, locationCode }: Pick, @Ctx() ctx: RequestContext): Promise<Location> {
    return locationByCode(ctx, warehouseCode, locationCode);
  }

  @FieldResolver(() => Lot, { nullable: true, description: "The lot; null for items without lots." })
  lot(@Root() { sku, lotCode }: Pick, @Ctx() ctx: RequestContext): Promise<Lot | null> {
    return lotByCode(ctx, sku, lotCode);
  }

  @FieldResolver(() => [String], { description: "Serial numbers; empty for items that have none." })
  serials(@Root() { lineKeys }: Pick, @Ctx() ctx: RequestContext): Promise<string[]> {
    return serialsOfLines(ctx, lineKeys.split(",").map(lineOf));
  }
}

@Resolver(() => Parcel)
export class ParcelResolver {
  @FieldResolver(() => [ParcelLine], { description: "What lies in it, by item." })
  async lines(@Root() { id }: Parcel, @Ctx() ctx: RequestContext): Promise<ParcelLine[]> {
    return loadMany(ctx, "parcelLines", readParcelLines, (row: ParcelLineRow) => row.parcelId, id);
  }
}

@Resolver(() => ParcelLine)
export class ParcelLineResolver {
  @FieldResolver(() => InventoryItem, { description: "The item." })
  item(@Root() { sku }: ParcelLine, @Ctx() ctx: RequestContext): Promise<InventoryItem> {
    return itemBySku(ctx, sku);
  }
}

@Resolver(() => Movement)
export class MovementDocumentsResolver {
  @FieldResolver(() => Order, { nullable: true, description: "The order it concerns." })
  order(@Root() { orderRef }: Movement): Order | null {
    return orderRef === null ? null : Order.of(orderRef);
  }

  @FieldResolver(() => OutboundShipment, { nullable: true, description: "The shipment it was posted for." })
  shipment(@Root() { shipmentId }: Movement, @Ctx() ctx: RequestContext): Promise<OutboundShipment | null> {
    return shipmentById(ctx, shipmentId);
  }
}

@Resolver(() => Order)
export class OrderResolver {
  @FieldResolver(() => [OutboundShipment], {
    nullable: true,
    description: "Its shipments that this caller may see, oldest first, 200 at most.",
  })
  @Needs("orders:read", "warehouse:read")
  async shipments(@Root() { orderRef }: Order, @Ctx() ctx: RequestContext): Promise<OutboundShipment[]> {
    const batch = async (refs: readonly string[]) => shipmentsOfOrders(await ctx.onReplica(), refs, visibleTo(ctx));
    return (await ctx.loader<string, ShipmentRow[]>("shipmentsOfOrder", batch).load(orderRef)).map(OutboundShipment.of);
  }

  @FieldResolver(() => [Movement], {
    nullable: true,
    description: "The movements posted for it that this caller may see, oldest first; the latest 200.",
  })
  @Needs("orders:read", "warehouse:read")
  async movements(@Root() { orderRef }: Order, @Ctx() ctx: RequestContext): Promise<Movement[]> {
    const batch = async (refs: readonly string[]) => movementsOfOrders(await ctx.onReplica(), refs, visibleTo(ctx));
    return (await ctx.loader<string, MovementRow[]>("movementsOfOrder", batch).load(orderRef)).map(Movement.of);
  }
}
