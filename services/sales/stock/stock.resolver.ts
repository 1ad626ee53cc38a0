import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from "type-graphql";
import { cursorKey, PageArgs, toPage, type Connection } from "../../../shared/graphql/common.types";
import { ForPartners } from "../../../shared/graphql/for-partners";
import { Needs } from "../../../shared/graphql/needs";
import { refusable } from "../../../shared/graphql/refusable";
import { poolByCode } from "../channel/channel.resolver";
import type { StockPool } from "../channel/channel.types";
import type { SalesContext } from "../context";
import { checkOwnItems, isOwnItem } from "../known/own-items";
import { InventoryItem } from "../listing/listing.types";
import { readEntries, readHeadersOfItems } from "./read-stock.sql";
import { readItems } from "./stock.sql";
import { checkAdjust, freezeCommand, neverHad } from "./freeze";
import { AdjustVirtualStockInput, VirtualStock, VirtualStockEntry, VirtualStockEntryConnection, VirtualStockPayload } from "./stock.types";
import { Cause, type StockHeader } from "./virtual-stock";

async function stockOfItem(ctx: SalesContext, sku: string, pool: string | null): Promise<VirtualStock[]> {
  if (!(await isOwnItem(ctx, sku))) return [];
  const headers = await ctx
    .loader<string, StockHeader[]>("item.virtualStock", async (skus) => {
      const rows = await readHeadersOfItems(await ctx.onReplica(), skus);
      return skus.map((one) => rows.filter((row) => row.sku === one));
    })
    .load(sku);
  const wanted = headers.filter((header) => !pool || header.pool_code === pool);
  return Promise.all(wanted.map(async (header) => VirtualStock.of(header, (await poolByCode(ctx, header.pool_code)) as StockPool)));
}

@Resolver(() => InventoryItem)
export class ItemStockResolver {
  @ForPartners()
  @Query(() => InventoryItem, {
    nullable: true,
    description: "An item by its SKU, with what each layer knows of it. Null when this layer has not heard of it.",
  })
  @Needs("catalog:read")
  async inventoryItem(
    @Arg("sku", () => ID, { description: "Its SKU." }) sku: string,
    @Ctx() ctx: SalesContext,
  ): Promise<InventoryItem | null> {
    const [item] = await readItems(await ctx.onReplica(), [sku]);
    return item && [undefined, item.merchant].includes(ctx.caller.merchant) ? InventoryItem.of(sku) : null;
  }

  @FieldResolver(() => [VirtualStock], { nullable: true, description: "Its figures in each pool that has ever had some, or in one pool." })
  @Needs("stock:control", "dispatch:read", "warehouse:read")
  virtualStock(
    @Root() item: InventoryItem,
    @Arg("pool", () => ID, { nullable: true, description: "Only this pool." }) pool: string | null,
    @Ctx() ctx: SalesContext,
  ): Promise<VirtualStock[]> {
    return stockOfItem(ctx, item.sku, pool);
  }
}

async function adjust(
  ctx: SalesContext,
  input: AdjustVirtualStockInput,
  what: "freeze" | "unfreeze",
): Promise<{ virtualStock: VirtualStock }> {
  checkAdjust(input);
  await checkOwnItems(ctx, [input.sku], () => neverHad(input));
  const header = await ctx.stock(freezeCommand(ctx.caller, input, what));
  return { virtualStock: VirtualStock.of(header, (await poolByCode(ctx, header.pool_code))!) };
}

const REFUSED = "NOT_FOUND: the pool has never had the item. STALE_VALUE: compareAvailable is not what is available.";

@Resolver(() => VirtualStock)
export class AdjustStockResolver {
  @Mutation(() => VirtualStockPayload, {
    nullable: true,
    description: `Withdraws units from sale, at most what is available. INSUFFICIENT_STOCK: less is available. ${REFUSED}`,
  })
  @Needs("stock:control")
  freezeVirtualStock(
    @Arg("input", { description: "What to freeze, and why." }) input: AdjustVirtualStockInput,
    @Ctx() ctx: SalesContext,
  ): Promise<VirtualStockPayload> {
    return refusable(() => adjust(ctx, input, "freeze"));
  }

  @Mutation(() => VirtualStockPayload, {
    nullable: true,
    description: `Gives frozen units back to sale. INVALID_INPUT: fewer are frozen. ${REFUSED}`,
  })
  @Needs("stock:control")
  unfreezeVirtualStock(
    @Arg("input", { description: "What to give back, and why." }) input: AdjustVirtualStockInput,
    @Ctx() ctx: SalesContext,
  ): Promise<VirtualStockPayload> {
    return refusable(() => adjust(ctx, input, "unfreeze"));
  }
}

@Resolver(() => VirtualStock)
export class VirtualStockResolver {
  @FieldResolver(() => VirtualStockEntryConnection, { description: "The ledger behind the figures, newest first." })
  @Needs("stock:control", "dispatch:read", "warehouse:read")
  async entries(
    @Root() stock: VirtualStock,
    @Args() page: PageArgs,
    @Arg("cause", () => Cause, { nullable: true, description: "Only lines of this cause." }) cause: Cause | null,
    @Arg("reference", () => String, { nullable: true, description: "Only lines of this reservation, movement or adjustment." })
    reference: string | null,
    @Ctx() ctx: SalesContext,
  ): Promise<Connection<VirtualStockEntry>> {
    const before = cursorKey(page, "number")?.[0] as number | undefined;
    const filter = { pool: stock.pool.code, sku: stock.item.sku, cause, reference, before, limit: page.first + 1 };
    return toPage(await readEntries(await ctx.onReplica(), filter), page, (row) => [Number(row.seq)], VirtualStockEntry.of);
  }
}
