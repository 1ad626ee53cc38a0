import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Mutation, Query, Resolver, Root } from "type-graphql";
import { cursorKey, PageArgs, toPage, type Connection } from "../../../shared/graphql/common.types";
import type { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { refusable } from "../../../shared/graphql/refusable";
import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { isId } from "../../../shared/ids";
import { CountStatus } from "../enums";
import { movementById } from "../ledger/movement.resolver";
import { Movement } from "../ledger/movement.types";
import { loadMany, loadOne } from "../load";
import { warehouseByCode } from "../place/place.resolver";
import { Warehouse } from "../place/place.types";
import { approveCount } from "./approve-count";
import { cancelCount } from "./cancel-count";
import { CountActionInput, CreateCountInput, RecordCountInput } from "./count.inputs";
import { linesOfCounts, listCounts, readCounts, type CountLineRow, type CountRow } from "./count.sql";
import { movementIdsOfCounts, stepsOfCounts, type StepRow } from "./history.sql";
import { CountLine, CountLineConnection, CountPayload, CountStep, StockCount, StockCountConnection } from "./count.types";
import { createCount } from "./create-count";
import { recordCount } from "./record-count";
import { requestRecount } from "./request-recount";
import { maySeeCount } from "./stock-count";

@ArgsType()
class CountsArgs extends PageArgs {
  @Field(() => ID, { nullable: true, description: "Only of this warehouse." })
  warehouse?: string;

  @Field(() => CountStatus, { nullable: true, description: "Only in this status." })
  status?: CountStatus;
}

/** One count; null when there is none that this caller may see. */
export async function countById(ctx: RequestContext, id: string | null): Promise<StockCount | null> {
  if (id === null || !isId(id)) return null;
  const row = await loadOne(ctx, "count", readCounts, (count: CountRow) => count.id, id);
  return row && maySeeCount(ctx.caller, row) ? StockCount.of(row) : null;
}

async function countsPage(ctx: RequestContext, args: CountsArgs): Promise<Connection<StockCount>> {
  const [after] = cursorKey(args, "string") ?? [];
  const rows = await listCounts(await ctx.onReplica(), { ...args, merchant: ctx.caller.merchant, after }, args.first + 1);
  return toPage(rows, args, (row) => [row.id], StockCount.of);
}

async function linesPage(ctx: RequestContext, count: CountRow, page: PageArgs): Promise<Connection<CountLine>> {
  const after = cursorKey(page, "string", "string", "string", "string");
  const read = async (ids: readonly string[]) => linesOfCounts(await ctx.onReplica(), ids, after, page.first + 1);
  const rows = await ctx.loader<string, CountLineRow[]>(`countLines ${page.first} ${page.after}`, read).load(count.id);
  return toPage(
    rows,
    page,
    ({ sku, location, lot, status }) => [sku, location, lot, status],
    (row) => CountLine.of(count, row),
  );
}

async function movementsOf(ctx: RequestContext, id: string): Promise<Movement[]> {
  const read = async (ids: readonly string[]) => movementIdsOfCounts(await ctx.onReplica(), ids);
  const ids = await ctx.loader<string, string[]>("countMovements", read).load(id);
  const found = await Promise.all(ids.map((movement) => movementById(ctx, movement)));
  return found.filter((movement) => movement !== null);
}

/** Takes a step and answers the count as it is then. */
const stepped = <Input>(
  ctx: RequestContext,
  verb: (tx: Tx, caller: Caller, input: Input) => Promise<string>,
  input: Input,
): Promise<CountPayload> => refusable(async () => ({ count: await countById(ctx, await ctx.write((tx) => verb(tx, ctx.caller, input))) }));

const REFUSALS = "INVALID_INPUT, NOT_FOUND, INVALID_STATE (the message names the state or the line), IDEMPOTENCY_KEY_REUSED";

@Resolver(() => StockCount)
export class CountResolver {
  @Query(() => StockCount, { nullable: true, description: "One count; null when there is none that this caller may see." })
  @Needs("warehouse:read")
  stockCount(@Arg("id", () => ID, { description: "Its id." }) id: string, @Ctx() ctx: RequestContext): Promise<StockCount | null> {
    return countById(ctx, id);
  }

  @Query(() => StockCountConnection, { nullable: true, description: "Counts, newest first; to a caller bound to a merchant, its own." })
  @Needs("warehouse:read")
  stockCounts(@Args() args: CountsArgs, @Ctx() ctx: RequestContext): Promise<Connection<StockCount>> {
    return countsPage(ctx, args);
  }

  @Mutation(() => CountPayload, {
    nullable: true,
    description:
      "Opens a count. A caller bound to a merchant counts that merchant's items only. Refusals: INVALID_INPUT, NOT_FOUND, IDEMPOTENCY_KEY_REUSED.",
  })
  @Needs("warehouse:write")
  createCount(@Arg("input", { description: "Of what." }) input: CreateCountInput, @Ctx() ctx: RequestContext): Promise<CountPayload> {
    return stepped(ctx, createCount, input);
  }

  @Mutation(() => CountPayload, {
    nullable: true,
    description: `Records what was counted, of places that are not counted yet; also of places that the books believe empty. Lines within tolerance are posted at once (COUNT_GAIN, COUNT_LOSS). The last open place makes the count COUNTED. Refusals: ${REFUSALS}, CONFLICT (a serial number that is elsewhere, another expiry of a lot), INSUFFICIENT_STOCK.`,
  })
  @Needs("warehouse:write")
  recordCount(
    @Arg("input", { description: "What was counted." }) input: RecordCountInput,
    @Ctx() ctx: RequestContext,
  ): Promise<CountPayload> {
    return stepped(ctx, recordCount, input);
  }

  @Mutation(() => CountPayload, {
    nullable: true,
    description: `Puts counted lines back that are not approved yet: RECOUNT, until each is counted again. Refusals: ${REFUSALS}.`,
  })
  @Needs("warehouse:write")
  requestRecount(@Arg("input", { description: "Which." }) input: CountActionInput, @Ctx() ctx: RequestContext): Promise<CountPayload> {
    return stepped(ctx, requestRecount, input);
  }

  @Mutation(() => CountPayload, {
    nullable: true,
    description: `Posts the variances of lines above tolerance (COUNT_GAIN, COUNT_LOSS), by another client than the one that counted them. Named lines at any time; without names it closes a count of which every place is counted: APPROVED. A loss posts even below what is allocated to orders. Refusals: ${REFUSALS}, INVALID_INPUT (a gain of an item whose cost is not known), INSUFFICIENT_STOCK (what is missing has left since: request a recount), CONFLICT (a serial number).`,
  })
  @Needs("counts:approve")
  approveCount(@Arg("input", { description: "Which." }) input: CountActionInput, @Ctx() ctx: RequestContext): Promise<CountPayload> {
    return stepped(ctx, approveCount, input);
  }

  @Mutation(() => CountPayload, {
    nullable: true,
    description: `Closes a count without its approval: CANCELLED. What has been posted of it stays; only another count undoes it. Refusals: ${REFUSALS}.`,
  })
  @Needs("warehouse:write")
  cancelCount(@Arg("input", { description: "Which." }) input: CountActionInput, @Ctx() ctx: RequestContext): Promise<CountPayload> {
    return stepped(ctx, cancelCount, input);
  }

  @FieldResolver(() => Warehouse, { description: "Where." })
  warehouse(@Root() { row }: StockCount, @Ctx() ctx: RequestContext): Promise<Warehouse> {
    return warehouseByCode(ctx, row.warehouseCode);
  }

  @FieldResolver(() => CountLineConnection, {
    description: "Its places by item, location, lot and status: those of the plan, and what was found besides.",
  })
  lines(@Root() { row }: StockCount, @Args() page: PageArgs, @Ctx() ctx: RequestContext): Promise<Connection<CountLine>> {
    return linesPage(ctx, row, page);
  }

  @FieldResolver(() => [Movement], { description: "What it posted, oldest first; of more than 200 the latest. The rest by `movements`." })
  movements(@Root() { id }: StockCount, @Ctx() ctx: RequestContext): Promise<Movement[]> {
    return movementsOf(ctx, id);
  }

  @FieldResolver(() => [CountStep], { description: "Its history, oldest first; of more than 200 steps the latest." })
  async steps(@Root() { id }: StockCount, @Ctx() ctx: RequestContext): Promise<CountStep[]> {
    return (await loadMany(ctx, "countSteps", stepsOfCounts, (row: StepRow) => row.countId, id)).map(CountStep.of);
  }
}
