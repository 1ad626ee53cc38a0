import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Mutation, Query, Resolver, Root } from "type-graphql";
import { cursorKey, Money, PageArgs, toPage, type Connection } from "../../../shared/graphql/common.types";
import type { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { refusable } from "../../../shared/graphql/refusable";
import { isId } from "../../../shared/ids";
import { MovementType } from "../enums";
import { itemBySku } from "../item/item.resolver";
import { InventoryItem } from "../item/item.types";
import { loadMany, loadOne } from "../load";
import { locationByCode, warehouseByCode } from "../place/place.resolver";
import { Location } from "../place/place.types";
import { maySee, visibleTo } from "../visible";
import { PostMovementInput } from "./movement.inputs";
import { listMovements, readLines, readMovements, readReversals, type LineRow, type MovementRow } from "./movement.sql";
import { Movement, MovementConnection, MovementLine, MovementPayload } from "./movement.types";
import { postMovement } from "./post-movement";
import { reverseMovement } from "./reverse-movement";
import { ReverseMovementInput } from "./trace.types";

@ArgsType()
class MovementsArgs extends PageArgs {
  @Field(() => ID, { nullable: true, description: "Only with a line of this item." })
  sku?: string;

  @Field(() => ID, { nullable: true, description: "Only in this warehouse." })
  warehouse?: string;

  @Field(() => MovementType, { nullable: true, description: "Only of this type." })
  type?: MovementType;

  @Field(() => String, { nullable: true, description: "Only with this document number." })
  document?: string;

  @Field(() => Date, { nullable: true, description: "Only that occurred then or later." })
  from?: Date;

  @Field(() => Date, { nullable: true, description: "Only that occurred before." })
  to?: Date;
}

/** One movement; null when there is none that this caller may see. */
export async function movementById(ctx: RequestContext, id: string | null): Promise<Movement | null> {
  if (id === null || !isId(id)) return null;
  const row = await loadOne(ctx, "movement", readMovements, (movement: MovementRow) => movement.id, id);
  return row && maySee(visibleTo(ctx), row) ? Movement.of(row) : null;
}

async function movementsPage(ctx: RequestContext, args: MovementsArgs): Promise<Connection<Movement>> {
  const [after] = cursorKey(args, "string") ?? [];
  const rows = await listMovements(await ctx.onReplica(), { ...args, ...visibleTo(ctx), after }, args.first + 1);
  return toPage(rows, args, (row) => [row.id], Movement.of);
}

async function reversalOf(ctx: RequestContext, id: string): Promise<Movement | null> {
  const row = await loadOne(ctx, "reversal", readReversals, (movement: MovementRow) => movement.reversalOfId!, id);
  return row && Movement.of(row);
}

/** An amount of a line in its warehouse's currency; null where no value moves. */
async function lineMoney(ctx: RequestContext, { warehouse, unitCost }: LineRow, amount: string | null): Promise<Money | null> {
  if (unitCost === null || amount === null) return null;
  return Money.of(amount, (await warehouseByCode(ctx, warehouse)).currency!);
}

@Resolver(() => Movement)
export class MovementResolver {
  @Query(() => Movement, { nullable: true, description: "One movement; null when there is none that this caller may see." })
  @Needs("warehouse:read", "orders:read")
  movement(@Arg("id", () => ID, { description: "Its id." }) id: string, @Ctx() ctx: RequestContext): Promise<Movement | null> {
    return movementById(ctx, id);
  }

  @Query(() => MovementConnection, { nullable: true, description: "Movements, newest first." })
  @Needs("warehouse:read")
  movements(@Args() args: MovementsArgs, @Ctx() ctx: RequestContext): Promise<Connection<Movement>> {
    return movementsPage(ctx, args);
  }

  @Mutation(() => MovementPayload, {
    nullable: true,
    description:
      "The one door through which stock changes by hand. Refusals: INVALID_INPUT, NOT_FOUND (warehouse, item, location, account), INSUFFICIENT_STOCK, INVALID_STATE (goods that were not there at occurredAt, or not since; a document that is open for it; more returned than had left; a lot that is blocked or past its day), CONFLICT (a serial number that is in stock, another expiry of a lot), IDEMPOTENCY_KEY_REUSED.",
  })
  @Needs("warehouse:write")
  postMovement(
    @Arg("input", { description: "What happened." }) input: PostMovementInput,
    @Ctx() ctx: RequestContext,
  ): Promise<MovementPayload> {
    return refusable(async () => ({ movement: await movementById(ctx, await ctx.write((tx) => postMovement(tx, ctx.caller, input))) }));
  }

  @Mutation(() => MovementPayload, {
    nullable: true,
    description:
      "Books the exact opposite of a movement, once, today: an issue comes back at its cost, a receipt leaves at current cost (FIFO: out of its own layer), the difference goes to variance. Refusals: INVALID_INPUT, NOT_FOUND, INVALID_STATE (reversed already, a reversal itself, posted by a document, returned or consumed since, an adjustment), INSUFFICIENT_STOCK, IDEMPOTENCY_KEY_REUSED.",
  })
  @Needs("warehouse:write")
  reverseMovement(
    @Arg("input", { description: "Which, and why." }) input: ReverseMovementInput,
    @Ctx() ctx: RequestContext,
  ): Promise<MovementPayload> {
    return refusable(async () => ({ movement: await movementById(ctx, await ctx.write((tx) => reverseMovement(tx, ctx.caller, input))) }));
  }

  @FieldResolver(() => [MovementLine], { description: "Its lines, 1,000 at most." })
  async lines(@Root() { id }: Movement, @Ctx() ctx: RequestContext): Promise<MovementLine[]> {
    return (await loadMany(ctx, "movementLines", readLines, (row: LineRow) => row.movementId, id)).map(MovementLine.of);
  }

  @FieldResolver(() => Movement, { nullable: true, description: "The movement that this one reverses." })
  reversalOf(@Root() { reversalOfId }: Movement, @Ctx() ctx: RequestContext): Promise<Movement | null> {
    return movementById(ctx, reversalOfId);
  }

  @FieldResolver(() => Movement, { nullable: true, description: "The movement that reverses this one." })
  reversedBy(@Root() { id }: Movement, @Ctx() ctx: RequestContext): Promise<Movement | null> {
    return reversalOf(ctx, id);
  }
}

@Resolver(() => MovementLine)
export class MovementLineResolver {
  @FieldResolver(() => InventoryItem, { description: "The item." })
  item(@Root() { row }: MovementLine, @Ctx() ctx: RequestContext): Promise<InventoryItem> {
    return itemBySku(ctx, row.sku);
  }

  @FieldResolver(() => Location, { description: "Where." })
  location(@Root() { row }: MovementLine, @Ctx() ctx: RequestContext): Promise<Location> {
    return locationByCode(ctx, row.warehouse, row.location);
  }

  @FieldResolver(() => Money, { nullable: true, description: "Cost of one base unit, six places; null where no value moves." })
  @Needs("finance:read")
  unitCost(@Root() { row }: MovementLine, @Ctx() ctx: RequestContext): Promise<Money | null> {
    return lineMoney(ctx, row, row.unitCost);
  }

  @FieldResolver(() => Money, {
    nullable: true,
    description: "Value that moved, signed like the quantity, exact; null where no value moves.",
  })
  @Needs("finance:read")
  value(@Root() { row }: MovementLine, @Ctx() ctx: RequestContext): Promise<Money | null> {
    return lineMoney(ctx, row, row.value);
  }
}
