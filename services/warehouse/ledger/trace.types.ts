import { Field, ID, InputType, ObjectType } from "type-graphql";
import { UserError } from "../../../shared/graphql/common.types";
import { Needs, Open } from "../../../shared/graphql/needs";
import { CalendarDate } from "../../../shared/graphql/scalars";
import { StockStatus } from "../enums";
import type { LotRow } from "./lot.sql";
import type { SerialRow } from "./serial.sql";

@ObjectType({ description: "Units of an item that came in together. A lot code is unique per item." })
@Needs("warehouse:read", "orders:read")
export class Lot {
  sku!: string;

  @Field(() => ID, { description: "Its code, unique per item." })
  code!: string;

  @Field(() => CalendarDate, {
    nullable: true,
    description:
      "The last day on which it is good, in UTC; it leaves sale so many days before as the item's minimum shelf life says. Null: never.",
  })
  expiresOn!: string | null;

  @Field({ description: "When its first units came in, by occurredAt." })
  receivedAt!: Date;

  @Field({ description: "Recalled: nothing of it is for sale, and nothing of it ships." })
  blocked!: boolean;

  static of = ({ sku, code, expiresOn, receivedAt, blocked }: LotRow): Lot =>
    Object.assign(new Lot(), { sku, code, expiresOn, receivedAt, blocked });
}

@ObjectType({ description: "One unit of an item that is tracked by serial number: in stock once, and traceable when it has left." })
@Needs("warehouse:read", "orders:read")
export class Serial {
  sku!: string;
  warehouseCode!: string | null;
  locationCode!: string;

  @Field(() => ID, { description: "Its number, unique per item." })
  serial!: string;

  @Field(() => StockStatus, { nullable: true, description: "What may be done with it; null when it is not in stock." })
  status!: StockStatus | null;

  static of = ({ sku, serial, warehouse, location, status }: SerialRow): Serial =>
    Object.assign(new Serial(), {
      sku,
      serial,
      warehouseCode: warehouse,
      locationCode: location,
      status: warehouse === null ? null : status,
    });
}

@InputType({ description: "A lot that is recalled, or let go again." })
export class BlockLotInput {
  @Field(() => ID, { description: "The same key and input answer the same; another input is IDEMPOTENCY_KEY_REUSED." })
  idempotencyKey!: string;

  @Field(() => ID, { description: "The item (NOT_FOUND)." })
  sku!: string;

  @Field(() => ID, { description: "The lot's code (NOT_FOUND)." })
  lot!: string;

  @Field({ description: "True: its free AVAILABLE units become BLOCKED everywhere. False: its BLOCKED units become AVAILABLE again." })
  blocked!: boolean;

  @Field({ description: "Why, for people; at most 500 characters." })
  reason!: string;
}

@InputType({ description: "A movement that was a mistake." })
export class ReverseMovementInput {
  @Field(() => ID, { description: "The same key and input answer the same reversal; another input is IDEMPOTENCY_KEY_REUSED." })
  idempotencyKey!: string;

  @Field(() => ID, { description: "The movement (NOT_FOUND)." })
  movementId!: string;

  @Field({ description: "Why, for people; at most 500 characters." })
  reason!: string;
}

@ObjectType({ description: "The lot, or why it was refused." })
@Open()
export class LotPayload {
  @Field(() => Lot, { nullable: true, description: "The lot as it is now." })
  lot?: Lot | null;

  @Field(() => [UserError], { description: "Why nothing was changed; empty on success." })
  userErrors!: UserError[];
}
