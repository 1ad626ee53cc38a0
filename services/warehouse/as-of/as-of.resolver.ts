import { Args, ArgsType, Ctx, Field, ID, Query, Resolver } from "type-graphql";
import { cursorKey, PageArgs, toPage, type Connection } from "../../../shared/graphql/common.types";
import type { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { BALANCE_KEY, balanceOf } from "../ledger/balance.resolver";
import { balanceKey } from "../ledger/balance.sql";
import { StockBalance, StockBalanceConnection } from "../ledger/movement.types";
import { balancesThen, pastMoment } from "./as-of";

@ArgsType()
class StockAsOfArgs extends PageArgs {
  @Field(() => Date, { description: "The moment, to the millisecond; a future one is BAD_USER_INPUT." })
  at!: Date;

  @Field(() => ID, { nullable: true, description: "Only of this item." })
  sku?: string | null;

  @Field(() => ID, { nullable: true, description: "Only in this warehouse." })
  warehouse?: string | null;
}

async function stockThen(ctx: RequestContext, { sku, warehouse, ...args }: StockAsOfArgs): Promise<Connection<StockBalance>> {
  const after = cursorKey(args, ...BALANCE_KEY);
  const at = await pastMoment(ctx, "at", args.at);
  const filter = { sku: sku ?? undefined, warehouse: warehouse ?? undefined, merchant: ctx.caller.merchant };
  return toPage(await balancesThen(await ctx.onReplica(), filter, at, after, args.first + 1), args, balanceKey, balanceOf);
}

@Resolver(() => StockBalance)
export class AsOfResolver {
  @Query(() => StockBalanceConnection, {
    nullable: true,
    description:
      "Balances as they stood at a moment, rebuilt from the ledger by occurredAt: what is posted later for that time or before counts from then on. By warehouse, item and place, without places that held none. `allocated` is what lay in PACKING. To a caller bound to a merchant, its own goods.",
  })
  @Needs("warehouse:read")
  stockAsOf(@Args() args: StockAsOfArgs, @Ctx() ctx: RequestContext): Promise<Connection<StockBalance>> {
    return stockThen(ctx, args);
  }
}
