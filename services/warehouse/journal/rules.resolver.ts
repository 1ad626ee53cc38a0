import { Arg, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from "type-graphql";
import type { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { refusable } from "../../../shared/graphql/refusable";
import { wholeHouse } from "../visible";
import { accountByCode } from "./journal.resolver";
import { Account } from "./journal.types";
import { AccountPayload, PostingRule, PostingRulePayload, SaveAccountInput, SavePostingRuleInput } from "./rules.types";
import { listRules } from "./rules.sql";
import { saveAccount } from "./save-account";
import { savePostingRule } from "./save-posting-rule";

@Resolver(() => PostingRule)
export class PostingRuleResolver {
  @Query(() => [PostingRule], {
    nullable: true,
    description:
      "All posting rules, past and to come, by type, reason code and first day: of one type and reason code the latest that has begun holds.",
  })
  @Needs("finance:read")
  async postingRules(@Ctx() ctx: RequestContext): Promise<PostingRule[]> {
    return (await listRules(await ctx.onReplica())).map(PostingRule.of);
  }

  @Mutation(() => AccountPayload, {
    nullable: true,
    description:
      "Makes an account or changes it. Refusals: INVALID_INPUT, INVALID_STATE (the kind of one in use). FORBIDDEN to a caller bound to a merchant.",
  })
  @Needs("finance:write")
  saveAccount(@Arg("input", { description: "The account." }) input: SaveAccountInput, @Ctx() ctx: RequestContext): Promise<AccountPayload> {
    wholeHouse(ctx);
    return refusable(async () => ({ account: await accountByCode(ctx, await ctx.write((tx) => saveAccount(tx, input))) }));
  }

  @Mutation(() => PostingRulePayload, {
    nullable: true,
    description:
      "Sets what a movement type debits and credits from a day on. Refusals: INVALID_INPUT (a day that has passed, a type without value, accounts that would leave stock), NOT_FOUND (account), INVALID_STATE (a rule that holds already). FORBIDDEN to a caller bound to a merchant.",
  })
  @Needs("finance:write")
  savePostingRule(
    @Arg("input", { description: "The rule." }) input: SavePostingRuleInput,
    @Ctx() ctx: RequestContext,
  ): Promise<PostingRulePayload> {
    wholeHouse(ctx);
    return refusable(async () => ({ rule: PostingRule.of(await ctx.write((tx) => savePostingRule(tx, input))) }));
  }

  @FieldResolver(() => Account, { description: "The account debited." })
  debit(@Root() { debitCode }: PostingRule, @Ctx() ctx: RequestContext): Promise<Account> {
    return accountByCode(ctx, debitCode);
  }

  @FieldResolver(() => Account, { description: "The account credited." })
  credit(@Root() { creditCode }: PostingRule, @Ctx() ctx: RequestContext): Promise<Account> {
    return accountByCode(ctx, creditCode);
  }
}
