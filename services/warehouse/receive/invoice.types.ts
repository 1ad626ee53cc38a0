import { Field, ID, InputType, ObjectType } from "type-graphql";
import { UserError } from "../../../shared/graphql/common.types";
import { CreditReason } from "../enums";
import { Open } from "../../../shared/graphql/needs";
import { DocumentReferenceInput } from "../ledger/movement.inputs";
import { Movement } from "../ledger/movement.types";
import { InboundLineInput } from "./inbound.inputs";

@InputType({ description: "A supplier's invoice of goods that have come." })
export class MatchInvoiceInput {
  @Field(() => ID, { description: "The same key and input answer the same movements; another input is IDEMPOTENCY_KEY_REUSED." })
  idempotencyKey!: string;

  @Field(() => DocumentReferenceInput, { description: "By which the goods were received: type and number of the receipts' document." })
  document!: DocumentReferenceInput;

  @Field({ description: "The supplier's number: once for each document (CONFLICT)." })
  invoiceNumber!: string;

  @Field(() => [InboundLineInput], {
    description:
      "1 to 1,000 lines, each with the invoiced price of one base unit (INVALID_INPUT); no more units than were received by the document and are not invoiced or sent back (INVALID_STATE).",
  })
  lines!: InboundLineInput[];
}

@InputType({ description: "A supplier's credit note on an invoice that was matched." })
export class CreditInvoiceInput {
  @Field(() => ID, { description: "The same key and input answer the same movements; another input is IDEMPOTENCY_KEY_REUSED." })
  idempotencyKey!: string;

  @Field(() => DocumentReferenceInput, { description: "By which the goods were received, as the invoice named it." })
  document!: DocumentReferenceInput;

  @Field({ description: "The invoice that it credits (NOT_FOUND)." })
  invoiceNumber!: string;

  @Field({ description: "The supplier's number of the credit note: once for each document, and no invoice's (CONFLICT)." })
  creditNoteNumber!: string;

  @Field(() => CreditReason, { description: "What is credited." })
  reason!: CreditReason;

  @Field(() => [InboundLineInput], {
    description:
      "1 to 1,000 lines, each with what is credited for one base unit (INVALID_INPUT; of a PRICE not zero). No more units than the invoice asked for and were not credited, of a RETURN no more than went back by the document, and no more than is left to be paid (INVALID_STATE).",
  })
  lines!: InboundLineInput[];
}

@ObjectType({ description: "What a matched invoice or credit note posted, or why it was refused." })
@Open()
export class MatchInvoicePayload {
  @Field(() => [Movement], { description: "A COST_ADJUSTMENT in each warehouse that received the goods; empty when refused." })
  movements!: Movement[];

  @Field(() => [UserError], { description: "Why nothing was changed; empty on success." })
  userErrors!: UserError[];
}
