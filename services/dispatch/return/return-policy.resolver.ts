import { Arg, Ctx, ID, Mutation, Query, Resolver } from "type-graphql";
import { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { refusable } from "../../../shared/graphql/refusable";
import { GENERAL } from "../source/sourcing-rule";
import { readPolicies } from "./return-policy.sql";
import { ReturnPolicy, ReturnPolicyPayload, SaveReturnPolicyInput } from "./return-policy.types";
import { saveReturnPolicy } from "./save-policy";

async function policyOf(ctx: RequestContext, channel: string): Promise<ReturnPolicy | null> {
  const [row] = await readPolicies(await ctx.onReplica(), [channel]);
  return row ? ReturnPolicy.of(row) : null;
}

@Resolver()
export class ReturnPolicyResolver {
  @Query(() => ReturnPolicy, { nullable: true, description: "The policy of a channel, or the general one; null where none is saved." })
  @Needs("orders:read", "dispatch:read")
  returnPolicy(
    @Arg("channel", () => ID, { nullable: true, description: "The channel; absent: the general policy." }) channel: string | undefined,
    @Ctx() ctx: RequestContext,
  ): Promise<ReturnPolicy | null> {
    return policyOf(ctx, channel ?? GENERAL);
  }

  @Mutation(() => ReturnPolicyPayload, {
    nullable: true,
    description:
      "Saves a channel's return policy, or the general one. It counts from the next request on. Refusals: INVALID_INPUT, NOT_FOUND (no such channel).",
  })
  @Needs("dispatch:write")
  saveReturnPolicy(
    @Arg("input", () => SaveReturnPolicyInput, { description: "The whole policy." }) input: SaveReturnPolicyInput,
    @Ctx() ctx: RequestContext,
  ): Promise<ReturnPolicyPayload> {
    return refusable(async () => ({ policy: await policyOf(ctx, await ctx.write((tx) => saveReturnPolicy(tx, input))) }));
  }
}
