import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from "type-graphql";
import { AddressInput, PageArgs, type Connection } from "../../../shared/graphql/common.types";
import { ForPartners } from "../../../shared/graphql/for-partners";
import { Needs } from "../../../shared/graphql/needs";
import { checkBatch } from "../../../shared/units/check";
import type { SalesContext } from "../context";
import { isOwnItem, ownItems } from "../known/own-items";
import { InventoryItem } from "../listing/listing.types";
import { AvailabilityStatus } from "./availability";
import { Availability, AvailabilityConnection } from "./availability.types";
import { availabilityChanges } from "./changes";

const MOST_SKUS = 200;

async function ofItem(ctx: SalesContext, channel: string, sku: string): Promise<Availability | null> {
  const row = await ctx
    .loader<string, Availability>(`availability.${channel}`, (skus) => ctx.availability.of(ctx, channel, skus))
    .load(sku);
  return row.status === AvailabilityStatus.UNLISTED || !(await isOwnItem(ctx, sku)) ? null : row;
}

/** Another merchant's item is as one that nobody has told of. */
async function ofItems(ctx: SalesContext, channel: string, skus: string[]): Promise<Availability[]> {
  const [shown, isOwn] = await Promise.all([ctx.availability.of(ctx, channel, skus), ownItems(ctx, skus)]);
  const nothing = { status: AvailabilityStatus.UNLISTED, quantity: 0, incoming: 0, expectedAt: null };
  return shown.map((row) => (isOwn(row.item.sku) ? row : { ...row, ...nothing }));
}

@Resolver(() => InventoryItem)
export class AvailabilityResolver {
  @ForPartners()
  @Query(() => [Availability], {
    nullable: true,
    description:
      "What a channel may show of up to 200 items, answered in the order asked. NOT_FOUND: no such channel. An unknown or unlisted item is UNLISTED. It may be up to a second old, never older than a change that the request's x-strata-position names. While no database answers, what was known last comes with stale true; what was not known is UNAVAILABLE.",
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
    return ctx.caller.merchant === undefined ? ctx.availability.of(ctx, channel, skus) : ofItems(ctx, channel, skus);
  }

  @ForPartners()
  @Query(() => AvailabilityConnection, {
    nullable: true,
    description:
      "What changed in a channel, for storefront caches and search indexes. Without `after` it begins with everything that was ever listed there, so that an index can be built from it and then followed: ask on from endCursor, which is always given and stays good for ever. A change is there within a second of its commit; a hold's deadline and a listing's startsAt and endsAt count as changes and are there some seconds after, at most. A record is the item as it is now, UNLISTED included; an item that changed several times since the cursor comes once. A page may hold fewer records than `first`, even none: hasNextPage alone says whether there is more. NOT_FOUND: no such channel.",
  })
  @Needs("availability:read")
  availabilityChanges(
    @Arg("channel", () => ID, { description: "The channel." }) channel: string,
    @Args() page: PageArgs,
    @Ctx() ctx: SalesContext,
  ): Promise<Connection<Availability>> {
    return availabilityChanges(ctx, channel, page);
  }

  @ForPartners()
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
