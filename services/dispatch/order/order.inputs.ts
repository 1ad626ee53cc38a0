import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { AddressInput, UserError } from "../../../shared/graphql/common.types";
import { Open } from "../../../shared/graphql/needs";
import { DateTime } from "../../../shared/graphql/scalars";
import { OrderLineInput } from "../source/source.types";
import { FulfillmentOrder } from "./order.types";

const KEY = "Makes the call take effect once: 1 to 200 characters, of this client and mutation, remembered for at least 7 days.";

@InputType({ description: "What is done with a fulfillment order." })
export class FulfillmentActionInput {
  @Field(() => ID, { description: KEY }) idempotencyKey!: string;
  @Field(() => ID, { description: "The fulfillment order." }) id!: string;
  @Field(() => String, { nullable: true, description: "Why, for its history: up to 500 characters." }) reason?: string | null;
}

@InputType({ description: "What one warehouse is to ship, by a dispatcher's choice." })
export class ManualAllocationInput {
  @Field(() => ID, { description: "A warehouse of the order's pool." }) warehouse!: string;
  @Field(() => [OrderLineInput], { description: "1 to 1,000 lines; lines of one item are summed." }) lines!: OrderLineInput[];
}

@InputType({ description: "A dispatcher's own choice of warehouses." })
export class SourceManuallyInput {
  @Field(() => ID, { description: KEY }) idempotencyKey!: string;
  @Field(() => ID, { description: "The fulfillment order." }) id!: string;
  @Field(() => [ManualAllocationInput], { description: "1 to 200 warehouses, each once." }) allocations!: ManualAllocationInput[];
  @Field({ description: "Why, for the decision and the history: up to 500 characters." }) reason!: string;
}

@InputType({ description: "What is changed of a fulfillment order; what is absent stays." })
export class UpdateFulfillmentInput {
  @Field(() => ID, { description: KEY }) idempotencyKey!: string;
  @Field(() => ID, { description: "The fulfillment order." }) id!: string;
  @Field(() => AddressInput, { nullable: true, description: "Where it goes, whole; not null." }) shipTo?: AddressInput | null;
  @Field(() => Int, { nullable: true, description: "Higher is served first: within a million of 0; not null." }) priority?: number | null;
  @Field(() => DateTime, { nullable: true, description: "When it is promised; null: no promise." }) promisedAt?: Date | null;
  @Field(() => DateTime, { nullable: true, description: "No warehouse is told of it before; null: at once." }) shipNotBefore?: Date | null;
}

@InputType({ description: "Units of an order that are given up." })
export class CancelFulfillmentLinesInput {
  @Field(() => ID, { description: KEY }) idempotencyKey!: string;
  @Field(() => ID, { description: "The fulfillment order." }) id!: string;
  @Field(() => [OrderLineInput], { description: "1 to 1,000 lines; lines of one item are summed." }) lines!: OrderLineInput[];
  @Field({ description: "Why, for the order system and the history: up to 500 characters." }) reason!: string;
}

@ObjectType({ description: "The fulfillment order that was changed, or why it was refused." })
@Open()
export class FulfillmentPayload {
  @Field(() => FulfillmentOrder, { nullable: true, description: "The order as it is now; null when refused." })
  fulfillment?: FulfillmentOrder | null;
  @Field(() => [UserError], { description: "Why it was refused; empty when it was done." }) userErrors!: UserError[];
}
