import { Field, Float, ID, InputType, Int } from "type-graphql";
import { CalendarDate, DecimalText } from "../../../shared/graphql/scalars";
import type { Exact } from "../../../shared/units/decimal";
import { InboundKind, StockStatus } from "../enums";
import { DocumentReferenceInput } from "../ledger/movement.inputs";

const KEY = "The same key and input answer the inbound shipment as it is now; another input is IDEMPOTENCY_KEY_REUSED.";

@InputType({ description: "Units of an item that are expected, or invoiced." })
export class InboundLineInput {
  @Field(() => ID, { description: "A STOCKED item (NOT_FOUND, INVALID_INPUT). One that comes more than once is added up." })
  sku!: string;

  @Field(() => Int, { description: "1 to 2,000,000,000 of `unit`, and no more than that in base units." })
  quantity!: number;

  @Field(() => String, { nullable: true, description: "The item's base unit (default) or one of its others (INVALID_INPUT)." })
  unit?: string | null;

  @Field(() => DecimalText, {
    nullable: true,
    description:
      "What one base unit costs in the warehouse's currency; zero is legal, two costs of an item are INVALID_INPUT. Without it a receipt takes the last one's; an invoice needs it. Returns and transfers cost what they left with, where that is known here.",
  })
  unitCost?: Exact | null;
}

@InputType({ description: "Goods that are expected." })
export class CreateInboundInput {
  @Field(() => ID, { description: KEY })
  idempotencyKey!: string;

  @Field(() => InboundKind, { description: "Why they come." })
  kind!: InboundKind;

  @Field(() => DocumentReferenceInput, {
    description:
      "The purchase order, work order or transfer; of a RETURN its number is the order's. Of a kind and warehouse, type and number are open once (CONFLICT).",
  })
  document!: DocumentReferenceInput;

  @Field(() => ID, { nullable: true, description: "From whom; for PURCHASE only (INVALID_INPUT)." })
  supplier?: string | null;

  @Field(() => ID, { description: "Where to (NOT_FOUND)." })
  warehouse!: string;

  @Field(() => Date, { nullable: true, description: "When they are due." })
  expectedAt?: Date | null;

  @Field(() => Float, {
    nullable: true,
    defaultValue: 0,
    description: "How much more of each item may come than is expected, 0 to 1,000 per cent, to four places; whole units, rounded down.",
  })
  overReceiptPercent?: number | null;

  @Field(() => [InboundLineInput], { description: "1 to 1,000 lines." })
  lines!: InboundLineInput[];
}

@InputType({ description: "What is to change in an open inbound shipment: one of the two at least (INVALID_INPUT)." })
export class UpdateInboundInput {
  @Field(() => ID, { description: KEY })
  idempotencyKey!: string;

  @Field(() => ID, { description: "Which (NOT_FOUND)." })
  id!: string;

  @Field(() => Date, { nullable: true, description: "When it is due now; without it the date stays." })
  expectedAt?: Date | null;

  @Field(() => [InboundLineInput], {
    nullable: true,
    description:
      "All its lines anew, 1 to 1,000; without them they stay. What has come or was rejected stays: lowering a line below it, or leaving it out, is INVALID_STATE. Without a unitCost a line keeps its own.",
  })
  lines?: InboundLineInput[] | null;
}

@InputType({
  description: "What has come of an item. No status: AVAILABLE, but QUARANTINE for returns. rejected: sent back unreceived.",
})
export class ReceiveLineInput {
  @Field(() => ID, { description: "An item of the inbound shipment (INVALID_INPUT)." })
  sku!: string;

  @Field(() => Int, {
    description:
      "Units taken in, without the rejected ones: at least 1, or 0 where some are rejected. All of an item together, with what was rejected, no more than its tolerance lets come (LIMIT_EXCEEDED).",
  })
  quantity!: number;

  @Field(() => String, {
    nullable: true,
    description: "What `quantity` and `rejected` count: the item's base unit (default) or one of its others (INVALID_INPUT).",
  })
  unit?: string | null;

  @Field(() => Int, {
    nullable: true,
    defaultValue: 0,
    description: "Units that were not taken in: they never enter stock, and are not expected any more.",
  })
  rejected?: number | null;

  @Field(() => String, { nullable: true, description: "Why; rejected units need it (INVALID_INPUT). At most 500 characters." })
  rejectReason?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: "Where to (NOT_FOUND), not TRANSIT or PACKING (INVALID_INPUT); the first STORAGE location by code by default.",
  })
  location?: string | null;

  @Field(() => StockStatus, {
    nullable: true,
    description: "What the units become: AVAILABLE by default, QUARANTINE for a RETURN; not PLEDGED or EXPIRED (INVALID_INPUT).",
  })
  status?: StockStatus | null;

  @Field(() => ID, {
    nullable: true,
    description:
      "Their lot; items tracked by lot need it (INVALID_INPUT). One that is blocked or past its day is not received AVAILABLE (INVALID_STATE).",
  })
  lot?: string | null;

  @Field(() => CalendarDate, {
    nullable: true,
    description: "The last day on which the lot is good. Kept from its first receipt; another one is CONFLICT.",
  })
  lotExpiresOn?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: "As many as units; items tracked by serial number need them (INVALID_INPUT), none may be in stock (CONFLICT).",
  })
  serials?: string[] | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: "Received and scrapped in one transaction: two movements. Such units are DAMAGED in between, unless a status is named.",
  })
  scrap?: boolean | null;
}

@InputType({ description: "What has come." })
export class ReceiveInboundInput {
  @Field(() => ID, { description: KEY })
  idempotencyKey!: string;

  @Field(() => ID, { description: "Which (NOT_FOUND)." })
  id!: string;

  @Field(() => [ReceiveLineInput], { description: "1 to 1,000 lines, an item may come more than once; none where it is only closed." })
  lines!: ReceiveLineInput[];

  @Field(() => Boolean, { nullable: true, defaultValue: false, description: "Nothing more will come: it is closed, short or not." })
  final?: boolean | null;
}
