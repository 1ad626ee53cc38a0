import { Arg, Ctx, ID, Mutation, Query, Resolver } from "type-graphql";
import { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { refusable } from "../../../shared/graphql/refusable";
import { readRates } from "./criteria.sql";
import { SaveShippingRatesInput, ShippingRate, ShippingRatesPayload } from "./rates.types";
import { saveShippingRates } from "./save-rates";

const ratesOf = async (ctx: RequestContext, warehouse: string): Promise<ShippingRate[]> =>
  (await readRates(await ctx.onReplica(), warehouse)).map(ShippingRate.of);

@Resolver()
export class ShippingRateResolver {
  @Query(() => [ShippingRate], {
    nullable: true,
    description: "What shipping from a warehouse costs, by zone and weight; empty where nothing is saved.",
  })
  @Needs("dispatch:read")
  shippingRates(
    @Arg("warehouse", () => ID, { description: "The warehouse." }) warehouse: string,
    @Ctx() ctx: RequestContext,
  ): Promise<ShippingRate[]> {
    return ratesOf(ctx, warehouse);
  }

  @Mutation(() => ShippingRatesPayload, {
    nullable: true,
    description:
      "Saves what shipping from a warehouse costs, whole; CHEAPEST goes by it from the next decision on. Refusals: INVALID_INPUT (a malformed zone, weight, price or currency, two rates up to one weight, another currency than the rates of other warehouses), NOT_FOUND (no such warehouse).",
  })
  @Needs("dispatch:write")
  saveShippingRates(
    @Arg("input", () => SaveShippingRatesInput, { description: "All rates of the warehouse." }) input: SaveShippingRatesInput,
    @Ctx() ctx: RequestContext,
  ): Promise<ShippingRatesPayload> {
    return refusable(async () => ({ rates: await ratesOf(ctx, await ctx.write((tx) => saveShippingRates(tx, input))) }));
  }
}
