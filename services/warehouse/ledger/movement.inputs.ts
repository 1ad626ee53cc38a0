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

  @Field(() => Int, { description: "1 to 2,000,000,000 of `unit`, and no more than that in base units; 0 for COST_ADJUSTMENT." })
  quantity!: number;

  @Field(() => String, { nullable: true, description: "The item's base unit (default) or one of its others." })
  unit?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      "STATUS_CHANGE: the pledge, or loan, that units become collateral of (toStatus PLEDGED) or are released from (status PLEDGED).",
  })
  pledge?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      "Where to or from. Without it receipts go to the first STORAGE location by code; issues take what came in first from RECEIVING, STORAGE and PICKING.",
  })
  location?: string | null;

  @Field(() => ID, { nullable: true, description: "BIN_MOVE: where to; not TRANSIT or PACKING (INVALID_INPUT)." })
  toLocation?: string | null;

  @Field(() => StockStatus, {
    nullable: true,
    description:
      "AVAILABLE by default: what the units become, or for what leaves or changes, what they are. Not EXPIRED for what comes in; PLEDGED for STATUS_CHANGE only (INVALID_INPUT).",
  })
  status?: StockStatus | null;

  @Field(() => StockStatus, {
    nullable: true,
    description: "STATUS_CHANGE: what the units become; EXPIRED is not set by hand (INVALID_INPUT).",
  })
  toStatus?: StockStatus | null;

  @Field(() => ID, {
    nullable: true,
    description:
      "The lot, for items tracked by lot: receipts need it (INVALID_INPUT); what leaves without one is taken first expired, first out. A lot that is blocked or past its day holds no AVAILABLE units (INVALID_STATE).",
  })
  lot?: string | null;

  @Field(() => CalendarDate, {
    nullable: true,
    description: "Receipts: the last day on which the lot is good. Kept from its first receipt; another one is CONFLICT.",
  })
  lotExpiresOn?: string | null;

  @Field(() => [String], {
    nullable: true,
    description:
      "For items tracked by serial number, as many as units: receipts need them (INVALID_INPUT), none may be in stock (CONFLICT); what leaves without them is the first by number.",
  })
  serials?: string[] | null;

  @Field(() => DecimalText, {
    nullable: true,
    description:
      "Receipts: the actual cost of one base unit in the warehouse's currency; zero is legal. Without it the last receipt's is taken (INVALID_INPUT when there was none); returns take what the units left with. SUPPLIER_RETURN: the price that the supplier credits. COST_ADJUSTMENT: a new standard cost.",
  })
  unitCost?: Exact | null;

  @Field(() => DecimalText, {
    nullable: true,
    description: "COST_ADJUSTMENT: what the goods turned out to cost more (negative: less), in all: landed cost, price corrections.",
  })
  amount?: Exact | null;
}

@InputType({ description: "A movement to post by hand." })
export class PostMovementInput {
  @Field(() => ID, {
    description: "Posting again with the same key and input answers the same movement; another input is IDEMPOTENCY_KEY_REUSED.",
  })
  idempotencyKey!: string;

  @Field(() => MovementType, {
    description: "What happened; all but TRANSFER_LOSS, which is its document's own (INVALID_INPUT).",
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

  @Field(() => ID, { nullable: true, description: "From whom goods were bought; SUPPLIER_RETURN needs it." })
  supplier?: string | null;

  @Field(() => DocumentReferenceInput, {
    nullable: true,
    description: "The document behind it: a work order for what goes to and comes from the workshop, a transfer's.",
  })
  document?: DocumentReferenceInput | null;

  @Field(() => ID, { nullable: true, description: "The order it concerns. Returns of customers come back at what its issues cost." })
  orderRef?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      "What a return returns, or an adjustment adjusts: gives its cost, and never more units than are left of it (NOT_FOUND, INVALID_STATE).",
  })
  ofMovement?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      "MISC_RECEIPT, MISC_ISSUE and COST_ADJUSTMENT: the other side of the entry, no inventory account; the posting rule's by default.",
  })
  account?: string | null;

  @Field(() => Date, {
    nullable: true,
    description: "When it happened: not in the future (INVALID_INPUT); now by default, and always for COST_ADJUSTMENT.",
  })
  occurredAt?: Date | null;
}
