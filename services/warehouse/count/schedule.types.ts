import { Field, Float, ID, InputType, Int, ObjectType } from "type-graphql";
import { connectionOf, UserError } from "../../../shared/graphql/common.types";
import { Needs, Open } from "../../../shared/graphql/needs";
import { DecimalText } from "../../../shared/graphql/scalars";
import type { Exact } from "../../../shared/units/decimal";
import { AbcClass } from "../enums";
import type { ScheduleRow } from "./schedule.sql";

@ObjectType({
  description:
    "Cycle counts: opens a count of a class of items, or of locations, every so many days, within a minute of its time; none while its last one is still open.",
})
@Needs("warehouse:read")
export class CountSchedule {
  row!: ScheduleRow;

  @Field(() => ID, { description: "Opaque." })
  id!: string;

  @Field(() => Int, { description: "Days from one count to the next." })
  everyDays!: number;

  @Field(() => AbcClass, {
    nullable: true,
    description: "Counts the items of this class, computed from the ledger when a count is opened; null: by location.",
  })
  abcClass!: AbcClass | null;

  @Field(() => [ID], { nullable: true, description: "Counts these locations; null: all." })
  locations!: string[] | null;

  @Field({ description: "Whether its counts are blind." })
  blind!: boolean;

  @Field(() => Float, { description: "As of its counts." })
  tolerancePercent!: number;

  @Field(() => DecimalText, { nullable: true, description: "As of its counts, in the warehouse's currency." })
  toleranceValue!: string | null;

  @Field({ description: "Whether it opens counts." })
  active!: boolean;

  @Field({ description: "When the next one is due." })
  nextAt!: Date;

  static of = (row: ScheduleRow): CountSchedule => {
    const { id, everyDays, abcClass, locations, blind, tolerancePercent, toleranceValue, active, nextAt } = row;
    return Object.assign(new CountSchedule(), {
      row,
      ...{ id, everyDays, abcClass, locations, blind, tolerancePercent, toleranceValue, active, nextAt },
    });
  };
}

export const CountScheduleConnection = connectionOf(CountSchedule, "CountSchedule");

@InputType({ description: "A schedule of cycle counts, new or changed; it is saved whole." })
export class SaveCountScheduleInput {
  @Field(() => ID, { description: "The same key and input answer the schedule as it is now; another input is IDEMPOTENCY_KEY_REUSED." })
  idempotencyKey!: string;

  @Field(() => ID, { nullable: true, description: "The schedule to change (NOT_FOUND); none: a new one." })
  id?: string | null;

  @Field(() => ID, { description: "Where (NOT_FOUND); never changes (INVALID_STATE)." })
  warehouse!: string;

  @Field(() => Int, { description: "Days from one count to the next, 1 to 3,660." })
  everyDays!: number;

  @Field(() => AbcClass, { nullable: true, description: "Which items; this, locations or both are needed (INVALID_INPUT)." })
  abcClass?: AbcClass | null;

  @Field(() => [ID], {
    nullable: true,
    description: "Which locations, 1 to 1,000 (NOT_FOUND); none of PACKING and TRANSIT (INVALID_INPUT).",
  })
  locations?: string[] | null;

  @Field(() => Boolean, { nullable: true, defaultValue: true, description: "Whether its counts are blind." })
  blind?: boolean | null;

  @Field(() => Float, { nullable: true, defaultValue: 0, description: "As of createCount." })
  tolerancePercent?: number | null;

  @Field(() => DecimalText, { nullable: true, description: "As of createCount." })
  toleranceValue?: Exact | null;

  @Field(() => Date, {
    nullable: true,
    description: "When the next count is due; by default now for a new schedule, unchanged for another.",
  })
  nextAt?: Date | null;

  @Field(() => Boolean, { nullable: true, defaultValue: true, description: "Whether it opens counts." })
  active?: boolean | null;
}

@ObjectType({ description: "The schedule, or why it was refused." })
@Open()
export class CountSchedulePayload {
  @Field(() => CountSchedule, { nullable: true, description: "The schedule as it is now." })
  schedule?: CountSchedule | null;

  @Field(() => [UserError], { description: "Why nothing was changed; empty on success." })
  userErrors!: UserError[];
}
