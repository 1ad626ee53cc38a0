import { Directive, Field, ID, ObjectType, registerEnumType } from "type-graphql";
import { connectionOf, UserError } from "../../../shared/graphql/common.types";
import { Needs, Open } from "../../../shared/graphql/needs";
import { DateTime } from "../../../shared/graphql/scalars";
import { AlertKind, AlertSeverity, AlertStatus, type AlertRow } from "./alert";

registerEnumType(AlertKind, {
  name: "AlertKind",
  description: "What an alert is about.",
  valuesConfig: {
    LOW_STOCK: { description: "A channel has an item at or below its listing's threshold." },
    STOCKOUT: { description: "A channel has nothing of an item left in stock." },
    OVERSOLD: { description: "More is promised than there is." },
    BACKORDER_AGING: { description: "An order has waited for stock beyond the limit." },
    PROCESS_STUCK: { description: "A process has stood in a state beyond its limit." },
    SHORT_PICK: { description: "A pick found less than the books say. Ends when its order has left as a whole or is cancelled." },
    TRANSFER_OVERDUE: { description: "A transfer has not arrived in time." },
    TRANSFER_LOSS: { description: "A transfer arrived short." },
    EXPIRING_LOT: { description: "A lot with stock will expire within the limit." },
    COUNT_VARIANCE: { description: "Lines of a count differ from the books by more than its tolerance and wait for approval." },
    LAYER_DRIFT: { description: "Two layers disagree on a figure." },
    EVENT_FAILED: {
      description:
        "An event between layers could not be applied, in any of the three, and is set aside with what follows on its keys; it ends when the event is replayed (npm run events -- replay). Of a webhook: messages could not be delivered.",
    },
    PLAN_EXCEPTION: { description: "Planning cannot do what it should." },
    UNINSURED_VALUE: { description: "More value than is insured." },
    UNSOURCEABLE: { description: "There is stock for an order, but the rules forbid it." },
    DELIVERY_OVERDUE: { description: "A shipment was sent longer ago than the limit, and nobody has told how it ended." },
  },
});
registerEnumType(AlertSeverity, {
  name: "AlertSeverity",
  description: "How much an alert matters.",
  valuesConfig: {
    INFO: { description: "Good to know." },
    WARNING: { description: "Should be looked at." },
    CRITICAL: { description: "Something does not work until it is looked at." },
  },
});
registerEnumType(AlertStatus, {
  name: "AlertStatus",
  description: "What has become of an alert.",
  valuesConfig: {
    OPEN: { description: "Nobody has it." },
    ACKNOWLEDGED: { description: "Somebody has it." },
    RESOLVED: { description: "Done, by a person or because the condition ended." },
  },
});

@ObjectType({ description: "Something a person should look at. There is one unresolved alert at a time for a kind and subject." })
@Directive('@key(fields: "id")')
@Needs("dispatch:read")
export class Alert {
  @Field(() => ID, { description: "Its id." })
  @Open()
  id!: string;

  @Field(() => AlertKind, { description: "What it is about." }) kind!: AlertKind;
  @Field(() => AlertSeverity, { description: "How much it matters." }) severity!: AlertSeverity;
  @Field(() => AlertStatus, { description: "What has become of it." }) status!: AlertStatus;
  @Field({
    description:
      "Which thing: the id of a fulfillment order, shipment, process or count, a pool or channel and item, a warehouse, item and lot, or a feed and position.",
  })
  subject!: string;
  @Field({ description: "What is wrong, for people." }) message!: string;
  @Field(() => DateTime, { description: "When it was raised." }) raisedAt!: Date;
  @Field(() => String, { nullable: true, description: "The client that took it." }) acknowledgedBy!: string | null;
  @Field(() => DateTime, { nullable: true, description: "When it was resolved." }) resolvedAt!: Date | null;

  static of = (row: AlertRow): Alert =>
    Object.assign(new Alert(), {
      id: row.id,
      kind: row.kind,
      severity: row.severity,
      status: row.status,
      subject: row.subject,
      message: row.message,
      raisedAt: row.raised_at,
      acknowledgedBy: row.acknowledged_by,
      resolvedAt: row.resolved_at,
    });
}

export const AlertConnection = connectionOf(Alert, "Alert");

@ObjectType({ description: "The alert, or why it was refused." })
@Open()
export class AlertPayload {
  @Field(() => Alert, { nullable: true, description: "The alert as it is now; null when refused." }) alert?: Alert | null;
  @Field(() => [UserError], { description: "Why it was refused; empty when it was done." }) userErrors!: UserError[];
}
