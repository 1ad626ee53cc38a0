import { ArgsType, Field, ID, ObjectType } from "type-graphql";
import { UserError } from "../../../shared/graphql/common.types";
import { Needs, Open } from "../../../shared/graphql/needs";
import { CalendarDate } from "../../../shared/graphql/scalars";
import { PeriodStatus } from "../enums";
import type { PeriodRow, PeriodStepRow } from "./periods.sql";

@ObjectType({ description: "What was done to a period." })
@Needs("finance:read")
export class PeriodStep {
  @Field(() => PeriodStatus, { description: "What it became." })
  status!: PeriodStatus;

  @Field({ description: "Which client did it." })
  by!: string;

  @Field({ description: "When." })
  at!: Date;

  @Field(() => String, { nullable: true, description: "Why it was reopened; null on the other steps." })
  reason!: string | null;
}

@ObjectType({
  description:
    "Half-open, contiguous, in the legal entity's time zone. Where none was opened the first posting opens calendar months. CLOSING takes no new postings; it can be reopened until exported.",
})
@Needs("finance:read")
export class AccountingPeriod {
  @Field(() => ID, { description: "Its code, unique in its legal entity; a calendar month's is such as 2026-01." })
  code!: string;

  @Field(() => ID, { description: "Whose books." })
  legalEntity!: string;

  @Field(() => CalendarDate, { description: "Its first day." })
  startsOn!: string;

  @Field(() => CalendarDate, { description: "The first day that is not of it any more." })
  endsBefore!: string;

  @Field(() => PeriodStatus, { description: "Whether it takes postings." })
  status!: PeriodStatus;

  static of = (row: PeriodRow): AccountingPeriod => Object.assign(new AccountingPeriod(), row);
  static stepKey = ({ legalEntity, period }: PeriodStepRow): string => JSON.stringify([legalEntity, period]);
}

@ArgsType()
export class PeriodArgs {
  @Field(() => ID, { description: "The period's code." })
  code!: string;

  @Field(() => ID, { nullable: true, defaultValue: "MAIN", description: "Whose books." })
  legalEntity: string = "MAIN";
}

@ArgsType()
export class OpenPeriodArgs extends PeriodArgs {
  @Field(() => CalendarDate, { description: "Its first day." })
  startsOn!: string;

  @Field(() => CalendarDate, { description: "The first day that is not of it any more: at most 400 days later (INVALID_INPUT)." })
  endsBefore!: string;
}

@ArgsType()
export class ReopenPeriodArgs extends PeriodArgs {
  @Field({ description: "Why; at most 500 characters, not empty (INVALID_INPUT). It is kept in the period's steps." })
  reason!: string;
}

@ObjectType({ description: "The period, or why it was refused." })
@Open()
export class PeriodPayload {
  @Field(() => AccountingPeriod, { nullable: true, description: "The period as it is now." })
  period?: AccountingPeriod | null;

  @Field(() => [UserError], { description: "Why nothing was changed; empty on success." })
  userErrors!: UserError[];
}
