import { Field, ID, InputType, ObjectType } from "type-graphql";
import { UserError } from "../../../shared/graphql/common.types";
import { Needs, Open } from "../../../shared/graphql/needs";
import { CalendarDate } from "../../../shared/graphql/scalars";
import { AccountKind, MovementType } from "../enums";
import { Account } from "./journal.types";
import type { RuleRow } from "./rules.sql";

@ObjectType({
  description: "What a movement type debits and credits, from a date on, until a later rule of the same type and reason code.",
})
@Needs("finance:read")
export class PostingRule {
  debitCode!: string;
  creditCode!: string;

  @Field(() => MovementType, { description: "Of which movements." })
  type!: MovementType;

  @Field(() => String, {
    nullable: true,
    description:
      "Of those with this reason code; null: of those without. VARIANCE: where differences go that a movement of the type leaves.",
  })
  reasonCode!: string | null;

  @Field(() => CalendarDate, { description: "It holds for what is posted on this day (UTC) or later, whenever that happened." })
  validFrom!: string;

  static of = ({ debit, credit, reasonCode, ...row }: RuleRow): PostingRule =>
    Object.assign(new PostingRule(), { ...row, reasonCode: reasonCode || null, debitCode: debit, creditCode: credit });
}

@InputType({ description: "Makes an account or changes it." })
export class SaveAccountInput {
  @Field(() => ID, { description: "Its code, byte-exact, at most 64 characters." })
  code!: string;

  @Field({ description: "Its name, at most 200 characters." })
  name!: string;

  @Field(() => AccountKind, {
    description:
      "What kind; an account with postings, or in a posting rule, keeps it (INVALID_STATE). An account made here is no inventory account.",
  })
  kind!: AccountKind;
}

@InputType({ description: "Accounts of a movement type from a day on." })
export class SavePostingRuleInput {
  @Field(() => MovementType, { description: "One that moves value by a rule (INVALID_INPUT)." })
  type!: MovementType;

  @Field(() => String, {
    nullable: true,
    description:
      "Only for movements with this reason code. VARIANCE: for the differences that movements of the type leave; both sides are then the same account.",
  })
  reasonCode?: string | null;

  @Field(() => ID, {
    description:
      "The account debited (NOT_FOUND). On stock's side it is the inventory account that the type has, on the other none (INVALID_INPUT).",
  })
  debit!: string;

  @Field(() => ID, { description: "The account credited; as for debit." })
  credit!: string;

  @Field(() => CalendarDate, {
    description:
      "The first day, by the database's clock in UTC: today or later (INVALID_INPUT), for nothing that was posted is rewritten. One that is to come can be replaced, one that holds already not (INVALID_STATE).",
  })
  validFrom!: string;
}

@ObjectType({ description: "The saved account, or why it was refused." })
@Open()
export class AccountPayload {
  @Field(() => Account, { nullable: true, description: "The account as it is now." })
  account?: Account | null;

  @Field(() => [UserError], { description: "Why nothing was changed; empty on success." })
  userErrors!: UserError[];
}

@ObjectType({ description: "The saved posting rule, or why it was refused." })
@Open()
export class PostingRulePayload {
  @Field(() => PostingRule, { nullable: true, description: "The rule." })
  rule?: PostingRule | null;

  @Field(() => [UserError], { description: "Why nothing was changed; empty on success." })
  userErrors!: UserError[];
}
