import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Int, Resolver, Root } from "type-graphql";
import { cursorKey, Money, PageArgs, toPage, type Connection } from "../../../shared/graphql/common.types";
import type { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { exact, sum } from "../../../shared/units/decimal";
import { averageCost } from "../cost/cost";
import { StockStatus } from "../enums";
import { itemBySku } from "../item/item.resolver";
import { InventoryItem } from "../item/item.types";
import { loadMany } from "../load";
import { locationByCode } from "../place/place.resolver";
import { Location, Warehouse } from "../place/place.types";
import { visibleTo } from "../visible";
import { balanceKey, balancesOfItems, balancesOfWarehouses, readTotals, type BalanceRow, type TotalRow } from "./balance.sql";
import { movementById } from "./movement.resolver";
import { movementIdsOfItems } from "./movement.sql";
import { Movement, MovementConnection, StockBalance, StockBalanceConnection } from "./movement.types";

@ArgsType()
class ItemStockArgs extends PageArgs {
  @Field(() => ID, { nullable: true, description: "Only in this warehouse." })
  warehouse?: string;

  @Field(() => StockStatus, { nullable: true, description: "Only of this status." })
  status?: StockStatus;
}

const KEY = ["string", "string", "string", "string", "string", "string"] as const;

export const balanceOf = ({ sku, warehouse, location, lot, status, pledge, quantity, allocated }: BalanceRow): StockBalance =>
  Object.assign(new StockBalance(), {
    sku,
    warehouseCode: warehouse,
    locationCode: location,
    lotCode: lot,
    status,
    pledge: pledge || null,
    quantity,
    allocated,
  });

/** A page of each parent's list; parents that ask with the same arguments share a statement. */
async function pageOf<Row>(
  ctx: RequestContext,
  name: string,
  args: object,
  parent: string,
  read: (parents: readonly string[]) => Promise<Row[][]>,
): Promise<Row[]> {
  return ctx.loader<string, Row[]>(`${name} ${JSON.stringify(args)}`, read).load(parent);
}

async function stockOfItem(
  ctx: RequestContext,
  { sku, name }: InventoryItem,
  args: ItemStockArgs,
): Promise<Connection<StockBalance> | null> {
  const after = cursorKey(args, ...KEY);
  if (name === undefined) return null;
  const rows = await pageOf(ctx, "stockOfItem", args, sku, async (skus) =>
    balancesOfItems(await ctx.onReplica(), skus, { ...args, after }, args.first + 1),
  );
  return toPage(rows, args, balanceKey, balanceOf);
}

async function stockOfWarehouse(ctx: RequestContext, { code }: Warehouse, page: PageArgs): Promise<Connection<StockBalance>> {
  const after = cursorKey(page, ...KEY);
  const read = async (codes: readonly string[]) =>
    balancesOfWarehouses(await ctx.onReplica(), codes, ctx.caller.merchant, after, page.first + 1);
  return toPage(await pageOf(ctx, "stockOfWarehouse", page, code, read), page, balanceKey, balanceOf);
}

async function movementsOfItem(ctx: RequestContext, { sku, name }: InventoryItem, page: PageArgs): Promise<Connection<Movement> | null> {
  const [after] = cursorKey(page, "string") ?? [];
  if (name === undefined) return null;
  const filter = { ...visibleTo(ctx), after };
  const ids = await pageOf(ctx, "movementsOfItem", page, sku, async (skus) =>
    movementIdsOfItems(await ctx.onReplica(), skus, filter, page.first + 1),
  );
  const movements = await Promise.all(ids.map((id) => movementById(ctx, id)));
  return toPage(
    movements.filter((movement) => movement !== null),
    page,
    (movement) => [movement.id],
    (movement) => movement,
  );
}

async function totals(ctx: RequestContext, { sku, name }: InventoryItem, warehouse: string | undefined): Promise<TotalRow[] | null> {
  if (name === undefined) return null;
  const rows = await loadMany(ctx, "totals", readTotals, (row: TotalRow) => row.sku, sku);
  return warehouse == null ? rows : rows.filter((row) => row.warehouse === warehouse);
}

/** Null where nothing was ever received, or where warehouses value in different currencies. */
function costOf(rows: TotalRow[] | null): Money | null {
  const known = (rows ?? []).filter(({ lastCost }) => lastCost !== null);
  if (known.length === 0 || new Set(known.map(({ currency }) => currency)).size > 1) return null;
  const onHand = known.reduce((units, row) => units + row.onHand, 0);
  const average = averageCost(onHand, sum(known.map(({ value }) => exact(value))));
  return Money.of(onHand > 0 ? average : known[known.length - 1].lastCost!, known[0].currency);
}

@Resolver(() => InventoryItem)
export class ItemStockResolver {
  @FieldResolver(() => StockBalanceConnection, { nullable: true, description: "Where it lies now; places that hold none are left out." })
  @Needs("warehouse:read")
  stock(@Root() item: InventoryItem, @Args() args: ItemStockArgs, @Ctx() ctx: RequestContext): Promise<Connection<StockBalance> | null> {
    return stockOfItem(ctx, item, args);
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description: "Base units on hand now, of every status; null for a key that is unknown here.",
  })
  @Needs("warehouse:read")
  async onHand(
    @Root() item: InventoryItem,
    @Arg("warehouse", () => ID, { nullable: true, description: "Only in this warehouse." }) warehouse: string | undefined,
    @Ctx() ctx: RequestContext,
  ): Promise<number | null> {
    return (await totals(ctx, item, warehouse))?.reduce((units, row) => units + row.onHand, 0) ?? null;
  }

  @FieldResolver(() => Money, {
    nullable: true,
    description:
      "Average cost of a base unit on hand, rounded to six places; with none on hand the last receipt's. Null before the first receipt, and over warehouses of different currencies.",
  })
  @Needs("finance:read")
  async unitCost(
    @Root() item: InventoryItem,
    @Arg("warehouse", () => ID, { nullable: true, description: "Only in this warehouse." }) warehouse: string | undefined,
    @Ctx() ctx: RequestContext,
  ): Promise<Money | null> {
    return costOf(await totals(ctx, item, warehouse));
  }

  @FieldResolver(() => MovementConnection, { nullable: true, description: "Movements with a line of it, newest first." })
  @Needs("warehouse:read")
  movements(@Root() item: InventoryItem, @Args() page: PageArgs, @Ctx() ctx: RequestContext): Promise<Connection<Movement> | null> {
    return movementsOfItem(ctx, item, page);
  }
}

@Resolver(() => Warehouse)
export class WarehouseStockResolver {
  @FieldResolver(() => StockBalanceConnection, {
    nullable: true,
    description: "What lies in it now, by item and location; places that hold none are left out.",
  })
  @Needs("warehouse:read")
  stock(@Root() warehouse: Warehouse, @Args() page: PageArgs, @Ctx() ctx: RequestContext): Promise<Connection<StockBalance>> {
    return stockOfWarehouse(ctx, warehouse, page);
  }
}

@Resolver(() => StockBalance)
export class StockBalanceResolver {
  @FieldResolver(() => InventoryItem, { description: "The item." })
  item(@Root() { sku }: StockBalance, @Ctx() ctx: RequestContext): Promise<InventoryItem> {
    return itemBySku(ctx, sku);
  }

  @FieldResolver(() => Location, { description: "Where." })
  location(@Root() { warehouseCode, locationCode }: StockBalance, @Ctx() ctx: RequestContext): Promise<Location> {
    return locationByCode(ctx, warehouseCode, locationCode);
  }
}
