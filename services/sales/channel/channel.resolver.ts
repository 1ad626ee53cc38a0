import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import { ForPartners } from "../../../shared/graphql/for-partners";
import { Needs } from "../../../shared/graphql/needs";
import { refusable } from "../../../shared/graphql/refusable";
import type { SalesContext } from "../context";
import { askMove } from "./ask-move";
import { cancelMove } from "./cancel-move";
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
import {
  CancelWarehouseMoveInput,
  Channel,
  ChannelPayload,
  MoveWarehouseInput,
  SaveChannelInput,
  SaveStockPoolInput,
  StockPool,
  StockPoolPayload,
  Warehouse,
} from "./channel.types";
import { outcomeOf } from "./decide-move";

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

async function movedTo(ctx: SalesContext, input: MoveWarehouseInput): Promise<StockPool | null> {
  const move = await ctx.write((tx) => askMove(tx, ctx.caller, input));
  const pool = await outcomeOf(ctx.db, move);
  // The feed's consumer has moved the stock, at a position that this request does not know: what follows reads the primary.
  ctx.noteWrite("");
  return poolByCode(ctx, pool);
}

async function savedChannel(ctx: SalesContext, input: SaveChannelInput): Promise<Channel | null> {
  const code = await ctx.write((tx) => saveChannel(tx, input));
  ctx.channels.forget(code);
  const row = await channelRow(ctx, code);
  return row ? Channel.of(row) : null;
}

@Resolver(() => Channel)
export class ChannelResolver {
  @ForPartners()
  @Query(() => Channel, { nullable: true, description: "One channel, or null." })
  @Needs("catalog:read")
  async channel(@Arg("code", () => ID, { description: "Its code." }) code: string, @Ctx() ctx: SalesContext): Promise<Channel | null> {
    const row = await channelRow(ctx, code);
    return row ? Channel.of(row) : null;
  }

  @ForPartners()
  @Query(() => [Channel], { nullable: true, description: "All channels, by code." })
  @Needs("catalog:read")
  async channels(@Ctx() ctx: SalesContext): Promise<Channel[]> {
    return (await readAllChannels(await ctx.onReplica())).map(Channel.of);
  }

  @ForPartners()
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

  @Mutation(() => StockPoolPayload, {
    nullable: true,
    description:
      "Moves a warehouse's whole stock, and what is on its way there, to another pool; answers that pool. From the call until the decision its units are set aside (frozen) in the old pool: no channel can sell them, and what arrives joins them. INSUFFICIENT_STOCK: the old pool needs some of it for its promises, fences or pre-orders. INVALID_STATE: open orders are allocated there and must ship first, or it has more than 5,000 items. CONFLICT with retryAfterMs: it is being moved already. INVALID_INPUT: it feeds that pool already, or none, where saveStockPool is the way. NOT_FOUND: no such pool or warehouse. IN_PROGRESS with retryAfterMs: not decided within two seconds; ask again with the same key, which answers how it ended, a refusal by open orders too: try anew with a new key.",
  })
  @Needs("stock:control")
  moveWarehouse(
    @Arg("input", { description: "Which warehouse, and where to." }) input: MoveWarehouseInput,
    @Ctx() ctx: SalesContext,
  ): Promise<StockPoolPayload> {
    return refusable(async () => ({ pool: await movedTo(ctx, input) }));
  }

  @Mutation(() => StockPoolPayload, {
    nullable: true,
    description:
      "Ends a warehouse's move that is not decided yet, for one whose answer does not come; answers the pool that it stays in. What was set aside can be sold there again at once, and what is on its way there counts there again; moveWarehouse asked again with its key says INVALID_STATE. INVALID_STATE: it is not being moved, perhaps no more, so that a decision that came first stands. NOT_FOUND with retryAfterMs: a warehouse that this layer has not heard of yet.",
  })
  @Needs("stock:control")
  cancelWarehouseMove(
    @Arg("input", { description: "Which warehouse." }) input: CancelWarehouseMoveInput,
    @Ctx() ctx: SalesContext,
  ): Promise<StockPoolPayload> {
    return refusable(async () => ({ pool: await poolByCode(ctx, await ctx.write((tx) => cancelMove(tx, ctx.caller, input))) }));
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
