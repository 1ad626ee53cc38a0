import { Arg, Args, Ctx, FieldResolver, Mutation, Resolver, Root } from "type-graphql";
import { cursorKey, PageArgs, toPage, type Connection } from "../../../shared/graphql/common.types";
import { ForPartners } from "../../../shared/graphql/for-partners";
import { Needs } from "../../../shared/graphql/needs";
import { refusable } from "../../../shared/graphql/refusable";
import { Refusal } from "../../../shared/refusal";
import { checkBatch } from "../../../shared/units/check";
import { Channel } from "../channel/channel.types";
import type { SalesContext } from "../context";
import { isOwnItem } from "../known/own-items";
import { makeHeaders } from "../stock/stock.sql";
import { ListingStatus } from "./listing";
import { listingsOfChannel, listingsOfItem } from "./listing.sql";
import { InventoryItem, Listing, ListingConnection, ListingPayload, SaveListingInput } from "./listing.types";
import { checkListing, knownItems, saveListingCommand } from "./save-listing";

const MOST_LISTINGS = 1_000;

/** Through the combiner, so that a thousand go in a few transactions. */
async function save(ctx: SalesContext, input: SaveListingInput, known: Promise<Set<string>>): Promise<ListingPayload> {
  return refusable(async () => {
    checkListing(input);
    const channel = await ctx.channels.get(input.channel);
    if (!channel) throw new Refusal("NOT_FOUND", `no channel ${input.channel}`, { field: ["input", "channel"] });
    if (!(await known).has(input.sku))
      throw new Refusal("NOT_FOUND", `no item ${input.sku} is known here yet`, { field: ["input", "sku"], retryAfterMs: 500 });
    return { listing: Listing.of(await ctx.stock(saveListingCommand(input, channel))) };
  });
}

/** The items that are known by now; each has its stock header, which a listing is written under. */
function prepared(ctx: SalesContext, inputs: SaveListingInput[]): Promise<Set<string>> {
  const known = prepare(ctx, inputs);
  // A listing may be refused before it asks for this; a fault that nobody waits for would end the process.
  known.catch(() => undefined);
  return known;
}

async function prepare(ctx: SalesContext, inputs: SaveListingInput[]): Promise<Set<string>> {
  const known = await knownItems(ctx.db, [...new Set(inputs.map(({ sku }) => sku))], ctx.caller.merchant);
  const channels = await Promise.all(inputs.map(({ channel }) => ctx.channels.get(channel)));
  const keys = inputs.flatMap(({ sku }, i) => (known.has(sku) && channels[i] ? [{ pool: channels[i].pool_code, sku }] : []));
  await makeHeaders(ctx.db, keys);
  return known;
}

async function saveAll(ctx: SalesContext, inputs: SaveListingInput[]): Promise<ListingPayload[]> {
  checkBatch(inputs, "inputs", MOST_LISTINGS);
  const known = prepared(ctx, inputs);
  return Promise.all(inputs.map((input) => save(ctx, input, known)));
}

@Resolver(() => Channel)
export class ChannelListingsResolver {
  @ForPartners()
  @FieldResolver(() => ListingConnection, { nullable: true, description: "Its listings by SKU." })
  @Needs("catalog:read")
  async listings(
    @Root() channel: Channel,
    @Args() page: PageArgs,
    @Arg("status", () => ListingStatus, { nullable: true, description: "Only those with this status." }) status: ListingStatus | null,
    @Ctx() ctx: SalesContext,
  ): Promise<Connection<Listing>> {
    const [after] = cursorKey(page, "string") ?? [""];
    const rows = await listingsOfChannel(await ctx.onReplica(), channel.code, String(after), page.first + 1, {
      status,
      merchant: ctx.caller.merchant,
    });
    return toPage(rows, page, (row) => [row.sku], Listing.of);
  }
}

@Resolver(() => InventoryItem)
export class ItemListingsResolver {
  @ForPartners()
  @FieldResolver(() => ListingConnection, { nullable: true, description: "The item's listings by channel." })
  @Needs("catalog:read")
  async listings(@Root() item: InventoryItem, @Args() page: PageArgs, @Ctx() ctx: SalesContext): Promise<Connection<Listing>> {
    const [after] = cursorKey(page, "string") ?? [""];
    const own = await isOwnItem(ctx, item.sku);
    const rows = own ? await listingsOfItem(await ctx.onReplica(), item.sku, String(after), page.first + 1) : [];
    return toPage(rows, page, (row) => [row.channel_code], Listing.of);
  }

  @Mutation(() => ListingPayload, {
    nullable: true,
    description:
      "Puts an item on or off sale in a channel, or changes its limits; what is absent is kept. A RING_FENCE takes its units out of the pool at once and keeps them until endsAt, until it is lowered or until the item goes off sale. Another startsAt or quota mode begins a new sale, which counts from zero. INSUFFICIENT_STOCK: a fence asks for more than there is. NOT_FOUND: no such channel, or, with retryAfterMs, an item that this layer has not heard of within a second.",
  })
  @Needs("listings:write")
  saveListing(@Arg("input", { description: "The listing." }) input: SaveListingInput, @Ctx() ctx: SalesContext): Promise<ListingPayload> {
    return save(ctx, input, prepared(ctx, [input]));
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
