import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from "type-graphql";
import { cursorKey, PageArgs, toPage, type Connection } from "../../../shared/graphql/common.types";
import type { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { refusable } from "../../../shared/graphql/refusable";
import { itemBySku } from "../item/item.resolver";
import { InventoryItem } from "../item/item.types";
import { loadMany, loadOne } from "../load";
import { locationByCode } from "../place/place.resolver";
import { Location } from "../place/place.types";
import { visibleTo } from "../visible";
import { balanceOf } from "./balance.resolver";
import { balancesOfLots, type BalanceRow } from "./balance.sql";
import { blockLot } from "./block-lot";
import { readLots, type LotRow } from "./lot.sql";
import { movementById } from "./movement.resolver";
import { Movement, MovementConnection, MovementLine, StockBalance } from "./movement.types";
import { readLineSerials, readSerials, type LineSerial } from "./serial.sql";
import { lotKey } from "./stock";
import { movementIdsOfLot, movementIdsOfSerial } from "./trace.sql";
import { BlockLotInput, Lot, LotPayload, Serial } from "./trace.types";

/** A lot of an item; null for none. */
export async function lotByCode(ctx: RequestContext, sku: string, code: string): Promise<Lot | null> {
  if (code === "") return null;
  const read = (reader: Parameters<typeof readLots>[0], keys: readonly string[]) => readLots(reader, keys.map(keyOf));
  const row = await loadOne(ctx, "lot", read, (lot: LotRow) => lotKey(lot.sku, lot.code), lotKey(sku, code));
  return row && Lot.of(row);
}

const keyOf = (key: string): { sku: string; lot: string } => {
  const [sku, lot] = JSON.parse(key) as [string, string];
  return { sku, lot };
};

/** Serial numbers of lines, given as `movement line`. */
export async function serialsOfLines(ctx: RequestContext, lines: { movementId: string; lineNo: number }[]): Promise<string[]> {
  const found = await Promise.all(
    lines.map(async ({ movementId, lineNo }) => {
      const all = await loadMany(ctx, "lineSerials", readLineSerials, (row: LineSerial) => row.movementId, movementId);
      return all.filter((row) => row.lineNo === lineNo).map(({ serial }) => serial);
    }),
  );
  return found.flat();
}

/** An item that this caller may see; null otherwise. */
const known = async (ctx: RequestContext, sku: string): Promise<boolean> => (await itemBySku(ctx, sku)).name !== undefined;

async function lotOf(ctx: RequestContext, sku: string, code: string): Promise<Lot | null> {
  return (await known(ctx, sku)) ? lotByCode(ctx, sku, code) : null;
}

async function serialOf(ctx: RequestContext, sku: string, serial: string): Promise<Serial | null> {
  if (!(await known(ctx, sku))) return null;
  const [row] = await readSerials(await ctx.onReplica(), [{ sku, serial }]);
  return row ? Serial.of(row) : null;
}

async function stockOfLot(ctx: RequestContext, { sku, code }: Lot): Promise<StockBalance[]> {
  const read = (reader: Parameters<typeof readLots>[0], keys: readonly string[]) => balancesOfLots(reader, keys.map(keyOf));
  return (await loadMany(ctx, "stockOfLot", read, (row: BalanceRow) => lotKey(row.sku, row.lot), lotKey(sku, code))).map(balanceOf);
}

/** A page of movements, newest posted first, whose ids an index gives. */
async function movementsPage(
  ctx: RequestContext,
  page: PageArgs,
  read: (after: string | undefined, limit: number) => Promise<string[]>,
): Promise<Connection<Movement>> {
  const [after] = cursorKey(page, "string") ?? [];
  const ids = await read(after as string | undefined, page.first + 1);
  const seen = await Promise.all(ids.map((id) => movementById(ctx, id)));
  return toPage(
    seen.filter((movement) => movement !== null),
    page,
    ({ id }) => [id],
    (movement) => movement,
  );
}

@Resolver(() => Lot)
export class LotResolver {
  @Query(() => Lot, { nullable: true, description: "A lot of an item; null when there is none that this caller may see." })
  @Needs("warehouse:read")
  lot(
    @Arg("sku", () => ID, { description: "The item." }) sku: string,
    @Arg("code", () => ID, { description: "The lot's code." }) code: string,
    @Ctx() ctx: RequestContext,
  ): Promise<Lot | null> {
    return lotOf(ctx, sku, code);
  }

  @Mutation(() => LotPayload, {
    nullable: true,
    description:
      "Recalls a lot, or lets it go again: its free units change status in every warehouse, in one step; units that are picked for shipments do not ship while it is blocked. Refusals: INVALID_INPUT, NOT_FOUND, INVALID_STATE (it is so already), IDEMPOTENCY_KEY_REUSED.",
  })
  @Needs("warehouse:write")
  blockLot(@Arg("input", { description: "Which, and why." }) input: BlockLotInput, @Ctx() ctx: RequestContext): Promise<LotPayload> {
    return refusable(async () => {
      await ctx.write((tx) => blockLot(tx, ctx.caller, input));
      return { lot: await lotOf(ctx, input.sku, input.lot) };
    });
  }

  @FieldResolver(() => InventoryItem, { description: "The item." })
  item(@Root() { sku }: Lot, @Ctx() ctx: RequestContext): Promise<InventoryItem> {
    return itemBySku(ctx, sku);
  }

  @FieldResolver(() => [StockBalance], { description: "Where it lies now, in all warehouses." })
  @Needs("warehouse:read")
  stock(@Root() lot: Lot, @Ctx() ctx: RequestContext): Promise<StockBalance[]> {
    return stockOfLot(ctx, lot);
  }

  @FieldResolver(() => MovementConnection, { description: "Movements with a line of it, newest first." })
  @Needs("warehouse:read")
  movements(@Root() { sku, code }: Lot, @Args() page: PageArgs, @Ctx() ctx: RequestContext): Promise<Connection<Movement>> {
    return movementsPage(ctx, page, async (after, limit) =>
      movementIdsOfLot(await ctx.onReplica(), sku, code, visibleTo(ctx), after, limit),
    );
  }
}

@Resolver(() => Serial)
export class SerialResolver {
  @Query(() => Serial, {
    nullable: true,
    description: "Where a serial number is, or was; null when it was never here, or may not be seen.",
  })
  @Needs("warehouse:read")
  serial(
    @Arg("sku", () => ID, { description: "The item." }) sku: string,
    @Arg("serial", () => ID, { description: "The number." }) serial: string,
    @Ctx() ctx: RequestContext,
  ): Promise<Serial | null> {
    return serialOf(ctx, sku, serial);
  }

  @FieldResolver(() => InventoryItem, { description: "The item." })
  item(@Root() { sku }: Serial, @Ctx() ctx: RequestContext): Promise<InventoryItem> {
    return itemBySku(ctx, sku);
  }

  @FieldResolver(() => Location, { nullable: true, description: "Where it lies; null when it is not in stock." })
  location(@Root() { warehouseCode, locationCode }: Serial, @Ctx() ctx: RequestContext): Promise<Location> | null {
    return warehouseCode === null ? null : locationByCode(ctx, warehouseCode, locationCode);
  }

  @FieldResolver(() => MovementConnection, { description: "Everything that happened to it, newest posted first." })
  @Needs("warehouse:read")
  movements(@Root() { sku, serial }: Serial, @Args() page: PageArgs, @Ctx() ctx: RequestContext): Promise<Connection<Movement>> {
    return movementsPage(ctx, page, async (after, limit) =>
      movementIdsOfSerial(await ctx.onReplica(), sku, serial, visibleTo(ctx), after, limit),
    );
  }
}

@Resolver(() => MovementLine)
export class LineTraceResolver {
  @FieldResolver(() => Lot, { nullable: true, description: "The lot; null for items without lots." })
  lot(@Root() { row }: MovementLine, @Ctx() ctx: RequestContext): Promise<Lot | null> {
    return lotByCode(ctx, row.sku, row.lot);
  }

  @FieldResolver(() => [String], { description: "Serial numbers; empty for items that have none." })
  serials(@Root() { row }: MovementLine, @Ctx() ctx: RequestContext): Promise<string[]> {
    return serialsOfLines(ctx, [row]);
  }
}

@Resolver(() => StockBalance)
export class BalanceTraceResolver {
  @FieldResolver(() => Lot, { nullable: true, description: "The lot; null for items without lots." })
  lot(@Root() { sku, lotCode }: StockBalance, @Ctx() ctx: RequestContext): Promise<Lot | null> {
    return lotByCode(ctx, sku, lotCode);
  }
}
