import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { connectionOf, UserError } from "../../../shared/graphql/common.types";
import { Needs, Open } from "../../../shared/graphql/needs";
import { DateTime } from "../../../shared/graphql/scalars";
import type { WebhookRow } from "./webhook";

@ObjectType({
  description:
    "An endpoint that is told of what happens, message by message and in order, each signed as Standard Webhooks has it. A message that is not taken (a status from 200 to 299 within 10 seconds) is tried again, 12 times over a little more than an hour, then set aside with an EVENT_FAILED alert, and the next is sent. A message may come twice, under the same webhook-id.",
})
@Needs("orders:read", "dispatch:read")
export class Webhook {
  @Field(() => ID, { description: "Its id." }) id!: string;
  @Field({ description: "The client that made it: it is told of this client's orders, or of all if that client sees all." })
  client!: string;
  @Field({ description: "Where messages are sent." }) url!: string;
  @Field({ description: "Whether it is told what happens to orders: type order.confirmed and so on." }) orderEvents!: boolean;
  @Field({ description: "Whether it is told of alerts: type alert.open, alert.acknowledged, alert.resolved." }) alerts!: boolean;
  @Field({ description: "Whether anything is sent; what happens meanwhile is sent once it is switched on again." }) enabled!: boolean;
  @Field(() => Int, { description: "How often the next message has been tried in vain; 0 while all is well." }) failures!: number;
  @Field(() => String, { nullable: true, description: "What was wrong with the last try; null while all is well." }) lastError!:
    string | null;
  @Field(() => DateTime, { description: "When it was made: it is told of what happens from then on." }) createdAt!: Date;

  static of = ({ id, client, url, orderEvents, alerts, enabled, failures, lastError, createdAt }: WebhookRow): Webhook =>
    Object.assign(new Webhook(), { id, client, url, orderEvents, alerts, enabled, failures, lastError, createdAt });
}

export const WebhookConnection = connectionOf(Webhook, "Webhook");

@InputType({ description: "An endpoint to be made or changed. What is left out stays as it is." })
export class SaveWebhookInput {
  @Field(() => ID, { description: "The same key and input answer the endpoint as it is now; another input is IDEMPOTENCY_KEY_REUSED." })
  idempotencyKey!: string;
  @Field(() => ID, { nullable: true, description: "The endpoint to be changed; absent: a new one." }) id?: string | null;
  @Field({ description: "Where to send: https, no private network, no user or password." }) url!: string;
  @Field(() => String, {
    nullable: true,
    description: "`whsec_` and 24 to 64 bytes in base64, with which messages are signed; absent: the one it has, a new endpoint gets one.",
  })
  secret?: string | null;
  @Field(() => Boolean, { nullable: true, description: "Whether it is told what happens to orders; a new one is." }) orderEvents?:
    boolean | null;
  @Field(() => Boolean, { nullable: true, description: "Whether it is told of alerts; a new one is not. Needs dispatch:read." })
  alerts?: boolean | null;
  @Field(() => Boolean, { nullable: true, description: "Whether anything is sent." }) enabled?: boolean | null;
}

@InputType({ description: "An endpoint to be deleted or replayed." })
export class WebhookActionInput {
  @Field(() => ID, { description: "The same key and input do nothing more; another input is IDEMPOTENCY_KEY_REUSED." })
  idempotencyKey!: string;
  @Field(() => ID, { description: "The endpoint." }) id!: string;
}

@ObjectType({ description: "The endpoint, or why it was refused." })
@Open()
export class WebhookPayload {
  @Field(() => Webhook, { nullable: true, description: "The endpoint as it is now; null when refused or deleted." })
  webhook?: Webhook | null;
  @Field(() => String, {
    nullable: true,
    description: "The secret, in the answer to the call that made or set it and nowhere else.",
  })
  secret?: string | null;
  @Field(() => [UserError], { description: "Why it was refused; empty when it was done." }) userErrors!: UserError[];
}
