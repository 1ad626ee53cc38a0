import { Arg, Args, Ctx, ID, Mutation, Query, Resolver } from "type-graphql";
import { PageArgs, type Connection } from "../../../shared/graphql/common.types";
import { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { refusable } from "../../../shared/graphql/refusable";
import { AlertKind, AlertStatus } from "./alert";
import { Alert, AlertConnection, AlertPayload } from "./alert.types";
import { acknowledgeAlert, alertById, pageOfAlerts, resolveAlert } from "./alerts";

@Resolver()
export class AlertResolver {
  @Query(() => AlertConnection, { nullable: true, description: "Alerts, newest first." })
  @Needs("dispatch:read")
  alerts(
    @Arg("status", () => AlertStatus, { nullable: true, description: "Only in this status." }) status: AlertStatus | undefined,
    @Arg("kind", () => AlertKind, { nullable: true, description: "Only of this kind." }) kind: AlertKind | undefined,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() ctx: RequestContext,
  ): Promise<Connection<Alert>> {
    return pageOfAlerts(ctx, { status, kind }, page);
  }

  @Mutation(() => AlertPayload, {
    nullable: true,
    description: "Takes an alert on; whoever took it first keeps it. Refusals: NOT_FOUND, INVALID_STATE (it is resolved).",
  })
  @Needs("dispatch:write")
  acknowledgeAlert(@Arg("id", () => ID, { description: "The alert." }) id: string, @Ctx() ctx: RequestContext): Promise<AlertPayload> {
    return refusable(async () => ({ alert: await alertById(ctx, await ctx.write((tx) => acknowledgeAlert(tx, ctx.caller.client, id))) }));
  }

  @Mutation(() => AlertPayload, {
    nullable: true,
    description:
      "Marks an alert as done. One whose condition still holds is raised anew: acknowledge it instead. Refusals: NOT_FOUND, INVALID_INPUT (the note is longer than 500 characters).",
  })
  @Needs("dispatch:write")
  resolveAlert(
    @Arg("id", () => ID, { description: "The alert." }) id: string,
    @Arg("note", () => String, { description: "What was done, at most 500 characters." }) note: string,
    @Ctx() ctx: RequestContext,
  ): Promise<AlertPayload> {
    return refusable(async () => ({ alert: await alertById(ctx, await ctx.write((tx) => resolveAlert(tx, ctx.caller.client, id, note))) }));
  }
}
