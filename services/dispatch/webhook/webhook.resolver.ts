import { Arg, Args, Ctx, FieldResolver, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import { PageArgs, type Connection } from "../../../shared/graphql/common.types";
import { Needs } from "../../../shared/graphql/needs";
import { refusable } from "../../../shared/graphql/refusable";
import { DispatchContext } from "../context";
import { deadLettersOf, pageOfWebhooks, webhookById } from "./read-webhooks";
import { deleteWebhook, replayWebhook, saveWebhook } from "./save-webhook";
import { SaveWebhookInput, Webhook, WebhookActionInput, WebhookConnection, WebhookPayload } from "./webhook.types";

@Resolver(() => Webhook)
export class WebhookResolver {
  @Query(() => WebhookConnection, { nullable: true, description: "Endpoints, oldest first; an order system sees its own." })
  @Needs("orders:read", "dispatch:read")
  webhooks(@Args(() => PageArgs) page: PageArgs, @Ctx() ctx: DispatchContext): Promise<Connection<Webhook>> {
    return pageOfWebhooks(ctx, page);
  }

  @FieldResolver(() => Int, { description: "Messages that were set aside because they could not be delivered." })
  @Needs("orders:read", "dispatch:read")
  deadLetters(@Root() webhook: Webhook, @Ctx() ctx: DispatchContext): Promise<number> {
    return deadLettersOf(ctx, webhook.id);
  }

  @Mutation(() => WebhookPayload, {
    nullable: true,
    description:
      "Makes an endpoint or changes one. Refusals: NOT_FOUND, INVALID_INPUT (an address that is not https or leads into a private network, a malformed secret, nothing to be told of, alerts for one who may not read them), IDEMPOTENCY_KEY_REUSED.",
  })
  @Needs("reservations:write", "dispatch:write")
  saveWebhook(
    @Arg("input", () => SaveWebhookInput, { description: "The endpoint." }) input: SaveWebhookInput,
    @Ctx() ctx: DispatchContext,
  ): Promise<WebhookPayload> {
    return refusable(async () => {
      const { id, secret } = await ctx.write((tx) => saveWebhook(tx, ctx.caller, input, ctx.webhookLoopback));
      return { webhook: await webhookById(ctx, id), secret };
    });
  }

  @Mutation(() => WebhookPayload, {
    nullable: true,
    description: "Ends an endpoint for good; to interrupt one, switch it off. Refusals: NOT_FOUND, IDEMPOTENCY_KEY_REUSED.",
  })
  @Needs("reservations:write", "dispatch:write")
  deleteWebhook(
    @Arg("input", () => WebhookActionInput, { description: "Which." }) input: WebhookActionInput,
    @Ctx() ctx: DispatchContext,
  ): Promise<WebhookPayload> {
    return refusable(async () => ({ webhook: (await ctx.write((tx) => deleteWebhook(tx, ctx.caller, input))) ?? null }));
  }

  @Mutation(() => WebhookPayload, {
    nullable: true,
    description:
      "Sends again what was set aside for an endpoint, oldest first, and tries at once what waits to be tried again. What is taken ends the alert. Refusals: NOT_FOUND, INVALID_STATE (it is switched off), IDEMPOTENCY_KEY_REUSED.",
  })
  @Needs("reservations:write", "dispatch:write")
  replayWebhook(
    @Arg("input", () => WebhookActionInput, { description: "Which." }) input: WebhookActionInput,
    @Ctx() ctx: DispatchContext,
  ): Promise<WebhookPayload> {
    return refusable(async () => ({ webhook: await webhookById(ctx, await ctx.write((tx) => replayWebhook(tx, ctx.caller, input))) }));
  }
}
