import { Directive, Field, ID, ObjectType } from "type-graphql";
import { Open } from "../../../shared/graphql/needs";

/** Entities of the other layers, by key. Their descriptions are those of their owners: the supergraph has one for each. */
@ObjectType("InventoryItem", { description: "The item master. A key that this layer does not know has null fields." })
@Directive('@key(fields: "sku")')
export class InventoryItem {
  @Field(() => ID, { description: "The item's key, byte-exact." })
  @Open()
  sku!: string;

  static of = (sku: string): InventoryItem => Object.assign(new InventoryItem(), { sku });
}

@ObjectType("Warehouse", { description: "A warehouse. A key that this layer does not know has null fields." })
@Directive('@key(fields: "code")')
export class Warehouse {
  @Field(() => ID, { description: "Its code, byte-exact." })
  @Open()
  code!: string;

  static of = (code: string): Warehouse => Object.assign(new Warehouse(), { code });
}

@ObjectType("Channel", { description: "A place where goods are sold: web shop, app, marketplace, store. It draws on exactly one pool." })
@Directive('@key(fields: "code")')
export class Channel {
  @Field(() => ID, { description: "The channel's code." })
  @Open()
  code!: string;

  static of = (code: string): Channel => Object.assign(new Channel(), { code });
}

@ObjectType("Reservation", {
  description: "Units kept for one order in one channel: first held, then committed. A caller sees its own client's only.",
})
@Directive('@key(fields: "id")')
export class Reservation {
  @Field(() => ID, { description: "Opaque." })
  @Open()
  id!: string;

  static of = (id: string): Reservation => Object.assign(new Reservation(), { id });
}

@ObjectType("OutboundShipment", {
  description: "What a warehouse is to pick, pack and ship for one allocation; its id is the id of the allocation it serves.",
})
@Directive('@key(fields: "id")')
export class OutboundShipment {
  @Field(() => ID, { description: "The allocation's id." })
  @Open()
  id!: string;

  static of = (id: string): OutboundShipment => Object.assign(new OutboundShipment(), { id });
}

@ObjectType("InboundShipment", {
  description: "What is expected to arrive: a purchase, a transfer, a return, goods from the workshop.",
})
@Directive('@key(fields: "id")')
export class InboundShipment {
  @Field(() => ID, { description: "Opaque; later ones have greater ids." })
  @Open()
  id!: string;

  static of = (id: string): InboundShipment => Object.assign(new InboundShipment(), { id });
}

@ObjectType("Order", {
  description:
    "An order of the order system, known by that system's own number, which belongs to the client and channel that first used it.",
})
@Directive('@key(fields: "orderRef")')
export class Order {
  @Field(() => ID, { description: "The order system's number." })
  @Open()
  orderRef!: string;

  static of = (orderRef: string): Order => Object.assign(new Order(), { orderRef });
}
