import { Ctx, FieldResolver, Int, Resolver, Root } from "type-graphql";
import { Money } from "../../../shared/graphql/common.types";
import type { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { itemBySku } from "../item/item.resolver";
import { InventoryItem } from "../item/item.types";
import { lotByCode } from "../ledger/trace.resolver";
import { Lot } from "../ledger/trace.types";
import { locationByCode, warehouseByCode } from "../place/place.resolver";
import { Location } from "../place/place.types";
import { countPlaceKey, type CountLineRow } from "./count.sql";
import { movedSince } from "./history.sql";
import { CountLine } from "./count.types";

/** Nobody sees the books' figure of a blind count before he may approve it, and no counter that of his own line. */
function seesBooks({ caller }: RequestContext, { count, row }: CountLine): boolean {
  if (!count.blind || count.status === "APPROVED" || count.status === "CANCELLED") return true;
  return caller.scopes.has("counts:approve") && row.countedBy !== caller.client;
}

/** A fact that comes of the books; null to who may not see them yet. */
const ofBooks = <T>(ctx: RequestContext, line: CountLine, fact: T | null): T | null => (seesBooks(ctx, line) ? fact : null);

async function valueOf(ctx: RequestContext, line: CountLine): Promise<Money | null> {
  const amount = ofBooks(ctx, line, line.row.varianceValue);
  return amount === null ? null : Money.of(amount, (await warehouseByCode(ctx, line.count.warehouseCode)).currency!);
}

async function hasMoved(ctx: RequestContext, { count, row }: CountLine): Promise<boolean> {
  if (row.seq === null) return false;
  const read = async (lines: readonly (CountLineRow & { warehouse: string })[]) =>
    (await movedSince(await ctx.onReplica(), lines)).map((found) => found.length > 0);
  const keyOf = (line: CountLineRow) => `${line.countId} ${countPlaceKey(line)}`;
  return ctx.loader("movedSince", read, keyOf as never).load({ ...row, warehouse: count.warehouseCode });
}

const HIDDEN = "null while it is open, and while a blind count hides it from this caller";

@Resolver(() => CountLine)
export class CountLineResolver {
  @FieldResolver(() => InventoryItem, { description: "The item." })
  item(@Root() { row }: CountLine, @Ctx() ctx: RequestContext): Promise<InventoryItem> {
    return itemBySku(ctx, row.sku);
  }

  @FieldResolver(() => Location, { description: "Where." })
  location(@Root() { row, count }: CountLine, @Ctx() ctx: RequestContext): Promise<Location> {
    return locationByCode(ctx, count.warehouseCode, row.location);
  }

  @FieldResolver(() => Lot, {
    nullable: true,
    description: "The lot; null for items without lots, and for a new one until its gain is posted.",
  })
  lot(@Root() { row }: CountLine, @Ctx() ctx: RequestContext): Promise<Lot | null> {
    return lotByCode(ctx, row.sku, row.lot);
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description: `Base units that the books had there at the moment it was recorded; ${HIDDEN}.`,
  })
  expected(@Root() line: CountLine, @Ctx() ctx: RequestContext): number | null {
    return ofBooks(ctx, line, line.row.expected);
  }

  @FieldResolver(() => Int, { nullable: true, description: `Base units, counted less expected; ${HIDDEN}.` })
  variance(@Root() line: CountLine, @Ctx() ctx: RequestContext): number | null {
    return ofBooks(ctx, line, line.row.variance);
  }

  @FieldResolver(() => Money, {
    nullable: true,
    description: `What the variance was worth at the cost of that moment, signed: losses at what is on hand, gains at the last known cost. Null for consigned goods, where no cost is known, and ${HIDDEN}.`,
  })
  @Needs("finance:read")
  varianceValue(@Root() line: CountLine, @Ctx() ctx: RequestContext): Promise<Money | null> {
    return valueOf(ctx, line);
  }

  @FieldResolver(() => Boolean, { description: "Whether units moved at this place after it was recorded, otherwise than by this count." })
  movedSince(@Root() line: CountLine, @Ctx() ctx: RequestContext): Promise<boolean> {
    return hasMoved(ctx, line);
  }

  @FieldResolver(() => Boolean, { nullable: true, description: `Whether it approved itself when it was recorded; ${HIDDEN}.` })
  withinTolerance(@Root() line: CountLine, @Ctx() ctx: RequestContext): boolean | null {
    return ofBooks(ctx, line, line.row.within);
  }
}
