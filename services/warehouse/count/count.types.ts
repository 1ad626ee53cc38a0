import { Directive, Field, ID, Int, ObjectType } from "type-graphql";
import { connectionOf, UserError } from "../../../shared/graphql/common.types";
import { Needs, Open } from "../../../shared/graphql/needs";
import { CountStatus, StockStatus } from "../enums";
import type { CountLineRow, CountRow } from "./count.sql";
import type { StepRow } from "./history.sql";

@ObjectType({
  description:
    "One place of a count: variance = counted less the balance of that very place, lot and status at the moment the count was recorded. What is posted is the variance, so that movements in between are kept.",
})
@Needs("warehouse:read")
export class CountLine {
  count!: CountRow;
  row!: CountLineRow;

  @Field(() => StockStatus, { description: "The units' status." })
  status!: StockStatus;

  @Field(() => [String], { description: "The serial numbers that were seen; empty for items that have none." })
  serials!: string[];

  @Field(() => String, { nullable: true, description: "The client that counted it last; null while it is open." })
  countedBy!: string | null;

  @Field(() => Int, { nullable: true, description: "Base units that were counted; null while it is open." })
  counted!: number | null;

  static of = (count: CountRow, row: CountLineRow): CountLine =>
    Object.assign(new CountLine(), {
      count,
      row,
      ...{ status: row.status, serials: row.serials ?? [], countedBy: row.countedBy, counted: row.counted },
    });
}

export const CountLineConnection = connectionOf(CountLine, "CountLine");

@ObjectType({ description: "Something that was done with a count. Never edited." })
@Needs("warehouse:read")
export class CountStep {
  @Field({ description: "CREATE, PLAN, RECORD, RECOUNT, APPROVE or CANCEL." })
  action!: string;

  @Field(() => CountStatus, { description: "Where the count stood after it." })
  status!: CountStatus;

  @Field(() => Int, { description: "How many lines it touched." })
  affected!: number;

  @Field({ description: "The client that did it; the schedule's saver for counts that a schedule opened." })
  actor!: string;

  @Field({ description: "When." })
  at!: Date;

  static of = (row: StepRow): CountStep => Object.assign(new CountStep(), row);
}

@ObjectType({
  description:
    "A count of a warehouse or of a part of it, while business goes on. Its plan are the places that hold units when it is made, in seconds for large warehouses; goods in PACKING and TRANSIT are on their way and not counted. What it posts is undone only by another count.",
})
@Directive('@key(fields: "id")')
@Needs("warehouse:read")
export class StockCount {
  row!: CountRow;

  @Field(() => ID, { description: "Opaque; later counts have greater ids." })
  id!: string;

  @Field(() => CountStatus, { description: "Where it stands." })
  status!: CountStatus;

  @Field({
    description:
      "Whether what the books have is hidden until the count is closed: from everybody without counts:approve, and of a line from the client that counted it. Balances can still be asked for by who has warehouse:read.",
  })
  blind!: boolean;

  @Field({ description: "Whether every place that held units has its line; large plans are made in the background." })
  planned!: boolean;

  @Field(() => Int, { description: "Places of the plan that are not counted yet; an approval of the whole waits for them." })
  openLines!: number;

  @Field(() => Int, { description: "Lines that are counted and wait for approval." })
  pendingLines!: number;

  @Field({ description: "The client that opened it." })
  createdBy!: string;

  @Field({ description: "When it was opened." })
  createdAt!: Date;

  static of = (row: CountRow): StockCount => {
    const { id, status, blind, planned, openLines, pendingLines, createdBy, createdAt } = row;
    return Object.assign(new StockCount(), { row, id, status, blind, planned, openLines, pendingLines, createdBy, createdAt });
  };
}

export const StockCountConnection = connectionOf(StockCount, "StockCount");

@ObjectType({ description: "The count, or why the step was refused." })
@Open()
export class CountPayload {
  @Field(() => StockCount, { nullable: true, description: "The count as it is now." })
  count?: StockCount | null;

  @Field(() => [UserError], { description: "Why nothing was changed; empty on success." })
  userErrors!: UserError[];
}
