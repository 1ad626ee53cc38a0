import { Arg, Ctx, ID, Mutation, Query, Resolver } from "type-graphql";
import { AddressInput } from "../../../shared/graphql/common.types";
import { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { refusable } from "../../../shared/graphql/refusable";
import { previewSourcing } from "./preview-sourcing";
import { saveSourcingRule } from "./save-rule";
import { OrderLineInput, SaveSourcingRuleInput, SourcingDecision, SourcingRule, SourcingRulePayload } from "./source.types";
import { GENERAL } from "./sourcing-rule";
import { readRules } from "./sourcing-rule.sql";

async function ruleOf(ctx: RequestContext, channel: string): Promise<SourcingRule | null> {
  const [rule] = await readRules(await ctx.onReplica(), [channel]);
  return rule ? SourcingRule.of(rule) : null;
}

@Resolver()
export class SourceResolver {
  @Query(() => SourcingDecision, {
    nullable: true,
    description:
      "A dry run: how these lines would be sourced now, by the same code that sources orders. Allocates nothing, and promises nothing. Without a channel the general rule and every warehouse are used. NOT_FOUND: no such channel.",
  })
  @Needs("dispatch:read")
  async previewSourcing(
    @Arg("channel", () => ID, { nullable: true, description: "The channel whose rule and pool are used." }) channel: string | undefined,
    @Arg("shipTo", () => AddressInput, { description: "Where the goods would go." }) shipTo: AddressInput,
    @Arg("lines", () => [OrderLineInput], { description: "1 to 1,000 lines; lines of one item are summed." }) lines: OrderLineInput[],
    @Ctx() ctx: RequestContext,
  ): Promise<SourcingDecision> {
    return SourcingDecision.of(await previewSourcing(await ctx.onReplica(), channel ?? null, shipTo, lines));
  }

  @Query(() => SourcingRule, { nullable: true, description: "The rule of a channel, or the general one; null where none is saved." })
  @Needs("dispatch:read")
  sourcingRule(
    @Arg("channel", () => ID, { nullable: true, description: "The channel; absent: the general rule." }) channel: string | undefined,
    @Ctx() ctx: RequestContext,
  ): Promise<SourcingRule | null> {
    return ruleOf(ctx, channel ?? GENERAL);
  }

  @Mutation(() => SourcingRulePayload, {
    nullable: true,
    description:
      "Saves a channel's sourcing rule, or the general one. It counts from the next decision on; orders that wait are looked at again. Refusals: INVALID_INPUT (a strategy or limit that is not offered yet, a warehouse outside the channel's pool, a warehouse named twice, a malformed code), NOT_FOUND (no such channel).",
  })
  @Needs("dispatch:write")
  saveSourcingRule(
    @Arg("input", () => SaveSourcingRuleInput, { description: "The whole rule." }) input: SaveSourcingRuleInput,
    @Ctx() ctx: RequestContext,
  ): Promise<SourcingRulePayload> {
    return refusable(async () => ({ rule: await ruleOf(ctx, await ctx.write((tx) => saveSourcingRule(tx, input))) }));
  }
}
