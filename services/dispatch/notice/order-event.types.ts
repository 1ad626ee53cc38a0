import { Field, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import { connectionOf } from "../../../shared/graphql/common.types";
import { Needs } from "../../../shared/graphql/needs";
import { DateTime } from "../../../shared/graphql/scalars";
import { InventoryItem, Order, OutboundShipment } from "../known/known.types";
import { OrderEventKind, type NoticeRow, type OrderEventBody } from "./notice";

registerEnumType(OrderEventKind, {
  name: "OrderEventKind",
  description: "What happened to a confirmed order.",
  valuesConfig: {
    CONFIRMED: { description: "It is taken up; its units are to be shipped." },
    RELEASED: { description: "Units are given up by the house, though nobody asked to cancel them: their commitment is released." },
    ALLOCATED: { description: "A warehouse is to ship these units." },
    BACKORDERED: { description: "These units wait for stock: there is none that may be shipped." },
    SHORT: { description: "A picker did not find these units; they are looked for elsewhere, or wait." },
    PROMISE_CHANGED: {
      description:
        "The promised time was changed by a person, or units that wait for stock are expected at another time than was told last: a first date, one that moved by a day or more, or none any more; detail has it. Told once a move, some 10 to 20 seconds after it.",
    },
    SHIPPED: { description: "These units have left." },
    DELIVERED: { description: "A shipment has been delivered." },
    UNDELIVERED: { description: "A shipment was lost, refused or could not be delivered." },
    RETURN_REQUESTED: { description: "These units are to come back." },
    RETURNED: { description: "These units have come back." },
    CANCEL_REQUESTED: { description: "These units are not wanted any more; whether they can still be stopped is told next." },
    CANCELLED: { description: "These units were stopped and will not ship." },
    CANCEL_REFUSED: { description: "It was too late to stop these units." },
  },
});

@ObjectType({ description: "Units that an event of an order is about." })
@Needs("orders:read", "dispatch:read")
export class OrderEventLine {
  @Field(() => InventoryItem, { description: "The item." }) item!: InventoryItem;
  @Field(() => String, {
    nullable: true,
    description:
      "The order system's own line; null if it gave none, or if the item stands on several lines, whose units are not told apart.",
  })
  lineRef!: string | null;
  @Field(() => Int, { description: "Units." }) quantity!: number;
}

@ObjectType({ description: "One thing that happened to a confirmed order, in any layer. It is never changed." })
@Needs("orders:read", "dispatch:read")
export class OrderEvent {
  @Field(() => ID, { description: "Its id; a webhook carries the same." }) id!: string;
  @Field(() => DateTime, { description: "When dispatch decided or heard of it." }) at!: Date;
  @Field(() => OrderEventKind, { description: "What happened." }) kind!: OrderEventKind;
  @Field(() => Order, { description: "The order." }) order!: Order;
  @Field(() => [OrderEventLine], { description: "The units that it is about." }) lines!: OrderEventLine[];
  @Field(() => OutboundShipment, { nullable: true, description: "The shipment that it is about, if one." })
  shipment!: OutboundShipment | null;
  @Field(() => String, { nullable: true, description: "More about it, for people." }) detail!: string | null;

  static of = ({ id, at, kind, order_ref, body }: NoticeRow): OrderEvent => {
    const { lines, shipmentId, detail } = body as OrderEventBody;
    return {
      id,
      at,
      kind: kind as OrderEventKind,
      order: Order.of(order_ref),
      lines: lines.map(({ sku, lineRef, quantity }) => ({ item: InventoryItem.of(sku), lineRef, quantity })),
      shipment: shipmentId === null ? null : OutboundShipment.of(shipmentId),
      detail,
    };
  };
}

export const OrderEventConnection = connectionOf(OrderEvent, "OrderEvent");
