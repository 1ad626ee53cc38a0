import { Field, Int, ObjectType } from "type-graphql";
import { connectionOf } from "../../../shared/graphql/common.types";
import { Needs } from "../../../shared/graphql/needs";
import { InventoryItem, Warehouse } from "../known/known.types";
import type { ListedPosition } from "./position.sql";

@ObjectType({
  description:
    "What dispatch knows of one item in one warehouse, in base units. It follows the warehouse's movements within moments. free = onHand - allocated; it is negative only when a loss was reported of units that had been promised.",
})
@Needs("dispatch:read")
export class StockPosition {
  @Field(() => InventoryItem, { description: "The item." }) item!: InventoryItem;
  @Field(() => Warehouse, { description: "The warehouse." }) warehouse!: Warehouse;
  @Field(() => Int, { description: "Sellable units there, from the warehouse's movements." }) onHand!: number;
  @Field(() => Int, { description: "Units promised to fulfillment or transfer orders and not yet shipped." }) allocated!: number;
  @Field(() => Int, { description: "onHand - allocated." }) free!: number;
  @Field(() => Int, { description: "Open purchase, production and transfer receipts." }) inbound!: number;
  @Field(() => Int, { description: "Units that orders wait for; counted at the warehouse that was first in rank when they began to wait." })
  backordered!: number;

  static of = ({ sku, warehouse_code, on_hand, allocated, inbound, backordered }: ListedPosition): StockPosition => ({
    item: InventoryItem.of(sku),
    warehouse: Warehouse.of(warehouse_code),
    onHand: on_hand,
    allocated,
    free: on_hand - allocated,
    inbound,
    backordered,
  });
}

export const StockPositionConnection = connectionOf(StockPosition, "StockPosition");
