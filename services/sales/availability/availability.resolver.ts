import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root } from "type-graphql";
import { AddressInput } from "../../../shared/graphql/common.types";
import { Needs } from "../../../shared/graphql/needs";
import { checkBatch } from "../../../shared/units/check";
import { Fault } from "../../../shared/refusal";
import { Channel } from "../channel/channel.types";
import { channelRow } from "../channel/channel.resolver";
import type { SalesContext } from "../context";
import { InventoryItem } from "../listing/listing.types";
import { AvailabilityStatus } from "./availability";
import { Availability } from "./availability.types";
import { readSaleFacts } from "./sale-facts";

const MOST_SKUS = 200;

/** A few statements for any number of items, in the order asked. */
async function availabilityOf(ctx: SalesContext, channelCode: string, skus: readonly string[]): Promise<Availability[]> {
  const channel = await channelRow(ctx, channelCode);
  if (!channel) throw new Fault("NOT_FOUND", `no channel ${channelCode}`);
  const facts = await readSaleFacts(await ctx.onReplica(), channel, skus);
  return skus.map((sku) => {
    const shown = { ...facts.shown(sku), asOf: facts.now, stale: false };
    return Object.assign(new Availability(), { item: InventoryItem.of(sku), channel: Channel.of(channel), ...shown });
  });
}

async function ofItem(ctx: SalesContext, channel: string, sku: string): Promise<Availability | null> {
  const row = await ctx.loader<string, Availability>(`availability.${channel}`, (skus) => availabilityOf(ctx, channel, skus)).load(sku);
  return row.status === AvailabilityStatus.UNLISTED ? null : row;
}

@Resolver(() => InventoryItem)
export class AvailabilityResolver {
  @Query(() => [Availability], {
    nullable: true,
    description:
      "What a channel may show of up to 200 items, answered in the order asked. NOT_FOUND: no such channel. An unknown or unlisted item is UNLISTED.",
  })
  @Needs("availability:read")
  availability(
    @Arg("channel", () => ID, { description: "The channel." }) channel: string,
    @Arg("skus", () => [ID], { description: "1 to 200 SKUs." }) skus: string[],
    @Arg("shipTo", () => AddressInput, { nullable: true, description: "Where to; does not change the answer yet." })
    _shipTo: AddressInput | null,
    @Ctx() ctx: SalesContext,
  ): Promise<Availability[]> {
    checkBatch(skus, "skus", MOST_SKUS);
    return availabilityOf(ctx, channel, skus);
  }

  @FieldResolver(() => Availability, {
    nullable: true,
    name: "availability",
    description: "What the storefront may show for this item in one channel. Null: the item is not on sale there.",
  })
  @Needs("availability:read")
  availabilityOfItem(
    @Root() item: InventoryItem,
    @Arg("channel", () => ID, { description: "The channel." }) channel: string,
    @Ctx() ctx: SalesContext,
  ): Promise<Availability | null> {
    return ofItem(ctx, channel, item.sku);
  }
}
