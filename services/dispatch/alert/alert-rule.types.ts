import { Field, InputType, Int, ObjectType } from "type-graphql";
import { UserError } from "../../../shared/graphql/common.types";
import { Needs, Open } from "../../../shared/graphql/needs";
import { AlertKind } from "./alert";
import type { AlertRule as Rule } from "./alert-rule";

@ObjectType({ description: "When alerts of a kind are raised." })
@Needs("dispatch:read")
export class AlertRule {
  @Field(() => AlertKind, { description: "The kind." }) kind!: AlertKind;
  @Field(() => String, {
    nullable: true,
    description:
      "For PROCESS_STUCK: the flow and state that it is for, such as `order:PICKING`; null: every state without a rule of its own.",
  })
  state!: string | null;
  @Field({ description: "Whether they are raised at all; a kind that is switched off is off in every state." }) enabled!: boolean;
  @Field(() => Int, {
    nullable: true,
    description:
      "After how many seconds they are raised; for EXPIRING_LOT, how many before the lot expires. Null where the limit lies with the thing itself, such as a listing's threshold or a count's tolerance.",
  })
  limitSeconds!: number | null;

  static of = (rule: Rule): AlertRule => Object.assign(new AlertRule(), { ...rule, state: rule.state === "" ? null : rule.state });
}

@InputType({ description: "When alerts of a kind are to be raised. What is left out stays as it is." })
export class SaveAlertRuleInput {
  @Field(() => AlertKind, { description: "The kind." }) kind!: AlertKind;
  @Field(() => String, { nullable: true, description: "For PROCESS_STUCK: a flow and state, such as `order:PICKING`." })
  state?: string | null;
  @Field(() => Boolean, { nullable: true, description: "Whether they are raised at all." }) enabled?: boolean | null;
  @Field(() => Int, { nullable: true, description: "After how many seconds, 1 to ten years; for EXPIRING_LOT at most 90 days before." })
  limitSeconds?: number | null;
}

@ObjectType({ description: "The rule, or why it was refused." })
@Open()
export class AlertRulePayload {
  @Field(() => AlertRule, { nullable: true, description: "The rule as it is now; null when refused." }) rule?: AlertRule | null;
  @Field(() => [UserError], { description: "Why it was refused; empty when it was done." }) userErrors!: UserError[];
}
