import { Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from "type-graphql";
import type { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { refusable } from "../../../shared/graphql/refusable";
import { loadMany } from "../load";
import { wholeHouse } from "../visible";
import { blockersOf } from "./blockers";
import { closePeriod, reopenPeriod } from "./close-period";
import { openPeriod } from "./open-period";
import { AccountingPeriod, OpenPeriodArgs, PeriodArgs, PeriodPayload, PeriodStep, ReopenPeriodArgs } from "./period.types";
import { listPeriods, readPeriod, readPeriodSteps } from "./periods.sql";

/** Does something to a period and answers it as it is then. */
const changed = ({ code, legalEntity }: PeriodArgs, ctx: RequestContext, change: () => Promise<void>): Promise<PeriodPayload> => {
  wholeHouse(ctx);
  return refusable(async () => {
    await change();
    return { period: AccountingPeriod.of((await readPeriod(await ctx.onReplica(), legalEntity, code))!) };
  });
};

function stepsOf(ctx: RequestContext, { legalEntity, code }: AccountingPeriod): Promise<PeriodStep[]> {
  const byKeys = (reader: Parameters<typeof readPeriodSteps>[0], keys: readonly string[]) =>
    readPeriodSteps(
      reader,
      keys.map((key) => JSON.parse(key) as [string, string]).map(([entity, period]) => ({ legalEntity: entity, code: period })),
    );
  return loadMany(ctx, "periodSteps", byKeys, AccountingPeriod.stepKey, JSON.stringify([legalEntity, code]));
}

async function blockers(ctx: RequestContext, period: AccountingPeriod): Promise<string[]> {
  return period.status === "CLOSING" ? blockersOf(await ctx.onReplica(), period) : [];
}

@Resolver(() => AccountingPeriod)
export class PeriodResolver {
  @Query(() => [AccountingPeriod], { nullable: true, description: "The accounting periods, by legal entity and first day." })
  @Needs("finance:read")
  async accountingPeriods(@Ctx() ctx: RequestContext): Promise<AccountingPeriod[]> {
    return (await listPeriods(await ctx.onReplica())).map(AccountingPeriod.of);
  }

  @Mutation(() => PeriodPayload, {
    nullable: true,
    description:
      "Opens a period; gaps to its neighbours become calendar months. The same again changes nothing. Refusals: INVALID_INPUT (length), NOT_FOUND (legal entity), CONFLICT (code is taken, days are another's), PERIOD_CLOSED (a period after it is). FORBIDDEN to a caller bound to a merchant.",
  })
  @Needs("finance:write")
  openPeriod(@Args() args: OpenPeriodArgs, @Ctx() ctx: RequestContext): Promise<PeriodPayload> {
    return changed(args, ctx, () => ctx.write((tx) => openPeriod(tx, args.legalEntity, args.code, args)));
  }

  @Mutation(() => PeriodPayload, {
    nullable: true,
    description:
      "Closes a period, also before it has ended. First it is CLOSING and takes no new postings; then it is CLOSED, or its blockers say what is in the way: clear them, or reopen it, and ask again. Closing a CLOSED one changes nothing. Refusals: INVALID_INPUT, NOT_FOUND. FORBIDDEN to a caller bound to a merchant.",
  })
  @Needs("finance:write")
  closePeriod(@Args() args: PeriodArgs, @Ctx() ctx: RequestContext): Promise<PeriodPayload> {
    return changed(args, ctx, () => closePeriod(ctx, args.legalEntity, args.code));
  }

  @Mutation(() => PeriodPayload, {
    nullable: true,
    description:
      "Opens a CLOSING or CLOSED period again; on an OPEN one it changes nothing. Refusals: INVALID_INPUT, NOT_FOUND, INVALID_STATE (a later period is not open, or it was exported since it was closed). FORBIDDEN to a caller bound to a merchant.",
  })
  @Needs("finance:write")
  reopenPeriod(@Args() args: ReopenPeriodArgs, @Ctx() ctx: RequestContext): Promise<PeriodPayload> {
    return changed(args, ctx, () => ctx.write((tx) => reopenPeriod(tx, ctx.caller.client, args.legalEntity, args.code, args.reason)));
  }

  @FieldResolver(() => [String], {
    description: "While it is CLOSING: what is in the way of closing it, one sentence each, looked up now. Else empty.",
  })
  blockers(@Root() period: AccountingPeriod, @Ctx() ctx: RequestContext): Promise<string[]> {
    return blockers(ctx, period);
  }

  @FieldResolver(() => [PeriodStep], {
    description: "How it was closed and reopened, the first step first; none while it was only opened.",
  })
  steps(@Root() period: AccountingPeriod, @Ctx() ctx: RequestContext): Promise<PeriodStep[]> {
    return stepsOf(ctx, period);
  }
}
