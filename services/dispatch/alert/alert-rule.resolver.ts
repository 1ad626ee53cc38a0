import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from "type-graphql";
import { PageArgs, type Connection } from "../../../shared/graphql/common.types";
import { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { refusable } from "../../../shared/graphql/refusable";
import { pageOfNotices } from "../notice/read-notices";
import { AlertEvent, AlertEventConnection } from "./alert-event.types";
import { readAlertRules } from "./alert-rule.sql";
import { AlertRule, AlertRulePayload, SaveAlertRuleInput } from "./alert-rule.types";
import { Alert } from "./alert.types";
import { alertById } from "./alerts";
import { saveAlertRule } from "./save-alert-rule";

@Resolver()
export class AlertRuleResolver {
  @Query(() => [AlertRule], {
    nullable: true,
    description: "When alerts are raised: one rule a kind, and those of single states of flows.",
  })
  @Needs("dispatch:read")
  async alertRules(@Ctx() ctx: RequestContext): Promise<AlertRule[]> {
    return (await readAlertRules(await ctx.onReplica())).all().map(AlertRule.of);
  }

  @Mutation(() => AlertRulePayload, {
    nullable: true,
    description:
      "Saves when alerts of a kind are raised; it counts within a quarter of a minute. A kind that is switched off has its unresolved alerts resolved. Refusals: INVALID_INPUT (a limit for a kind that has none or out of range, a state for another kind than PROCESS_STUCK, a state that there is not or that is final).",
  })
  @Needs("dispatch:write")
  saveAlertRule(
    @Arg("input", () => SaveAlertRuleInput, { description: "The rule." }) input: SaveAlertRuleInput,
    @Ctx() ctx: RequestContext,
  ): Promise<AlertRulePayload> {
    return refusable(async () => ({ rule: AlertRule.of(await ctx.write((tx) => saveAlertRule(tx, input))) }));
  }
}

@Resolver(() => AlertEvent)
export class AlertEventResolver {
  @Query(() => AlertEventConnection, {
    nullable: true,
    description:
      "What became of alerts, in one order, oldest first: raised, taken on, resolved. Follow it from its endCursor, which is always there; without after it begins with the oldest that is kept. They are kept for the days that the installation has set (STRATA_KEEP_DAYS, 30): a cursor that is older than the oldest is NOT_FOUND (CURSOR_EXPIRED).",
  })
  @Needs("dispatch:read")
  alertEvents(@Args(() => PageArgs) page: PageArgs, @Ctx() ctx: RequestContext): Promise<Connection<AlertEvent>> {
    return pageOfNotices(ctx, { topic: "ALERT" }, page, AlertEvent.of);
  }

  @FieldResolver(() => Alert, { nullable: true, description: "The alert as it is now." })
  @Needs("dispatch:read")
  alert(@Root() event: AlertEvent, @Ctx() ctx: RequestContext): Promise<Alert | null> {
    return alertById(ctx, event.alertId);
  }
}
