import { Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import { Money, UserError } from "../../../shared/graphql/common.types";
import { exact } from "../../../shared/units/decimal";
import { Needs, Open } from "../../../shared/graphql/needs";
import { DateTime } from "../../../shared/graphql/scalars";
import { Channel, Warehouse } from "../known/known.types";
import type { StoredDecision } from "../order/fulfillment-order";
import { GENERAL, SourcingStrategy, type SourcingNode as Node, type SourcingRule as Rule } from "./sourcing-rule";

registerEnumType(SourcingStrategy, {
  name: "SourcingStrategy",
  description:
    "How warehouses are ranked. Each strategy is deterministic. With PRIORITY, NEAREST and BALANCED the first in rank that can ship the whole order ships it; else, where splitting is allowed, each in rank order gives what it has.",
  valuesConfig: {
    PRIORITY: { description: "By the node's priority (1 first), then distance, then code." },
    NEAREST: {
      description:
        "By great circle distance from the address, then priority, then code. An address without coordinates is where warehouses of its postal code are, else at its region's centroid, else at its country's. A warehouse of unknown place comes last; when no distance is known at all the order is PRIORITY's.",
    },
    FEWEST_SHIPMENTS: {
      description:
        "Most units filled, then fewest shipments, then the least sum of distances, then of priorities; what still ties goes to the plan that is found first, which is the same each time it is asked. The search is exact, and ends after a bounded effort: the decision's note says so.",
    },
    CHEAPEST: {
      description:
        "Most units filled, then the lowest cost by the shipping rates, then fewest shipments, distance, priority; of the plans of which no warehouse could be left out, each giving what it has in the order of what the whole order would cost from there. A warehouse without a rate comes last.",
    },
    BALANCED: {
      description:
        "By days of supply, most first: how long the stock of the item that lasts shortest lasts, by what orders took there a day in the last 28 days; then free units, distance, priority, code.",
    },
  },
});

@ObjectType({ description: "A warehouse that was considered, how it was scored, and what was taken from it." })
@Needs("dispatch:read")
export class SourcingCandidate {
  @Field(() => Warehouse, { description: "The warehouse." }) warehouse!: Warehouse;
  @Field(() => Int, { nullable: true, description: "Its place in the strategy's order, from 1; null when it was excluded." }) rank!:
    number | null;
  @Field(() => Float, { nullable: true, description: "Great circle distance to the address in km; null when either place is unknown." })
  distanceKm!: number | null;
  @Field(() => Money, {
    nullable: true,
    description:
      "What shipping costs from there: what was taken, or where nothing was, all that was asked. Null where no rate holds, and with other strategies than CHEAPEST.",
  })
  shippingCost?: Money | null;
  @Field(() => Int, { description: "Units of what was asked that were free there, before safety stock." }) freeUnits!: number;
  @Field(() => Int, { description: "Units that were taken from it." }) takenUnits!: number;
  @Field(() => String, { nullable: true, description: "Why it was left out; null when it was ranked." }) excludedBecause!: string | null;
}

@ObjectType({ description: "Why these warehouses: every warehouse of the channel's pool, in rank order, with the excluded ones last." })
@Needs("dispatch:read")
export class SourcingDecision {
  @Field(() => SourcingStrategy, { description: "The strategy by which it was decided." }) strategy!: SourcingStrategy;
  @Field(() => DateTime, { description: "When, by the database's clock." }) decidedAt!: Date;
  @Field(() => [SourcingCandidate], { description: "Every warehouse of the pool." }) candidates!: SourcingCandidate[];
  @Field(() => Int, { description: "Shipments that this decision makes." }) shipments!: number;
  @Field(() => Int, { description: "Units that it could not place." }) unfilled!: number;

  @Field(() => String, { nullable: true, description: "More about it: a person's reason, or that the search stopped before its end." })
  note?: string | null;

  static of = ({ decidedAt, candidates, currency, ...rest }: StoredDecision): SourcingDecision => ({
    ...rest,
    decidedAt: new Date(decidedAt),
    candidates: candidates.map(({ costMicros, ...candidate }) => ({
      ...candidate,
      warehouse: Warehouse.of(candidate.warehouse),
      shippingCost: currency && typeof costMicros === "number" ? Money.of(exact(costMicros).div(1_000_000), currency) : null,
    })),
  });
}

@ObjectType({ description: "A warehouse in a sourcing rule." })
@Needs("dispatch:read")
export class SourcingNode {
  @Field(() => Warehouse, { description: "The warehouse." }) warehouse!: Warehouse;
  @Field(() => Int, { description: "1 is asked first." }) priority!: number;
  @Field({ description: "Whether orders are sourced from it." }) enabled!: boolean;
  @Field(() => Int, {
    nullable: true,
    description:
      "Shipments a day of the warehouse's own calendar; null: no limit. It never makes an order wait for stock: what is beyond is allocated, and goes to the floor as the next day with room begins.",
  })
  dailyCapacity!: number | null;
  @Field(() => Int, { description: "Units of each item that are kept back there." }) safetyStock!: number;
  @Field(() => [String], { nullable: true, description: "ISO country or country-region codes, such as DE or US-CA; null: anywhere." })
  shipsTo!: string[] | null;
}

@ObjectType({
  description:
    "How a channel's orders are sourced. Without a rule of its own a channel has the general one; without that, every warehouse of its pool is asked, nearest first.",
})
@Needs("dispatch:read")
export class SourcingRule {
  @Field(() => Channel, { nullable: true, description: "The channel; null: the general rule." }) channel!: Channel | null;
  @Field(() => SourcingStrategy, { description: "How warehouses are ranked." }) strategy!: SourcingStrategy;
  @Field({
    description: "Whether an order may come in several shipments. False: it waits as a whole until one warehouse can ship all of it.",
  })
  allowSplit!: boolean;
  @Field(() => Int, {
    nullable: true,
    description: "Most shipments that one decision makes; null: no limit. What waits longer is decided anew.",
  })
  maxShipments!: number | null;
  @Field(() => [SourcingNode], { description: "The warehouses that may ship, by priority. Others are left out." })
  warehouses!: SourcingNode[];

  static of = (rule: Rule): SourcingRule => ({
    ...rule,
    channel: rule.channel === GENERAL ? null : Channel.of(rule.channel),
    warehouses: rule.warehouses.map((node: Node) => ({ ...node, warehouse: Warehouse.of(node.warehouse) })),
  });
}

@InputType({ description: "A warehouse in a sourcing rule." })
export class SourcingNodeInput {
  @Field(() => ID, { description: "A warehouse of the channel's pool." }) warehouse!: string;
  @Field(() => Int, { description: "1 to 1,000,000; 1 is asked first." }) priority!: number;
  @Field(() => Boolean, { nullable: true, defaultValue: true, description: "Whether orders are sourced from it." }) enabled?:
    boolean | null;
  @Field(() => Int, { nullable: true, description: "Shipments a day, from 1; absent or null: no limit." }) dailyCapacity?: number | null;
  @Field(() => Int, { nullable: true, defaultValue: 0, description: "Units of each item that are kept back there." }) safetyStock?:
    number | null;
  @Field(() => [String], { nullable: true, description: "ISO country or country-region codes; absent or null: anywhere." }) shipsTo?:
    string[] | null;
}

@InputType({ description: "A sourcing rule, whole: warehouses that are not named are left out." })
export class SaveSourcingRuleInput {
  @Field(() => ID, { nullable: true, description: "The channel; null: the general rule." }) channel?: string | null;
  @Field(() => SourcingStrategy, { description: "How warehouses are chosen." }) strategy!: SourcingStrategy;
  @Field({ description: "Whether an order may come in several shipments." }) allowSplit!: boolean;
  @Field(() => Int, { nullable: true, description: "Most shipments that one decision makes. Absent: unchanged; null: no limit." })
  maxShipments?: number | null;
  @Field(() => [SourcingNodeInput], { description: "1 to 200 warehouses." }) warehouses!: SourcingNodeInput[];
}

@InputType({ description: "Units of an item." })
export class OrderLineInput {
  @Field(() => ID, { description: "The item." }) sku!: string;
  @Field(() => Int, { description: "Base units, 1 to 2,000,000,000." }) quantity!: number;
}

@ObjectType({ description: "The rule that was saved, or why it was refused." })
@Open()
export class SourcingRulePayload {
  @Field(() => SourcingRule, { nullable: true, description: "The rule as it is now; null when refused." }) rule?: SourcingRule | null;
  @Field(() => [UserError], { description: "Why it was refused; empty when it was saved." }) userErrors!: UserError[];
}
