import { Field, ID, ObjectType } from "type-graphql";
import { connectionOf } from "../../../shared/graphql/common.types";
import { Needs } from "../../../shared/graphql/needs";
import { DateTime } from "../../../shared/graphql/scalars";
import type { AlertBody, NoticeRow } from "../notice/notice";
import { AlertKind, AlertStatus } from "./alert";

@ObjectType({ description: "One change of an alert: it was raised, taken on or resolved. It is never changed itself." })
@Needs("dispatch:read")
export class AlertEvent {
  @Field(() => ID, { description: "Its id; a webhook carries the same." }) id!: string;
  @Field(() => DateTime, { description: "When it came to be so." }) at!: Date;
  @Field(() => AlertKind, { description: "What the alert is about." }) kind!: AlertKind;
  @Field(() => AlertStatus, { description: "What had become of the alert then: OPEN when it was raised." }) status!: AlertStatus;

  alertId!: string;

  static of = ({ id, at, kind, body }: NoticeRow): AlertEvent => {
    const { alertId, status } = body as AlertBody;
    return Object.assign(new AlertEvent(), { id, at, kind, status, alertId });
  };
}

export const AlertEventConnection = connectionOf(AlertEvent, "AlertEvent");
