import { Arg, Args, Ctx, FieldResolver, Mutation, Resolver, Root } from "type-graphql";
import { cursorKey, PageArgs, toPage, type Connection } from "../../../shared/graphql/common.types";
import { Needs } from "../../../shared/graphql/needs";
import { refusable } from "../../../shared/graphql/refusable";
import { checkBatch } from "../../../shared/units/check";
import { Channel } from "../channel/channel.types";
import type { SalesContext } from "../context";
import { ListingStatus } from "./listing";
import { listingsOfChannel, listingsOfItem } from "./listing.sql";
import { InventoryItem, Listing, ListingConnection, ListingPayload, SaveListingInput } from "./listing.types";
import { saveListing } from "./save-listing";

const save = (ctx: SalesContext, input: SaveListingInput): Promise<ListingPayload> =>
  refusable(async () => ({ listing: Listing.of(await saveListing(ctx.db, input, (position) => ctx.noteWrite(position))) }));

const MOST_LISTINGS = 1_000;
const AT_ONCE = 12;

/** Each listing in a transaction of its own, a dozen side by side. */
async function saveAll(ctx: SalesContext, inputs: SaveListingInput[]): Promise<ListingPayload[]> {
  checkBatch(inputs, "inputs", MOST_LISTINGS);
  const payloads: ListingPayload[] = [];
  for (let at = 0; at < inputs.length; at += AT_ONCE) {
    payloads.push(...(await Promise.all(inputs.slice(at, at + AT_ONCE).map((input) => save(ctx, input)))));
  }
  return payloads;
}

@Resolver(() => Channel)
export class ChannelListingsResolver {
  @FieldResolver(() => ListingConnection, { nullable: true, description: "Its listings by SKU." })
  @Needs("catalog:read")
  async listings(
    @Root() channel: Channel,
    @Args() page: PageArgs,
    @Arg("status", () => ListingStatus, { nullable: true, description: "Only those with this status." }) status: ListingStatus | null,
    @Ctx() ctx: SalesContext,
  ): Promise<Connection<Listing>> {
    const [after] = cursorKey(page, "string") ?? [""];
    const rows = await listingsOfChannel(await ctx.onReplica(), channel.code, String(after), page.first + 1, status);
    return toPage(rows, page, (row) => [row.sku], Listing.of);
  }
}

@Resolver(() => InventoryItem)
export class ItemListingsResolver {
  @FieldResolver(() => ListingConnection, { nullable: true, description: "The item's listings by channel." })
  @Needs("catalog:read")
  async listings(@Root() item: InventoryItem, @Args() page: PageArgs, @Ctx() ctx: SalesContext): Promise<Connection<Listing>> {
    const [after] = cursorKey(page, "string") ?? [""];
    const rows = await listingsOfItem(await ctx.onReplica(), item.sku, String(after), page.first + 1);
    return toPage(rows, page, (row) => [row.channel_code], Listing.of);
  }

  @Mutation(() => ListingPayload, {
    nullable: true,
    description:
      "Puts an item on or off sale in a channel, or changes its limits; what is absent is kept. NOT_FOUND: no such channel, or, with retryAfterMs, an item that this layer has not heard of within a second.",
  })
  @Needs("listings:write")
  saveListing(@Arg("input", { description: "The listing." }) input: SaveListingInput, @Ctx() ctx: SalesContext): Promise<ListingPayload> {
    return save(ctx, input);
  }

  @Mutation(() => [ListingPayload], {
    nullable: true,
    description: "Up to 1,000 listings, answered in order; one that is refused says so in its own userErrors.",
  })
  @Needs("listings:write")
  saveListings(
    @Arg("inputs", () => [SaveListingInput], { description: "The listings." }) inputs: SaveListingInput[],
    @Ctx() ctx: SalesContext,
  ): Promise<ListingPayload[]> {
    return saveAll(ctx, inputs);
  }
}
