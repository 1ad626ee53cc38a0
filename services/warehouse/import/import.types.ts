import { Directive, Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { connectionOf, UserError } from "../../../shared/graphql/common.types";
import { Needs, Open } from "../../../shared/graphql/needs";
import { ErrorCode } from "../../../shared/refusal";
import { described } from "../enums";
import { PostMovementInput } from "../ledger/movement.inputs";
import type { BatchRow, BatchStatus, ErrorPolicy } from "./import-batch";

export const ImportStatus = described("ImportStatus", "Where a batch stands.", {
  PENDING: "Taken in: every row is stored, none has been looked at.",
  RUNNING: "Rows are being posted, by its caller or, a few seconds after that has gone, without it.",
  COMPLETED: "Every row is posted or says why not; under REJECT_EVERYTHING all are posted or none.",
});

export const ImportErrorPolicy = described("ImportErrorPolicy", "What one bad row means for the others.", {
  REJECT_FAILED_ROWS: "Nothing: good rows are posted, bad ones reported.",
  REJECT_EVERYTHING: "Nothing is posted unless every row can be: all in one transaction.",
});

@ObjectType({ description: "A row that was not posted, and why." })
@Needs("warehouse:read")
export class ImportError {
  @Field(() => Int, { description: "Which row of the batch; 1 is the first." })
  row!: number;

  @Field(() => ErrorCode, { description: "What kind of refusal, as postMovement would give it." })
  code!: ErrorCode;

  @Field({ description: "For people: what is wrong." })
  message!: string;

  @Field(() => String, { nullable: true, description: "Path of the value at fault within the row, such as `lines.0.sku`." })
  field!: string | null;
}

export const ImportErrorConnection = connectionOf(ImportError, "ImportError");

@ObjectType({ description: "A batch handed in through the transaction interface: each row is posted or says why not." })
@Directive('@key(fields: "id")')
@Needs("warehouse:read")
export class ImportBatch {
  @Field(() => ID, { description: "Opaque." })
  id!: string;

  @Field(() => ImportStatus, { description: "Where it stands." })
  status!: BatchStatus;

  @Field(() => Int, { description: "How many rows it has." })
  total!: number;

  @Field(() => Int, {
    description: "Rows that are posted, also those whose key had posted them before; of a batch that was only tried, those that would be.",
  })
  posted!: number;

  @Field(() => Int, { description: "Rows that were refused: `errors` has them until `prunedAt`." })
  failed!: number;

  @Field(() => Date, {
    nullable: true,
    description:
      "When its rows were removed, and with them its errors: so many days (90, or as Strata was started) after anything happened to it. The counts stay, and handed in again it is still not posted again. Null while they are there.",
  })
  prunedAt!: Date | null;

  static of({ id, status, total, posted, failed, prunedAt = null }: BatchRow): ImportBatch {
    return Object.assign(new ImportBatch(), { id, status, total, posted, failed, prunedAt });
  }
}

@InputType({ description: "Rows that are to be posted. The same source and batchRef of a client is the same batch." })
export class ImportMovementsInput {
  @Field({ description: "Where the rows come from: a system or a file, at most 64 characters." })
  source!: string;

  @Field(() => ID, {
    description:
      "The batch's name there. Handed in again it is posted once and answers the same batch; with other rows or another errorPolicy it is IDEMPOTENCY_KEY_REUSED. A batch that is only tried may be tried again.",
  })
  batchRef!: string;

  @Field(() => [PostMovementInput], {
    description:
      "1 to 5,000 rows with at most 10,000 lines in all (INVALID_INPUT), posted in their order, each as postMovement posts it and under its own idempotencyKey: one that was used before answers that movement.",
  })
  rows!: PostMovementInput[];

  @Field(() => ImportErrorPolicy, { nullable: true, description: "REJECT_FAILED_ROWS by default." })
  errorPolicy?: ErrorPolicy | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "Says what would happen, by the same code, and posts nothing; false by default. Rows behind one that fails for an unexpected reason are not judged.",
  })
  validateOnly?: boolean | null;
}

@InputType({ description: "A corrected row." })
export class ImportRowInput {
  @Field(() => Int, { description: "The row of the batch whose place it takes: one that failed (INVALID_STATE); 1 is the first." })
  row!: number;

  @Field(() => PostMovementInput, { description: "What is to be posted now. Its key may be that of the row that failed." })
  movement!: PostMovementInput;
}

@ObjectType({ description: "The batch, or why it was not taken in." })
@Open()
export class ImportPayload {
  @Field(() => ImportBatch, { nullable: true, description: "The batch." })
  batch?: ImportBatch | null;

  @Field(() => [UserError], {
    description: "Why nothing was changed; empty on success. What is wrong with single rows is in the batch's errors.",
  })
  userErrors!: UserError[];
}
