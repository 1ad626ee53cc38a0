import { Field, ID, Int, ObjectType } from "type-graphql";
import { Needs } from "../../../shared/graphql/needs";
import type { AnnouncedRow } from "./announced.sql";

@ObjectType({ description: "What a customer said is coming back, line by line; what has come is in the inbound shipment's lines." })
@Needs("warehouse:read")
export class AnnouncedLine {
  sku!: string;

  @Field(() => Int, { description: "Base units." })
  quantity!: number;

  @Field(() => String, { nullable: true, description: "The order's own line, where it was named." })
  lineRef!: string | null;

  @Field(() => ID, { nullable: true, description: "The shipment that they left with, where it was named." })
  shipmentId!: string | null;

  @Field(() => [String], { nullable: true, description: "The serial numbers that may come; null: any that left with the order." })
  serials!: string[] | null;

  @Field({ description: "Why, as the customer said." })
  reason!: string;

  static of = (row: AnnouncedRow): AnnouncedLine => Object.assign(new AnnouncedLine(), row);
}
