import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import { Needs } from "../../../shared/graphql/needs";
import { refusable } from "../../../shared/graphql/refusable";
import type { SalesContext } from "../context";
import { countAssignedStock, saveChannel, savePool } from "./channel";
import {
  readAllChannels,
  readAllPools,
  readChannels,
  readPools,
  readWarehouses,
  readWarehousesOfPools,
  type ChannelRow,
  type PoolRow,
} from "./channel.sql";
import { Channel, ChannelPayload, SaveChannelInput, SaveStockPoolInput, StockPool, StockPoolPayload, Warehouse } from "./channel.types";

export const channelRow = (ctx: SalesContext, code: string): Promise<ChannelRow | undefined> =>
  ctx
    .loader<string, ChannelRow | undefined>("channel", async (codes) => {
      const rows = new Map((await readChannels(await ctx.onReplica(), codes)).map((row) => [row.code, row]));
      return codes.map((code) => rows.get(code));
    })
    .load(code);

const poolRow = (ctx: SalesContext, code: string): Promise<PoolRow | undefined> =>
  ctx
    .loader<string, PoolRow | undefined>("pool", async (codes) => {
      const rows = new Map((await readPools(await ctx.onReplica(), codes)).map((row) => [row.code, row]));
      return codes.map((code) => rows.get(code));
    })
    .load(code);

export const poolByCode = async (ctx: SalesContext, code: string | null | undefined): Promise<StockPool | null> => {
  const row = code ? await poolRow(ctx, code) : undefined;
  return row ? StockPool.of(row) : null;
};

async function savedPool(ctx: SalesContext, input: SaveStockPoolInput): Promise<StockPool | null> {
  const code = await ctx.write((tx) => savePool(tx, input));
  for (const warehouse of input.warehouses) await countAssignedStock(ctx.db, warehouse);
  return poolByCode(ctx, code);
}

async function savedChannel(ctx: SalesContext, input: SaveChannelInput): Promise<Channel | null> {
  const code = await ctx.write((tx) => saveChannel(tx, input));
  ctx.channels.forget(code);
  const row = await channelRow(ctx, code);
  return row ? Channel.of(row) : null;
}

@Resolver(() => Channel)
export class ChannelResolver {
  @Query(() => Channel, { nullable: true, description: "One channel, or null." })
  @Needs("catalog:read")
  async channel(@Arg("code", () => ID, { description: "Its code." }) code: string, @Ctx() ctx: SalesContext): Promise<Channel | null> {
    const row = await channelRow(ctx, code);
    return row ? Channel.of(row) : null;
  }

  @Query(() => [Channel], { nullable: true, description: "All channels, by code." })
  @Needs("catalog:read")
  async channels(@Ctx() ctx: SalesContext): Promise<Channel[]> {
    return (await readAllChannels(await ctx.onReplica())).map(Channel.of);
  }

  @FieldResolver(() => String, { nullable: true, description: "A name for people." })
  @Needs("catalog:read")
  async name(@Root() channel: Channel, @Ctx() ctx: SalesContext): Promise<string | undefined> {
    return (channel.row ?? (await channelRow(ctx, channel.code)))?.name;
  }

  @FieldResolver(() => StockPool, { nullable: true, description: "The pool it sells from." })
  @Needs("catalog:read")
  async pool(@Root() channel: Channel, @Ctx() ctx: SalesContext): Promise<StockPool | null> {
    return poolByCode(ctx, (channel.row ?? (await channelRow(ctx, channel.code)))?.pool_code);
  }

  @FieldResolver(() => Int, { nullable: true, description: "The longest hold in seconds; 86400 unless set." })
  @Needs("catalog:read")
  async maxHoldSeconds(@Root() channel: Channel, @Ctx() ctx: SalesContext): Promise<number | undefined> {
    return (channel.row ?? (await channelRow(ctx, channel.code)))?.max_hold_seconds;
  }

  @Mutation(() => ChannelPayload, {
    nullable: true,
    description: "Makes or changes a channel. NOT_FOUND: no such pool. INVALID_STATE: its pool cannot change.",
  })
  @Needs("listings:write")
  saveChannel(@Arg("input", { description: "The channel." }) input: SaveChannelInput, @Ctx() ctx: SalesContext): Promise<ChannelPayload> {
    return refusable(async () => ({ channel: await savedChannel(ctx, input) }));
  }
}

@Resolver(() => StockPool)
export class StockPoolResolver {
  @Query(() => [StockPool], { nullable: true, description: "All pools, by code." })
  @Needs("catalog:read", "dispatch:read")
  async stockPools(@Ctx() ctx: SalesContext): Promise<StockPool[]> {
    return (await readAllPools(await ctx.onReplica())).map(StockPool.of);
  }

  @FieldResolver(() => [Warehouse], { description: "The warehouses that feed it, by code." })
  @Needs("catalog:read", "dispatch:read")
  warehouses(@Root() pool: StockPool, @Ctx() ctx: SalesContext): Promise<Warehouse[]> {
    return ctx
      .loader<string, Warehouse[]>("pool.warehouses", async (codes) => {
        const rows = await readWarehousesOfPools(await ctx.onReplica(), codes);
        return codes.map((code) =>
          rows.filter((row) => row.pool_code === code).map((row) => Object.assign(new Warehouse(), { code: row.code })),
        );
      })
      .load(pool.code);
  }

  @Mutation(() => StockPoolPayload, {
    nullable: true,
    description:
      "Makes or changes a pool and gives it free warehouses. CONFLICT: one feeds another pool, which moveWarehouse changes. NOT_FOUND with retryAfterMs: a warehouse that this layer has not heard of yet.",
  })
  @Needs("stock:control")
  saveStockPool(
    @Arg("input", { description: "The pool." }) input: SaveStockPoolInput,
    @Ctx() ctx: SalesContext,
  ): Promise<StockPoolPayload> {
    return refusable(async () => ({ pool: await savedPool(ctx, input) }));
  }
}

@Resolver(() => Warehouse)
export class WarehouseResolver {
  @FieldResolver(() => StockPool, { nullable: true, description: "The pool it feeds; null while it feeds none." })
  @Needs("catalog:read", "dispatch:read")
  async pool(@Root() warehouse: Warehouse, @Ctx() ctx: SalesContext): Promise<StockPool | null> {
    const row = await ctx
      .loader<string, { pool_code: string | null } | undefined>("warehouse", async (codes) => {
        const rows = new Map((await readWarehouses(await ctx.onReplica(), codes)).map((found) => [found.code, found]));
        return codes.map((code) => rows.get(code));
      })
      .load(warehouse.code);
    return poolByCode(ctx, row?.pool_code);
  }
}
