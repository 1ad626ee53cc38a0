import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { Money, UserError } from "../../../shared/graphql/common.types";
import { Needs, Open } from "../../../shared/graphql/needs";
import { DecimalText } from "../../../shared/graphql/scalars";
import type { Exact } from "../../../shared/units/decimal";
import { Warehouse } from "../known/known.types";
import type { RateRow } from "./criteria.sql";

@ObjectType({ description: "What a shipment up to a weight costs from a warehouse to a zone; CHEAPEST goes by it." })
@Needs("dispatch:read")
export class ShippingRate {
  @Field(() => Warehouse, { description: "Where it leaves." }) warehouse!: Warehouse;
  @Field({
    description: "An ISO country, a country-region such as US-CA, or * for everywhere else. The most precise that has a rate holds.",
  })
  zone!: string;
  @Field(() => Int, {
    description:
      "The heaviest that it holds for, in grams. What is heavier than a zone's heaviest rate goes in several parcels at that rate.",
  })
  upToGrams!: number;
  @Field(() => Money, { description: "What it costs." }) price!: Money;

  static of = ({ warehouse_code, zone, up_to_grams, price, currency }: RateRow): ShippingRate => ({
    warehouse: Warehouse.of(warehouse_code),
    zone,
    upToGrams: up_to_grams,
    price: Money.of(price, currency),
  });
}

@InputType({ description: "What a shipment up to a weight costs to a zone." })
export class ShippingRateInput {
  @Field({ description: "An ISO country, a country-region such as US-CA, or * for everywhere else." }) zone!: string;
  @Field(() => Int, { description: "The heaviest that it holds for, in grams, from 1." }) upToGrams!: number;
  @Field(() => DecimalText, { description: "0 to 1,000,000." }) price!: Exact;
}

@InputType({ description: "A warehouse's shipping rates, whole: what is not named is no more." })
export class SaveShippingRatesInput {
  @Field(() => ID, { description: "The warehouse." }) warehouse!: string;
  @Field({ description: "ISO 4217 code; the rates of all warehouses are in one currency." }) currency!: string;
  @Field(() => [ShippingRateInput], { description: "Up to 1,000 rates; none: shipping from there has no known cost." })
  rates!: ShippingRateInput[];
}

@ObjectType({ description: "The rates that were saved, or why they were refused." })
@Open()
export class ShippingRatesPayload {
  @Field(() => [ShippingRate], { nullable: true, description: "The warehouse's rates as they are now; null when refused." })
  rates?: ShippingRate[] | null;
  @Field(() => [UserError], { description: "Why it was refused; empty when it was saved." }) userErrors!: UserError[];
}
