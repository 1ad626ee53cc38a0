import { Field, ID, InputType, Int } from "type-graphql";
import { CalendarDate, DecimalText } from "../../../shared/graphql/scalars";
import type { Exact } from "../../../shared/units/decimal";
import { MovementType, StockStatus } from "../enums";

@InputType({ description: "A document outside this layer, such as a purchase order." })
export class DocumentReferenceInput {
  @Field({ description: "What kind of document, such as PURCHASE_ORDER." })
  type!: string;

  @Field({ description: "Its number." })
  number!: string;

  @Field(() => String, { nullable: true, description: "One line of it." })
  line?: string | null;
}

@InputType({ description: "Units of one item. The quantity is positive, the movement's type gives the sign." })
export class MovementLineInput {
  @Field(() => ID, { description: "A STOCKED item (NOT_FOUND, INVALID_INPUT)." })
  sku!: string;

  @Field(() => Int, { description: "1 to 2,000,000,000 of `unit`, and no more than that in base units." })
  quantity!: number;

  @Field(() => String, { nullable: true, description: "The item's base unit (default) or one of its others." })
  unit?: string | null;

  @Field(() => ID, { nullable: true, description: "Not offered yet (INVALID_INPUT)." })
  pledge?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      "Where to or from. Without it receipts go to the first STORAGE location by code; issues take what came in first from RECEIVING, STORAGE and PICKING.",
  })
  location?: string | null;

  @Field(() => ID, { nullable: true, description: "For BIN_MOVE, which is not offered by hand yet (INVALID_INPUT)." })
  toLocation?: string | null;

  @Field(() => StockStatus, { nullable: true, description: "AVAILABLE by default; not PLEDGED or EXPIRED (INVALID_INPUT)." })
  status?: StockStatus | null;

  @Field(() => StockStatus, { nullable: true, description: "For STATUS_CHANGE, which is not offered by hand yet (INVALID_INPUT)." })
  toStatus?: StockStatus | null;

  @Field(() => ID, { nullable: true, description: "Not offered yet (INVALID_INPUT)." })
  lot?: string | null;

  @Field(() => CalendarDate, { nullable: true, description: "Not offered yet (INVALID_INPUT)." })
  lotExpiresOn?: string | null;

  @Field(() => [String], { nullable: true, description: "Not offered yet (INVALID_INPUT)." })
  serials?: string[] | null;

  @Field(() => DecimalText, {
    nullable: true,
    description:
      "Receipts: the actual cost of one base unit in the warehouse's currency; zero is legal. Without it the last receipt's is taken (INVALID_INPUT when there was none).",
  })
  unitCost?: Exact | null;

  @Field(() => DecimalText, { nullable: true, description: "For COST_ADJUSTMENT, which is not offered by hand yet (INVALID_INPUT)." })
  amount?: Exact | null;
}

@InputType({ description: "A movement to post by hand." })
export class PostMovementInput {
  @Field(() => ID, {
    description: "Posting again with the same key and input answers the same movement; another input is IDEMPOTENCY_KEY_REUSED.",
  })
  idempotencyKey!: string;

  @Field(() => MovementType, {
    description: "What happened. So far PURCHASE_RECEIPT, MISC_RECEIPT, MISC_ISSUE, COUNT_GAIN, COUNT_LOSS (others INVALID_INPUT).",
  })
  type!: MovementType;

  @Field(() => ID, { description: "In which warehouse (NOT_FOUND)." })
  warehouse!: string;

  @Field(() => [MovementLineInput], { description: "1 to 1,000 lines; an item may come more than once." })
  lines!: MovementLineInput[];

  @Field(() => String, { nullable: true, description: "Why, for people; at most 500 characters." })
  reason?: string | null;

  @Field(() => String, { nullable: true, description: "Picks the posting rule; one without a rule is INVALID_INPUT." })
  reasonCode?: string | null;

  @Field(() => ID, { nullable: true, description: "From whom goods were bought." })
  supplier?: string | null;

  @Field(() => DocumentReferenceInput, { nullable: true, description: "The document behind it." })
  document?: DocumentReferenceInput | null;

  @Field(() => ID, { nullable: true, description: "The order it concerns, for tracing." })
  orderRef?: string | null;

  @Field(() => ID, { nullable: true, description: "For returns and adjustments, which are not offered by hand yet (INVALID_INPUT)." })
  ofMovement?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: "MISC_RECEIPT and MISC_ISSUE: the other side of the entry, no inventory account; the posting rule's (6900) by default.",
  })
  account?: string | null;

  @Field(() => Date, { nullable: true, description: "When it happened: not in the future (INVALID_INPUT); now by default." })
  occurredAt?: Date | null;
}
