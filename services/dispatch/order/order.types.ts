import { Directive, Field, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import { connectionOf } from "../../../shared/graphql/common.types";
import { Needs, Open } from "../../../shared/graphql/needs";
import { DateTime } from "../../../shared/graphql/scalars";
import { Channel, InventoryItem, Order, Reservation, Warehouse } from "../known/known.types";
import {
  AllocationStatus,
  FulfillmentStatus,
  type AllocationLineRow,
  type AllocationRow,
  type LineRow,
  type OrderRow,
} from "./fulfillment-order";

registerEnumType(FulfillmentStatus, {
  name: "FulfillmentStatus",
  description: "Where a fulfillment order stands.",
  valuesConfig: {
    OPEN: { description: "Not decided yet." },
    ON_HOLD: { description: "Nothing is allocated: there is stock, but the rules forbid it (unsourcedBecause), or a person holds it." },
    BACKORDERED: { description: "Nothing is allocated: there is no stock that may be shipped." },
    PARTIALLY_ALLOCATED: { description: "Some units are allocated, the others wait." },
    ALLOCATED: { description: "Every unit is allocated to a warehouse." },
    PARTIALLY_SHIPPED: { description: "Some units have left." },
    SHIPPED: { description: "Every unit has left." },
    DELIVERED: { description: "Every shipment has been delivered." },
    CANCELLING: { description: "The warehouse is being asked to stop it." },
    CANCELLED: { description: "Given up." },
  },
});

registerEnumType(AllocationStatus, {
  name: "AllocationStatus",
  description: "Where an allocation stands.",
  valuesConfig: {
    ALLOCATED: { description: "The stock is promised to the order; the warehouse is told of it when it is due, usually at once." },
    RELEASED: { description: "The warehouse works on it." },
    SHIPPED: { description: "The goods have left." },
    CANCELLED: { description: "Given up before it was shipped." },
    SHORT: { description: "The warehouse found less than the books said." },
  },
});

@ObjectType({ description: "One line of a fulfillment order, in base units: quantity = allocated + shipped + cancelled + what waits." })
@Needs("orders:read", "dispatch:read")
export class FulfillmentLine {
  @Field(() => InventoryItem, { description: "The item." }) item!: InventoryItem;
  @Field(() => Int, { description: "Units ordered." }) quantity!: number;
  @Field(() => Int, { description: "Units that a warehouse is to ship and has not shipped." }) allocated!: number;
  @Field(() => Int, { description: "Units that wait because there is no stock; zero while the order is on hold." }) backordered!: number;
  @Field(() => Int, { description: "Units that have left." }) shipped!: number;
  @Field(() => Int, { description: "Units that were given up." }) cancelled!: number;
  @Field(() => DateTime, {
    nullable: true,
    description:
      "When what is to come to the pool's warehouses covers the waiting units and all that wait before them, as known now; null while nothing is known, or nothing waits.",
  })
  expectedAt!: Date | null;

  static of = ({ sku, quantity, allocated, backordered, shipped, cancelled }: LineRow, expectedAt: Date | null): FulfillmentLine => ({
    item: InventoryItem.of(sku),
    quantity,
    allocated,
    backordered,
    shipped,
    cancelled,
    expectedAt,
  });
}

@ObjectType({ description: "Units of one item in an allocation." })
@Needs("orders:read", "dispatch:read")
export class AllocationLine {
  @Field(() => InventoryItem, { description: "The item." }) item!: InventoryItem;
  @Field(() => Int, { description: "Units that the warehouse is to ship, or was to when it was stopped." }) quantity!: number;
  @Field(() => Int, { description: "Units that have left." }) shipped!: number;

  static of = ({ sku, quantity, shipped }: AllocationLineRow): AllocationLine => ({ item: InventoryItem.of(sku), quantity, shipped });
}

@ObjectType({ description: "What one warehouse is to ship for one fulfillment order." })
@Directive('@key(fields: "id")')
@Needs("orders:read", "dispatch:read")
export class Allocation {
  @Field(() => ID, { description: "Its id, which is also its shipment's." })
  @Open()
  id!: string;

  @Field(() => Warehouse, { description: "The warehouse that ships." }) warehouse!: Warehouse;
  @Field(() => AllocationStatus, { description: "Where it stands." }) status!: AllocationStatus;
  @Field(() => DateTime, { description: "When it was made." }) createdAt!: Date;

  static of = (row: AllocationRow): Allocation =>
    Object.assign(new Allocation(), {
      id: row.id,
      warehouse: Warehouse.of(row.warehouse_code),
      status: row.status,
      createdAt: row.created_at,
    });
}

@ObjectType({
  description:
    "A confirmed order that is to be shipped: what of it comes from where, what waits, and why. Made when sales confirms a reservation.",
})
@Directive('@key(fields: "id")')
@Needs("orders:read", "dispatch:read")
export class FulfillmentOrder {
  @Field(() => ID, { description: "Its id." })
  @Open()
  id!: string;

  @Field(() => Order, { description: "The order." }) order!: Order;
  @Field(() => Reservation, { description: "The reservation that was confirmed." }) reservation!: Reservation;
  @Field(() => Channel, { description: "Where it was sold." }) channel!: Channel;
  @Field(() => FulfillmentStatus, { description: "Where it stands." }) status!: FulfillmentStatus;
  @Field(() => Int, { description: "Higher is served first when stock arrives." }) priority!: number;
  @Field(() => DateTime, { nullable: true, description: "When it was promised to arrive or leave, as the order system said." })
  promisedAt!: Date | null;
  @Field(() => String, { nullable: true, description: "There is stock, but the rules forbid it: why. BACKORDERED orders have none." })
  unsourcedBecause!: string | null;
  @Field(() => DateTime, { nullable: true, description: "No warehouse is told of it before; its stock is allocated as usual." })
  shipNotBefore!: Date | null;
  @Field(() => DateTime, { description: "When this layer took it up." }) createdAt!: Date;

  row!: OrderRow;

  static of = (row: OrderRow): FulfillmentOrder =>
    Object.assign(new FulfillmentOrder(), {
      id: row.id,
      order: Order.of(row.order_ref),
      reservation: Reservation.of(row.reservation_id),
      channel: Channel.of(row.channel_code),
      status: row.status,
      priority: row.priority,
      promisedAt: row.promised_at,
      unsourcedBecause: row.unsourced_because,
      shipNotBefore: row.ship_not_before,
      createdAt: row.created_at,
      row,
    });
}

export const FulfillmentOrderConnection = connectionOf(FulfillmentOrder, "FulfillmentOrder");
