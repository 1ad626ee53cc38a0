import { Directive, Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { Address, connectionOf, UserError } from "../../../shared/graphql/common.types";
import { Needs, Open } from "../../../shared/graphql/needs";
import { DeliveryOutcome, OutboundKind, OutboundStatus } from "../enums";
import type { LineRow, ParcelRow, ShipmentRow } from "./ship.sql";

@ObjectType({ description: "Units of an item in a parcel." })
@Needs("warehouse:read", "orders:read")
export class ParcelLine {
  sku!: string;

  @Field(() => Int, { description: "Base units." })
  quantity!: number;
}

@ObjectType({ description: "A parcel that left." })
@Needs("warehouse:read", "orders:read")
export class Parcel {
  @Field(() => ID, { description: "Opaque." })
  id!: string;

  @Field(() => String, { nullable: true, description: "Who carries it." })
  carrier!: string | null;

  @Field(() => String, { nullable: true, description: "The carrier's number." })
  trackingNumber!: string | null;

  @Field(() => Int, { nullable: true, description: "Weight in grams, as given." })
  weightGrams!: number | null;

  @Field(() => OutboundStatus, { description: "SHIPPED, or what became of it." })
  status!: OutboundStatus;

  static of = (row: ParcelRow): Parcel => Object.assign(new Parcel(), row);
}

@ObjectType({ description: "Units that were taken from one place." })
@Needs("warehouse:read", "orders:read")
export class Pick {
  warehouseCode!: string;
  locationCode!: string;

  sku!: string;
  lotCode!: string;
  lineKeys!: string;

  @Field(() => Int, { description: "Base units." })
  quantity!: number;
}

@ObjectType({ description: "What a shipment takes of one item." })
@Needs("warehouse:read", "orders:read")
export class OutboundLine {
  sku!: string;
  shipmentId!: string;

  @Field(() => Int, { description: "Base units to ship." })
  quantity!: number;

  @Field(() => Int, { description: "Base units picked and not put back." })
  picked!: number;

  @Field(() => Int, { description: "Base units that pickers did not find; this shipment will not take them." })
  short!: number;

  static of = (row: LineRow): OutboundLine => Object.assign(new OutboundLine(), row);
}

@ObjectType({ description: "What a warehouse is to pick, pack and ship for one allocation; its id is the id of the allocation it serves." })
@Directive('@key(fields: "id")')
@Needs("warehouse:read", "orders:read")
export class OutboundShipment {
  @Field(() => ID, { description: "The allocation's id." })
  @Open()
  id!: string;

  @Field(() => OutboundKind, { description: "Why it goes out." })
  kind!: OutboundKind;

  @Field(() => Address, { nullable: true, description: "Where to, as the order said." })
  @Needs("orders:personal", "warehouse:write", "dispatch:write")
  shipTo!: Address | null;

  @Field(() => OutboundStatus, { description: "Where it stands." })
  status!: OutboundStatus;

  @Field(() => Int, { description: "Higher goes first." })
  priority!: number;

  @Field(() => Date, { nullable: true, description: "When it should leave at the latest." })
  shipBy!: Date | null;

  @Field(() => Date, { nullable: true, description: "When it left." })
  shippedAt!: Date | null;

  @Field(() => Date, { nullable: true, description: "When it was reported delivered." })
  deliveredAt!: Date | null;

  warehouseCode!: string;
  toWarehouseCode!: string | null;
  orderRef!: string | null;

  static of = (row: ShipmentRow): OutboundShipment => Object.assign(new OutboundShipment(), row);
}

export const OutboundShipmentConnection = connectionOf(OutboundShipment, "OutboundShipment");

@ObjectType({
  description:
    "An order of the order system, known by that system's own number, which belongs to the client and channel that first used it.",
})
@Directive('@key(fields: "orderRef")')
@Needs("orders:read", "warehouse:read")
export class Order {
  @Field(() => ID, { description: "The order system's number." })
  @Open()
  orderRef!: string;

  static of = (orderRef: string): Order => Object.assign(new Order(), { orderRef });
}

@InputType({ description: "One step of a shipment." })
export class ShipmentActionInput {
  @Field(() => ID, { description: "The same key and input answer the shipment as it is now; another input is IDEMPOTENCY_KEY_REUSED." })
  idempotencyKey!: string;

  @Field(() => ID, { description: "The shipment (NOT_FOUND)." })
  id!: string;
}

@InputType({ description: "Units taken from a shelf, or put back there." })
export class PickInput {
  @Field(() => ID, { description: "An item of the shipment (INVALID_INPUT)." })
  sku!: string;

  @Field(() => Int, {
    description: "Base units, at least 1; all of an item together no more than are open, or lie in PACKING to be put back (INVALID_INPUT).",
  })
  quantity!: number;

  @Field(() => ID, {
    nullable: true,
    description:
      "A RECEIVING, STORAGE or PICKING location (INVALID_INPUT); without it what expires first, then what came in first, is taken, and the first STORAGE location by code takes what is put back.",
  })
  location?: string | null;

  @Field(() => ID, { nullable: true, description: "Only of this lot; without it the first to expire." })
  lot?: string | null;

  @Field(() => [String], {
    nullable: true,
    description:
      "These very units, as many as `quantity`, for items with serial numbers; without them the first by number (INVALID_INPUT).",
  })
  serials?: string[] | null;

  @Field(() => Int, {
    nullable: true,
    defaultValue: 0,
    description:
      "Base units that were not found, at the place that is named or where a pick would go next: booked as COUNT_LOSS as far as the books have them there, and sourced elsewhere at once. `quantity` may be 0 beside it. Not for items with serial numbers: a count says which is gone (INVALID_INPUT).",
  })
  short?: number | null;
}

@InputType({ description: "What of a stopped shipment is back on the shelf." })
export class PutBackInput extends ShipmentActionInput {
  @Field(() => [PickInput], { description: "1 to 1,000 lines; an item may come more than once." })
  lines!: PickInput[];
}

@InputType({ description: "What was picked for a shipment." })
export class RecordPickInput extends ShipmentActionInput {
  @Field(() => [PickInput], { description: "1 to 1,000 picks; an item may come more than once." })
  picks!: PickInput[];
}

@InputType({ description: "Units of an item in a parcel." })
export class ParcelLineInput {
  @Field(() => ID, { description: "An item of the shipment." })
  sku!: string;

  @Field(() => Int, { description: "Base units, at least 1." })
  quantity!: number;
}

@InputType({ description: "A parcel." })
export class ParcelInput {
  @Field(() => String, { nullable: true, description: "Who carries it; the shipment's carrier by default." })
  carrier?: string | null;

  @Field(() => String, { nullable: true, description: "The carrier's number; the shipment's by default." })
  trackingNumber?: string | null;

  @Field(() => Int, { nullable: true, description: "Weight in grams." })
  weightGrams?: number | null;

  @Field(() => [ParcelLineInput], { description: "What lies in it, at least one line." })
  lines!: ParcelLineInput[];
}

@InputType({ description: "The shipment leaves." })
export class ShipShipmentInput extends ShipmentActionInput {
  @Field(() => String, { nullable: true, description: "Who carries it; at most 200 characters." })
  carrier?: string | null;

  @Field(() => String, { nullable: true, description: "The carrier's number; at most 200 characters." })
  trackingNumber?: string | null;

  @Field(() => [ParcelInput], {
    nullable: true,
    description: "1 to 1,000 parcels that add up to the shipment exactly (INVALID_INPUT); one parcel with everything by default.",
  })
  parcels?: ParcelInput[] | null;
}

@InputType({ description: "What became of a shipment or one parcel of it." })
export class ReportDeliveryInput extends ShipmentActionInput {
  @Field(() => ID, { nullable: true, description: "One parcel (NOT_FOUND); without it all that have no outcome yet." })
  parcelId?: string | null;

  @Field(() => DeliveryOutcome, { description: "What became of it." })
  outcome!: DeliveryOutcome;

  @Field(() => String, { nullable: true, description: "For people; at most 500 characters." })
  note?: string | null;
}

@ObjectType({ description: "The shipment, or why the step was refused." })
@Open()
export class OutboundPayload {
  @Field(() => OutboundShipment, { nullable: true, description: "The shipment as it is now." })
  outbound?: OutboundShipment | null;

  @Field(() => [UserError], { description: "Why nothing was changed; empty on success." })
  userErrors!: UserError[];
}

@ObjectType({ description: "Units to pick for one shipment." })
@Needs("warehouse:read")
export class PickingLine {
  sku!: string;
  lotCode!: string;

  @Field(() => ID, { description: "The shipment, for recordPick." })
  shipmentId!: string;

  @Field(() => Int, { description: "Base units." })
  quantity!: number;
}

@ObjectType({ description: "A stop of a picker's walk." })
@Needs("warehouse:read")
export class PickingStop {
  warehouseCode!: string;
  locationCode!: string;

  @Field(() => [PickingLine], { description: "What to take there, by the shipments' priority, then their time." })
  picks!: PickingLine[];
}
