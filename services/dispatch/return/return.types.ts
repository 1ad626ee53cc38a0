import { Directive, Field, ID, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import { connectionOf, UserError } from "../../../shared/graphql/common.types";
import { Needs, Open } from "../../../shared/graphql/needs";
import { InventoryItem, Order, Warehouse } from "../known/known.types";
import { receivedUnits, ReplacementShips, ReturnKind, ReturnStatus, type ReturnLineRow, type ReturnRow } from "./return-order";

registerEnumType(ReturnKind, {
  name: "ReturnKind",
  description: "What a return is for.",
  valuesConfig: {
    RETURN: { description: "A customer sends goods back." },
    EXCHANGE: { description: "A customer swaps goods: some come back, others are sent." },
    UNDELIVERED: { description: "A parcel that was refused or undeliverable comes back; opened by itself." },
    RESHIP: { description: "A replacement for units that were lost on their way; nothing comes back." },
  },
});
registerEnumType(ReturnStatus, {
  name: "ReturnStatus",
  description: "Where a return stands.",
  valuesConfig: {
    REQUESTED: { description: "Somebody has to approve or reject it." },
    APPROVED: { description: "The goods are expected; a replacement may be on its way." },
    REJECTED: { description: "Nothing may come back." },
    RECEIVING: { description: "Some or all of it has come; the rest, or the replacement, is open." },
    WAITING_FOR_REPLACEMENT: { description: "There is no stock for the replacement; it is committed as soon as there is, or cancelled." },
    COMPLETED: { description: "What was to come has come, and what was to be sent is committed: its own fulfillment order goes on." },
    CANCELLED: { description: "Nothing came and nothing was sent." },
  },
});
registerEnumType(ReplacementShips, {
  name: "ReplacementShips",
  description: "When an exchange's replacement is committed.",
  valuesConfig: {
    AT_ONCE: { description: "When the return is approved: all its units." },
    ON_RECEIPT: { description: "When the last of it has come: the units that were taken in." },
  },
});

@ObjectType({ description: "Units of an item that come back or are replaced, and what became of them; base units." })
@Needs("orders:read", "dispatch:read")
export class ReturnLine {
  @Field(() => InventoryItem, { description: "The item that comes back." }) item!: InventoryItem;
  @Field(() => String, { nullable: true, description: "The order's own line, where it was named." }) lineRef!: string | null;
  @Field(() => Int, { description: "Units asked for." }) quantity!: number;
  @Field(() => Int, { description: "Units taken in: restocked, quarantined and scrapped." }) received!: number;
  @Field(() => Int, { description: "Of these, units that could be sold again as they came in." }) restocked!: number;
  @Field(() => Int, { description: "Of these, units that are kept and not for sale." }) quarantined!: number;
  @Field(() => Int, { description: "Of these, units that were thrown away at once." }) scrapped!: number;
  @Field(() => Int, { description: "Units that the warehouse did not take in; the customer has them." }) rejected!: number;
  @Field({ description: "Why, as the customer said." }) reason!: string;
  @Field(() => InventoryItem, { nullable: true, description: "What is sent for it in an exchange; null: the same item, or nothing." })
  exchangeFor!: InventoryItem | null;

  static of = (row: ReturnLineRow): ReturnLine => ({
    item: InventoryItem.of(row.sku),
    lineRef: row.line_ref,
    quantity: row.quantity,
    received: receivedUnits(row),
    restocked: row.restocked,
    quarantined: row.quarantined,
    scrapped: row.scrapped,
    rejected: row.rejected,
    reason: row.reason,
    exchangeFor: row.exchange_for === null ? null : InventoryItem.of(row.exchange_for),
  });
}

@ObjectType({ description: "A customer sends goods back (RETURN) or swaps them (EXCHANGE), or a parcel came back or was lost." })
@Directive('@key(fields: "id")')
@Needs("orders:read", "dispatch:read")
export class ReturnOrder {
  @Field(() => ID, { description: "Its id, which is also its inbound shipment's." })
  @Open()
  id!: string;

  @Field(() => Order, { description: "The order that the units left with." }) order!: Order;
  @Field(() => ReturnKind, { description: "What it is for." }) kind!: ReturnKind;
  @Field(() => ReturnStatus, { description: "Where it stands." }) status!: ReturnStatus;
  @Field(() => Warehouse, { description: "Where the goods come to; of a RESHIP, where most of them had left." }) warehouse!: Warehouse;
  @Field(() => String, { nullable: true, description: "Why it was rejected or cancelled." }) note!: string | null;

  row!: ReturnRow;

  static of = (row: ReturnRow): ReturnOrder =>
    Object.assign(new ReturnOrder(), {
      id: row.id,
      order: Order.of(row.order_ref),
      kind: row.kind,
      status: row.status,
      warehouse: Warehouse.of(row.warehouse_code),
      note: row.note,
      row,
    });
}

export const ReturnOrderConnection = connectionOf(ReturnOrder, "ReturnOrder");

@InputType({ description: "Units of an item that are to come back." })
export class ReturnLineInput {
  @Field(() => ID, { description: "An item of the order as it was shipped; a kit's components, not the kit (NOT_FOUND)." }) sku!: string;
  @Field(() => Int, { description: "Base units. All of an item together no more than may come back (LIMIT_EXCEEDED)." }) quantity!: number;
  @Field({ description: "Why; 1 to 500 characters." }) reason!: string;
  @Field(() => ID, {
    nullable: true,
    description: "EXCHANGE only: the STOCKED item of the same merchant that is sent for it; the same one by default.",
  })
  exchangeFor?: string | null;
  @Field(() => String, { nullable: true, description: "The order's own line (NOT_FOUND); no more than left of it (LIMIT_EXCEEDED)." })
  lineRef?: string | null;
  @Field(() => ID, { nullable: true, description: "The shipment that they left with (NOT_FOUND); no more than it took (LIMIT_EXCEEDED)." })
  shipmentId?: string | null;
  @Field(() => [String], {
    nullable: true,
    description: "As many serial numbers as units: the warehouse takes in these and no others. It also sees that they left with the order.",
  })
  serials?: string[] | null;
}

@InputType({ description: "What is to come back of an order, or to be sent again." })
export class RequestReturnInput {
  @Field(() => ID, { description: "The same key and input answer the return as it is now; another input is IDEMPOTENCY_KEY_REUSED." })
  idempotencyKey!: string;
  @Field(() => ID, { description: "The order (NOT_FOUND)." }) orderRef!: string;
  @Field(() => ReturnKind, { description: "RETURN, EXCHANGE, or RESHIP of what was lost; UNDELIVERED opens by itself (INVALID_INPUT)." })
  kind!: ReturnKind;
  @Field(() => ID, {
    nullable: true,
    description: "Where the goods come to (NOT_FOUND); by default the warehouse that shipped most of them.",
  })
  warehouse?: string | null;
  @Field(() => ReplacementShips, {
    nullable: true,
    defaultValue: ReplacementShips.ON_RECEIPT,
    description: "When an exchange's replacement is committed.",
  })
  replacementShips?: ReplacementShips | null;
  @Field(() => Boolean, {
    nullable: true,
    defaultValue: true,
    description: "False: it is REQUESTED until somebody approves or rejects it.",
  })
  approved?: boolean | null;
  @Field(() => [ReturnLineInput], { description: "1 to 1,000 lines." }) lines!: ReturnLineInput[];
}

@InputType({ description: "A decision about a return." })
export class ReturnActionInput {
  @Field(() => ID, { description: "The same key and input answer the return as it is now; another input is IDEMPOTENCY_KEY_REUSED." })
  idempotencyKey!: string;
  @Field(() => ID, { description: "The return (NOT_FOUND)." }) id!: string;
  @Field(() => String, { nullable: true, description: "Why, at most 500 characters; a rejection needs it (INVALID_INPUT)." })
  reason?: string | null;
}

@ObjectType({ description: "The return, or why it was refused." })
@Open()
export class ReturnPayload {
  @Field(() => ReturnOrder, { nullable: true, description: "The return as it is now; null when refused." }) return?: ReturnOrder | null;
  @Field(() => [UserError], { description: "Why it was refused; empty when it was done." }) userErrors!: UserError[];
}
