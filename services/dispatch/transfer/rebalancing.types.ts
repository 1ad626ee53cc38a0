import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { UserError } from "../../../shared/graphql/common.types";
import { Open } from "../../../shared/graphql/needs";
import { DateTime } from "../../../shared/graphql/scalars";
import { DAYS_OF_DEMAND } from "../source/criteria";
import { TransferOrder } from "./transfer.types";

@InputType({ description: "By what it is reckoned which goods lie in the wrong warehouse." })
export class SuggestRebalancingInput {
  @Field(() => ID, {
    description: "The same key and input answer the same transfers as they are now; another input is IDEMPOTENCY_KEY_REUSED.",
  })
  idempotencyKey!: string;
  @Field(() => ID, { description: "Between the warehouses of this pool (NOT_FOUND)." }) pool!: string;
  @Field(() => Int, {
    nullable: true,
    defaultValue: 14,
    description: "How many days each warehouse should be able to ship from what it has and what is coming; 1 to 365 (INVALID_INPUT).",
  })
  daysOfSupply?: number | null;
  @Field(() => Int, {
    nullable: true,
    defaultValue: DAYS_OF_DEMAND,
    description: "What left for orders in so many days, today included, says how much a day needs; 1 to 365 (INVALID_INPUT).",
  })
  demandDays?: number | null;
  @Field(() => [ID], {
    nullable: true,
    description: "Only these items, 1 to 1,000; by default the 2,000 of which most left. What has not left lately is needed nowhere.",
  })
  skus?: string[] | null;
  @Field(() => DateTime, { nullable: true, description: "When the goods should have come." }) expectedAt?: Date | null;
}

@ObjectType({ description: "What was suggested, or why it was refused." })
@Open()
export class RebalancingPayload {
  @Field(() => [TransferOrder], {
    description: "Drafts with the reason REBALANCE, one for each way and merchant; empty: all is where it is needed.",
  })
  transfers!: TransferOrder[];
  @Field(() => [UserError], { description: "Why it was refused; empty when it was done." }) userErrors!: UserError[];
}
