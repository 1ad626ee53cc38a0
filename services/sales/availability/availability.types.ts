import { Field, Int, ObjectType, registerEnumType } from "type-graphql";
import { connectionOf } from "../../../shared/graphql/common.types";
import { ForPartners } from "../../../shared/graphql/for-partners";
import { Needs } from "../../../shared/graphql/needs";
import { DateTime } from "../../../shared/graphql/scalars";
import { Channel } from "../channel/channel.types";
import { InventoryItem } from "../listing/listing.types";
import { AvailabilityStatus } from "./availability";

registerEnumType(AvailabilityStatus, {
  name: "AvailabilityStatus",
  description: "What a storefront may say of an item.",
  valuesConfig: {
    IN_STOCK: { description: "Can be reserved now." },
    LOW_STOCK: { description: "Can be reserved now; at or below the listing's lowStockThreshold." },
    OUT_OF_STOCK: { description: "Listed, but nothing can be reserved now." },
    PREORDER: { description: "Can be reserved against incoming stock." },
    BACKORDER: { description: "Can be reserved with nothing on the way." },
    UNLISTED: { description: "Not on sale in this channel now." },
  },
});

@ObjectType({ description: "What a storefront may show for one item in one channel." })
@ForPartners()
@Needs("availability:read")
export class Availability {
  @Field(() => InventoryItem, { description: "The item." }) item!: InventoryItem;
  @Field(() => Channel, { description: "The channel." }) channel!: Channel;
  @Field(() => AvailabilityStatus, { description: "What may be said." }) status!: AvailabilityStatus;
  @Field(() => Int, { description: "Units that may be reserved now in this channel, after safety stock." }) quantity!: number;
  @Field(() => Int, { description: "Units expected to arrive in the pool." }) incoming!: number;
  @Field(() => DateTime, { nullable: true, description: "When incoming stock is due; null while nothing is told." })
  expectedAt?: Date | null;
  @Field(() => DateTime, { description: "When this was true, by the database's clock." }) asOf!: Date;
  @Field({ description: "True: the database could not be asked; this is the last known answer." }) stale!: boolean;
}

export const AvailabilityConnection = connectionOf(Availability, "Availability");
ForPartners()(AvailabilityConnection);
