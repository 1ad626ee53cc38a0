import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { UserError } from "../../../shared/graphql/common.types";
import { Needs, Open } from "../../../shared/graphql/needs";
import { Channel } from "../known/known.types";
import { GENERAL } from "../source/sourcing-rule";
import type { ReturnPolicyRow } from "./return-policy.sql";

@ObjectType({ description: "For how long a channel's goods may come back. A channel without a policy of its own has the general one." })
@Needs("orders:read", "dispatch:read")
export class ReturnPolicy {
  @Field(() => Channel, { nullable: true, description: "The channel; null: the general policy." }) channel!: Channel | null;
  @Field(() => Int, {
    nullable: true,
    description: "Days from delivery on, or where no delivery was told, from when the goods left; null: without end.",
  })
  windowDays!: number | null;

  static of = (row: ReturnPolicyRow): ReturnPolicy => ({
    channel: row.channel_code === GENERAL ? null : Channel.of(row.channel_code),
    windowDays: row.window_days,
  });
}

@InputType({ description: "A return policy, whole." })
export class SaveReturnPolicyInput {
  @Field(() => ID, { nullable: true, description: "The channel (NOT_FOUND); null: the general policy." }) channel?: string | null;
  @Field(() => Int, { nullable: true, description: "1 to 3,650 days (INVALID_INPUT); null: goods may come back without end." })
  windowDays?: number | null;
}

@ObjectType({ description: "The policy, or why it was refused." })
@Open()
export class ReturnPolicyPayload {
  @Field(() => ReturnPolicy, { nullable: true, description: "The policy as it is now; null when refused." }) policy?: ReturnPolicy | null;
  @Field(() => [UserError], { description: "Why it was refused; empty when it was saved." }) userErrors!: UserError[];
}
