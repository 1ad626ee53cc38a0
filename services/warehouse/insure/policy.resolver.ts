import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from "type-graphql";
import type { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { refusable } from "../../../shared/graphql/refusable";
import { warehouseByCode } from "../place/place.resolver";
import { Warehouse } from "../place/place.types";
import { listPolicies } from "./policy.sql";
import { InsurancePolicy, InsurancePolicyPayload, SaveInsurancePolicyInput } from "./policy.types";
import { savePolicy } from "./save-policy";

@Resolver(() => InsurancePolicy)
export class InsurancePolicyResolver {
  @Query(() => [InsurancePolicy], { nullable: true, description: "Insurance policies by warehouse and begin, ended ones too." })
  @Needs("finance:read")
  async insurancePolicies(
    @Arg("warehouse", () => ID, { nullable: true, description: "Only of this warehouse." }) warehouse: string | undefined,
    @Ctx() ctx: RequestContext,
  ): Promise<InsurancePolicy[]> {
    return (await listPolicies(await ctx.onReplica(), warehouse)).map(InsurancePolicy.of);
  }

  @Mutation(() => InsurancePolicyPayload, {
    nullable: true,
    description:
      "Makes a policy or changes it. From then on an UNINSURED_VALUE alert is raised within a minute when the warehouse's stock is worth more than its policies of the day insure, and resolved when it is covered again. Refusals: INVALID_INPUT, NOT_FOUND (warehouse).",
  })
  @Needs("finance:write")
  saveInsurancePolicy(
    @Arg("input", { description: "The policy." }) input: SaveInsurancePolicyInput,
    @Ctx() ctx: RequestContext,
  ): Promise<InsurancePolicyPayload> {
    return refusable(async () => ({ policy: InsurancePolicy.of(await ctx.write((tx) => savePolicy(tx, ctx.caller, input))) }));
  }

  @FieldResolver(() => Warehouse, { description: "What it insures." })
  warehouse(@Root() { warehouseCode }: InsurancePolicy, @Ctx() ctx: RequestContext): Promise<Warehouse> {
    return warehouseByCode(ctx, warehouseCode);
  }
}
