import { Field, ID, InputType, ObjectType } from "type-graphql";
import { Money, UserError } from "../../../shared/graphql/common.types";
import { Needs, Open } from "../../../shared/graphql/needs";
import { CalendarDate, DecimalText } from "../../../shared/graphql/scalars";
import type { Exact } from "../../../shared/units/decimal";
import type { PolicyRow } from "./policy.sql";

@ObjectType({ description: "An insurance of what lies in a warehouse. Policies that hold on the same day add up." })
@Needs("finance:read")
export class InsurancePolicy {
  warehouseCode!: string;

  @Field(() => ID, { description: "Its id." })
  id!: string;

  @Field(() => Money, { description: "How much is insured, in the warehouse's currency." })
  insuredSum!: Money;

  @Field(() => CalendarDate, { description: "The first day on which it holds, in UTC." })
  startsOn!: string;

  @Field(() => CalendarDate, { description: "The first day on which it holds no more." })
  endsBefore!: string;

  @Field({ description: "The insurer's number, unique per warehouse." })
  policyNumber!: string;

  static of = ({ warehouse, insuredSum, currency, ...row }: PolicyRow): InsurancePolicy =>
    Object.assign(new InsurancePolicy(), { ...row, warehouseCode: warehouse, insuredSum: Money.of(insuredSum, currency) });
}

@InputType({ description: "Makes a policy, or changes the one with the same number in the warehouse." })
export class SaveInsurancePolicyInput {
  @Field(() => ID, { description: "Which warehouse (NOT_FOUND)." })
  warehouse!: string;

  @Field({ description: "The insurer's number, at most 64 characters." })
  policyNumber!: string;

  @Field(() => DecimalText, { description: "How much is insured, in the warehouse's currency; above zero (INVALID_INPUT)." })
  insuredSum!: Exact;

  @Field(() => CalendarDate, { description: "The first day on which it holds." })
  startsOn!: string;

  @Field(() => CalendarDate, { description: "The first day on which it holds no more; after `startsOn` (INVALID_INPUT)." })
  endsBefore!: string;
}

@ObjectType({ description: "The saved policy, or why it was refused." })
@Open()
export class InsurancePolicyPayload {
  @Field(() => InsurancePolicy, { nullable: true, description: "The policy as it is now." })
  policy?: InsurancePolicy | null;

  @Field(() => [UserError], { description: "Why nothing was changed; empty on success." })
  userErrors!: UserError[];
}
