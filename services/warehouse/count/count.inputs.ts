import { Field, Float, ID, InputType, Int } from "type-graphql";
import { CalendarDate, DecimalText } from "../../../shared/graphql/scalars";
import type { Exact } from "../../../shared/units/decimal";
import { StockStatus } from "../enums";

const KEY = "The same key and input answer the count as it is now; another input is IDEMPOTENCY_KEY_REUSED.";

@InputType({ description: "What is to be counted. Without SKUs and locations the whole warehouse, save PACKING and TRANSIT." })
export class CreateCountInput {
  @Field(() => ID, { description: KEY })
  idempotencyKey!: string;

  @Field(() => ID, { description: "Where (NOT_FOUND)." })
  warehouse!: string;

  @Field(() => [ID], { nullable: true, description: "Only these items, 1 to 1,000 (NOT_FOUND)." })
  skus?: string[] | null;

  @Field(() => [ID], {
    nullable: true,
    description: "Only these locations, 1 to 1,000 (NOT_FOUND); none of PACKING and TRANSIT (INVALID_INPUT).",
  })
  locations?: string[] | null;

  @Field(() => Boolean, { nullable: true, defaultValue: true, description: "Whether counters do not see what the books have." })
  blind?: boolean | null;

  @Field(() => Float, {
    nullable: true,
    defaultValue: 0,
    description:
      "Lines that differ by no more than this approve themselves: units lost and found in percent of what the books had, 0 to 100. Zero sets no such limit; with toleranceValue both must hold.",
  })
  tolerancePercent?: number | null;

  @Field(() => DecimalText, {
    nullable: true,
    description:
      "Lines whose lost and found units are worth no more than this approve themselves, in the warehouse's currency, not negative. Without either tolerance only lines without difference do.",
  })
  toleranceValue?: Exact | null;
}

@InputType({ description: "What was counted at one place. Several lines of a place add up." })
export class CountLineInput {
  @Field(() => ID, { description: "The item (NOT_FOUND); one that the count covers (INVALID_INPUT)." })
  sku!: string;

  @Field(() => ID, { description: "Where (NOT_FOUND); a location that the count covers, not PACKING or TRANSIT (INVALID_INPUT)." })
  location!: string;

  @Field(() => ID, { nullable: true, description: "The lot, for items that have them; one that is found for the first time is new." })
  lot?: string | null;

  @Field(() => CalendarDate, { nullable: true, description: "A new lot's last day; a known lot's must be the same (CONFLICT)." })
  lotExpiresOn?: string | null;

  @Field(() => StockStatus, {
    nullable: true,
    defaultValue: StockStatus.AVAILABLE,
    description: "The units' status. A lot that is blocked or past its day has no AVAILABLE ones (INVALID_STATE).",
  })
  status?: StockStatus | null;

  @Field(() => [String], {
    nullable: true,
    description:
      "Every serial number that was seen, for items that have them. One that the books have elsewhere is CONFLICT: move it first.",
  })
  serials?: string[] | null;

  @Field(() => String, { nullable: true, description: "What was counted in: the base unit or one of the item's units (INVALID_INPUT)." })
  unit?: string | null;

  @Field(() => Int, { description: "How many, in `unit`; zero where nothing lies." })
  counted!: number;
}

@InputType({ description: "What was counted." })
export class RecordCountInput {
  @Field(() => ID, { description: KEY })
  idempotencyKey!: string;

  @Field(() => ID, { description: "The count (NOT_FOUND)." })
  id!: string;

  @Field(() => [CountLineInput], { description: "1 to 1,000 lines, of places that are not counted yet (INVALID_STATE)." })
  lines!: CountLineInput[];
}

@InputType({ description: "A line of a count." })
export class CountLineRefInput {
  @Field(() => ID, { description: "The item." })
  sku!: string;

  @Field(() => ID, { description: "Where." })
  location!: string;

  @Field(() => ID, { nullable: true, description: "The lot; none for items without lots." })
  lot?: string | null;

  @Field(() => StockStatus, { nullable: true, defaultValue: StockStatus.AVAILABLE, description: "The units' status." })
  status?: StockStatus | null;
}

@InputType({ description: "A decision on a count." })
export class CountActionInput {
  @Field(() => ID, { description: KEY })
  idempotencyKey!: string;

  @Field(() => ID, { description: "The count (NOT_FOUND)." })
  id!: string;

  @Field(() => [CountLineRefInput], {
    nullable: true,
    description:
      "Only these lines, 1 to 1,000 that are counted and not approved (NOT_FOUND, INVALID_STATE). None: all of them, up to 5,000 (INVALID_INPUT). A count is cancelled whole (INVALID_INPUT).",
  })
  lines?: CountLineRefInput[] | null;
}
