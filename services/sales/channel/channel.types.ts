import { Directive, Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { UserError } from "../../../shared/graphql/common.types";
import { ForPartners } from "../../../shared/graphql/for-partners";
import { Needs, Open } from "../../../shared/graphql/needs";
import type { ChannelRow, PoolRow } from "./channel.sql";

@ObjectType("Warehouse", { description: "A physical warehouse, as far as the sales layer knows it." })
@Directive('@key(fields: "code")')
export class Warehouse {
  @Field(() => ID, { description: "The warehouse's code." })
  @Open()
  code!: string;
}

@ObjectType("StockPool", {
  description:
    "A virtual warehouse: the sellable stock of a set of physical warehouses, counted once. A warehouse feeds exactly one pool, so no unit can be promised twice.",
})
@Directive('@key(fields: "code")')
export class StockPool {
  @Field(() => ID, { description: "The pool's code." })
  @Open()
  code!: string;

  @Field({ description: "A name for people." })
  @Needs("catalog:read", "dispatch:read")
  name!: string;

  static of = (row: PoolRow): StockPool => Object.assign(new StockPool(), { code: row.code, name: row.name });
}

@ObjectType("Channel", { description: "A place where goods are sold: web shop, app, marketplace, store. It draws on exactly one pool." })
@Directive('@key(fields: "code")')
export class Channel {
  @ForPartners()
  @Field(() => ID, { description: "The channel's code." })
  @Open()
  code!: string;

  row?: ChannelRow;

  static of = (row: ChannelRow): Channel => Object.assign(new Channel(), { code: row.code, row });
}

@InputType({ description: "A channel to make or change." })
export class SaveChannelInput {
  @Field(() => ID, { description: "1 to 64 characters, compared byte by byte." }) code!: string;
  @Field({ description: "A name for people, at most 200 characters." }) name!: string;
  @Field(() => ID, { description: "The pool it sells from. Chosen once: another one later is INVALID_STATE." }) pool!: string;
  @Field(() => Int, { nullable: true, description: "The longest hold in seconds, 1 second to 366 days; null: 86400." }) maxHoldSeconds?:
    number | null;
}

@ObjectType({ description: "The channel as saved, or why not." })
@Open()
export class ChannelPayload {
  @Field(() => Channel, { nullable: true, description: "Null when refused." }) channel?: Channel | null;
  @Field(() => [UserError], { description: "Empty when saved." }) userErrors!: UserError[];
}

@InputType({ description: "A pool to make or change." })
export class SaveStockPoolInput {
  @Field(() => ID, { description: "1 to 64 characters, compared byte by byte." }) code!: string;
  @Field({ description: "A name for people, at most 200 characters." }) name!: string;
  @Field(() => [ID], { description: "All its warehouses; new ones must be free." }) warehouses!: string[];
}

@InputType({ description: "A warehouse that is to feed another pool." })
export class MoveWarehouseInput {
  @Field(() => ID, { description: "1 to 200 characters; the same key moves once, and asked again answers how it ended." })
  idempotencyKey!: string;
  @Field(() => ID, { description: "The warehouse; it must feed a pool." }) warehouse!: string;
  @Field(() => ID, { description: "The pool that is to have its stock." }) toPool!: string;
}

@InputType({ description: "A warehouse that is to stay in its pool." })
export class CancelWarehouseMoveInput {
  @Field(() => ID, { description: "1 to 200 characters; the same key cancels once." }) idempotencyKey!: string;
  @Field(() => ID, { description: "The warehouse that is being moved." }) warehouse!: string;
}

@ObjectType({ description: "The pool as saved, or why not." })
@Open()
export class StockPoolPayload {
  @Field(() => StockPool, { nullable: true, description: "Null when refused." }) pool?: StockPool | null;
  @Field(() => [UserError], { description: "Empty when saved." }) userErrors!: UserError[];
}
