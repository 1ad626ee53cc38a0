import { Directive, Field, ID, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import { connectionOf, UserError } from "../../../shared/graphql/common.types";
import { DateTime } from "../../../shared/graphql/scalars";
import { Needs, Open } from "../../../shared/graphql/needs";
import { InventoryItem, Warehouse } from "../known/known.types";
import { OrderLineInput } from "../source/source.types";
import { TransferReason, TransferStatus, type TransferLineRow, type TransferRow } from "./transfer-order";

registerEnumType(TransferStatus, {
  name: "TransferStatus",
  description: "Where a transfer stands.",
  valuesConfig: {
    DRAFT: { description: "Nothing is set aside; `note` says why, where its release was refused." },
    RELEASING: { description: "Its units are spoken for where they lie, and sales is asked to set them aside." },
    RELEASED: { description: "Handed to the warehouse floor, which picks, packs and ships it." },
    IN_TRANSIT: { description: "On its way: its units lie, with their value, in the TRANSIT of where it goes." },
    PARTIALLY_RECEIVED: { description: "Some of it has come." },
    RECEIVED: { description: "All of it has come, or will not come: the rest is lost." },
    CANCELLED: { description: "Will not go." },
  },
});
registerEnumType(TransferReason, {
  name: "TransferReason",
  description: "Why goods go to another warehouse.",
  valuesConfig: {
    MANUAL: { description: "Somebody wants it." },
    REPLENISHMENT: { description: "What is low there is filled up." },
    REBALANCE: { description: "It lies in the wrong warehouse." },
    BACKORDER: { description: "An order waits for it there." },
  },
});

@ObjectType({ description: "Units of one item of a transfer." })
@Needs("dispatch:read")
export class TransferLine {
  @Field(() => InventoryItem, { description: "The item." }) item!: InventoryItem;
  @Field(() => Int, { description: "Base units that are to go." }) quantity!: number;
  @Field(() => Int, { description: "Units that have left; fewer than `quantity` where some were not found." }) shipped!: number;
  @Field(() => Int, { description: "Of these, units that have come." }) received!: number;
  @Field(() => Int, { description: "Of these, units that were rejected or never came: booked as TRANSFER_LOSS." }) lost!: number;

  static of = ({ sku, quantity, shipped, received, lost }: TransferLineRow): TransferLine =>
    Object.assign(new TransferLine(), { item: InventoryItem.of(sku), quantity, shipped, received, lost });
}

@ObjectType({ description: "Goods that go from one warehouse to another." })
@Directive('@key(fields: "id")')
@Needs("dispatch:read")
export class TransferOrder {
  @Field(() => ID, { description: "Its id, which is also its shipment's and its inbound shipment's, and the number of their document." })
  @Open()
  id!: string;

  @Field(() => Warehouse, { description: "Where the goods are." }) from!: Warehouse;
  @Field(() => Warehouse, { description: "Where they go." }) to!: Warehouse;
  @Field(() => TransferStatus, { description: "Where it stands." }) status!: TransferStatus;
  @Field(() => TransferReason, { description: "Why." }) reason!: TransferReason;
  @Field(() => DateTime, { nullable: true, description: "When it should have come; after it a TRANSFER_OVERDUE alert is raised." })
  expectedAt!: Date | null;
  @Field(() => String, { nullable: true, description: "What its release lacked, or why it was cancelled." }) note!: string | null;
  @Field(() => DateTime, { description: "When it was made." }) createdAt!: Date;

  row!: TransferRow;

  static of = (row: TransferRow): TransferOrder =>
    Object.assign(new TransferOrder(), {
      id: row.id,
      from: Warehouse.of(row.from_warehouse),
      to: Warehouse.of(row.to_warehouse),
      status: row.status,
      reason: row.reason,
      expectedAt: row.expected_at,
      note: row.note,
      createdAt: row.created_at,
      row,
    });
}

export const TransferOrderConnection = connectionOf(TransferOrder, "TransferOrder");

@InputType({ description: "Goods that are to go to another warehouse." })
export class CreateTransferInput {
  @Field(() => ID, { description: "The same key and input answer the transfer as it is now; another input is IDEMPOTENCY_KEY_REUSED." })
  idempotencyKey!: string;
  @Field(() => ID, { description: "Where they are (NOT_FOUND)." }) from!: string;
  @Field(() => ID, {
    description: "Where they go (NOT_FOUND): another warehouse (INVALID_INPUT) of the same legal entity and currency (INVALID_INPUT).",
  })
  to!: string;
  @Field(() => [OrderLineInput], { description: "1 to 1,000 lines of STOCKED items (INVALID_INPUT); lines of an item are added up." })
  lines!: OrderLineInput[];
  @Field(() => TransferReason, { nullable: true, defaultValue: TransferReason.MANUAL, description: "Why." }) reason?: TransferReason | null;
  @Field(() => DateTime, { nullable: true, description: "When they should have come." }) expectedAt?: Date | null;
}

@InputType({ description: "A decision about a transfer." })
export class TransferActionInput {
  @Field(() => ID, { description: "The same key and input answer the transfer as it is now; another input is IDEMPOTENCY_KEY_REUSED." })
  idempotencyKey!: string;
  @Field(() => ID, { description: "The transfer (NOT_FOUND)." }) id!: string;
  @Field(() => String, { nullable: true, description: "Why, at most 500 characters." }) reason?: string | null;
}

@ObjectType({ description: "The transfer, or why it was refused." })
@Open()
export class TransferPayload {
  @Field(() => TransferOrder, { nullable: true, description: "The transfer as it is now; null when refused." })
  transfer?: TransferOrder | null;
  @Field(() => [UserError], { description: "Why it was refused; empty when it was done." }) userErrors!: UserError[];
}
