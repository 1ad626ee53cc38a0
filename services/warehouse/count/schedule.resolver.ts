import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Mutation, Query, Resolver, Root } from "type-graphql";
import { cursorKey, PageArgs, toPage, type Connection } from "../../../shared/graphql/common.types";
import type { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { refusable } from "../../../shared/graphql/refusable";
import { loadOne } from "../load";
import { warehouseByCode } from "../place/place.resolver";
import { Warehouse } from "../place/place.types";
import { countById } from "./count.resolver";
import { StockCount } from "./count.types";
import { saveSchedule } from "./save-schedule";
import { listSchedules, readSchedules, type ScheduleRow } from "./schedule.sql";
import { CountSchedule, CountScheduleConnection, CountSchedulePayload, SaveCountScheduleInput } from "./schedule.types";

@ArgsType()
class SchedulesArgs extends PageArgs {
  @Field(() => ID, { nullable: true, description: "Only of this warehouse." })
  warehouse?: string;
}

async function schedulesPage(ctx: RequestContext, args: SchedulesArgs): Promise<Connection<CountSchedule>> {
  const [after] = cursorKey(args, "string") ?? [];
  const rows = await listSchedules(await ctx.onReplica(), { ...args, merchant: ctx.caller.merchant, after }, args.first + 1);
  return toPage(rows, args, (row) => [row.id], CountSchedule.of);
}

async function saved(ctx: RequestContext, input: SaveCountScheduleInput): Promise<CountSchedule> {
  const id = await ctx.write((tx) => saveSchedule(tx, ctx.caller, input));
  return CountSchedule.of((await loadOne(ctx, "schedule", readSchedules, (row: ScheduleRow) => row.id, id))!);
}

@Resolver(() => CountSchedule)
export class CountScheduleResolver {
  @Query(() => CountScheduleConnection, {
    nullable: true,
    description: "Schedules of cycle counts in the order in which they were made; to a caller bound to a merchant, its own.",
  })
  @Needs("warehouse:read")
  countSchedules(@Args() args: SchedulesArgs, @Ctx() ctx: RequestContext): Promise<Connection<CountSchedule>> {
    return schedulesPage(ctx, args);
  }

  @Mutation(() => CountSchedulePayload, {
    nullable: true,
    description:
      "Makes a schedule of cycle counts or changes it. Refusals: INVALID_INPUT, NOT_FOUND, INVALID_STATE (warehouse), IDEMPOTENCY_KEY_REUSED.",
  })
  @Needs("counts:approve")
  saveCountSchedule(
    @Arg("input", { description: "The schedule." }) input: SaveCountScheduleInput,
    @Ctx() ctx: RequestContext,
  ): Promise<CountSchedulePayload> {
    return refusable(async () => ({ schedule: await saved(ctx, input) }));
  }

  @FieldResolver(() => Warehouse, { description: "Where." })
  warehouse(@Root() { row }: CountSchedule, @Ctx() ctx: RequestContext): Promise<Warehouse> {
    return warehouseByCode(ctx, row.warehouseCode);
  }

  @FieldResolver(() => StockCount, { nullable: true, description: "The count that it opened last; null before the first." })
  lastCount(@Root() { row }: CountSchedule, @Ctx() ctx: RequestContext): Promise<StockCount | null> {
    return countById(ctx, row.lastCountId);
  }
}
