import { Directive, Field, ID, ObjectType } from "type-graphql";
import { Open } from "../../../shared/graphql/needs";

@ObjectType("InventoryItem", { description: "An item, as far as the dispatch layer knows it: where its units are and for whom." })
@Directive('@key(fields: "sku")')
export class InventoryItem {
  @Field(() => ID, { description: "The item's SKU, byte-exact." })
  @Open()
  sku!: string;

  static of = (sku: string): InventoryItem => Object.assign(new InventoryItem(), { sku });
}

@ObjectType("Warehouse", { description: "A physical warehouse, as far as the dispatch layer knows it." })
@Directive('@key(fields: "code")')
export class Warehouse {
  @Field(() => ID, { description: "The warehouse's code." })
  @Open()
  code!: string;

  static of = (code: string): Warehouse => Object.assign(new Warehouse(), { code });
}

@ObjectType("Channel", { description: "A sales channel; the sales layer owns it." })
@Directive('@key(fields: "code")')
export class Channel {
  @Field(() => ID, { description: "The channel's code." })
  @Open()
  code!: string;

  static of = (code: string): Channel => Object.assign(new Channel(), { code });
}

@ObjectType("Reservation", { description: "The reservation whose confirmation made a fulfillment order; the sales layer owns it." })
@Directive('@key(fields: "id")')
export class Reservation {
  @Field(() => ID, { description: "The reservation's id." })
  @Open()
  id!: string;

  static of = (id: string): Reservation => Object.assign(new Reservation(), { id });
}

@ObjectType("OutboundShipment", { description: "The shipment that a warehouse makes of an allocation; the warehouse layer owns it." })
@Directive('@key(fields: "id")')
export class OutboundShipment {
  @Field(() => ID, { description: "The shipment's id, which is the allocation's." })
  @Open()
  id!: string;

  static of = (id: string): OutboundShipment => Object.assign(new OutboundShipment(), { id });
}

@ObjectType("Order", { description: "An order as the order system knows it, by its own number." })
@Directive('@key(fields: "orderRef")')
export class Order {
  @Field(() => ID, { description: "The order system's number, byte-exact." })
  @Open()
  orderRef!: string;

  static of = (orderRef: string): Order => Object.assign(new Order(), { orderRef });
}
