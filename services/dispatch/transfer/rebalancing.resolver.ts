import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { refusable } from "../../../shared/graphql/refusable";
import { visibleTo } from "../known/visible";
import { transfersWithIds } from "./read-transfers";
import { RebalancingPayload, SuggestRebalancingInput } from "./rebalancing.types";
import { suggestRebalancing } from "./suggest-rebalancing";

@Resolver()
export class RebalancingResolver {
  @Mutation(() => RebalancingPayload, {
    nullable: true,
    description:
      "Drafts transfers of what lies in the wrong warehouse of a pool, by days of supply: who has less than its days gets it from who has more, never more than is free there beyond its own days. Who would run out first is served first. Open transfers count, so that nothing is suggested twice. A draft sets nothing aside: release or cancel it. Refusals: INVALID_INPUT, NOT_FOUND, IDEMPOTENCY_KEY_REUSED.",
  })
  @Needs("dispatch:write")
  suggestRebalancing(
    @Arg("input", () => SuggestRebalancingInput, { description: "By what." }) input: SuggestRebalancingInput,
    @Ctx() ctx: RequestContext,
  ): Promise<RebalancingPayload> {
    return refusable(
      async () => ({
        transfers: await transfersWithIds(ctx, await ctx.write((tx) => suggestRebalancing(tx, ctx.caller, visibleTo(ctx), input))),
      }),
      { transfers: [] },
    );
  }
}
