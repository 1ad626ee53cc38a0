import { Directive, Field, ID, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import { connectionOf, UserError } from "../../../shared/graphql/common.types";
import { ForPartners } from "../../../shared/graphql/for-partners";
import { Needs, Open } from "../../../shared/graphql/needs";
import { DateTime } from "../../../shared/graphql/scalars";
import { Channel } from "../channel/channel.types";
import { ListingStatus, QuotaMode, type ListingRow } from "./listing";

registerEnumType(ListingStatus, {
  name: "ListingStatus",
  description: "Whether a channel sells an item.",
  valuesConfig: {
    LISTED: { description: "On sale, until endsAt where that is set." },
    UNLISTED: { description: "Not on sale; holds that exist stay." },
    SCHEDULED: { description: "On sale from startsAt to endsAt, by the database's clock." },
  },
});
registerEnumType(QuotaMode, {
  name: "QuotaMode",
  description: "How a channel shares the pool.",
  valuesConfig: {
    SHARED: { description: "First come, first served." },
    CAP: { description: "This channel sells at most N of the pool." },
    RING_FENCE: { description: "N units are kept for this channel alone." },
  },
});

@ObjectType("InventoryItem", { description: "An item, by its SKU; each layer adds what it knows of it." })
@Directive('@key(fields: "sku")')
export class InventoryItem {
  @ForPartners()
  @Field(() => ID, { description: "Stock keeping unit, compared byte by byte." })
  @Open()
  sku!: string;

  static of = (sku: string): InventoryItem => Object.assign(new InventoryItem(), { sku });
}

@ObjectType({ description: "A channel's share of the pool." })
@Needs("catalog:read", "stock:control")
export class ChannelQuota {
  @Field(() => QuotaMode, { description: "How the pool is shared." }) mode!: QuotaMode;
  @Field(() => Int, { nullable: true, description: "Units of a CAP or RING_FENCE." }) quantity?: number | null;
  @Field(() => Int, { description: "Units of the quota sold so far." }) sold!: number;
}

@ObjectType({ description: "Under which limits a channel sells an item. Units are base units." })
@Needs("catalog:read", "stock:control")
export class SaleControl {
  @ForPartners()
  @Field(() => DateTime, { nullable: true, description: "When a SCHEDULED listing opens." })
  startsAt?: Date | null;
  @ForPartners()
  @Field(() => DateTime, { nullable: true, description: "When it closes; null: never." })
  endsAt?: Date | null;
  @Field(() => Int, { description: "Units kept back from this channel; the pool's own figure is VirtualStock.safety." })
  safetyStock!: number;
  @Field(() => Int, { description: "At or below this many available units the channel shows LOW_STOCK." }) lowStockThreshold!: number;
  @ForPartners()
  @Field(() => Int, { nullable: true, description: "Most units of this item in one reservation; null: no limit." })
  maxPerOrder?: number | null;
  @ForPartners()
  @Field(() => Int, { nullable: true, description: "Most units for one customer in the sale; null: no limit." })
  maxPerCustomer?: number | null;
  @Field(() => ChannelQuota, { description: "SHARED, CAP or RING_FENCE, and what is sold of it." }) quota!: ChannelQuota;
  @Field(() => Int, { description: "Units that may be sold against incoming stock, never more than is incoming." }) preorderLimit!: number;
  @Field(() => Int, { description: "Units that may be sold with nothing on the way." }) backorderLimit!: number;
  @Field(() => Int, { description: "Units that may be sold beyond all stock; 0 by default." }) oversellLimit!: number;
}

@ObjectType({ description: "What one channel sells of one item." })
@ForPartners()
@Needs("catalog:read", "stock:control")
export class Listing {
  @Field(() => InventoryItem, { description: "The item." }) item!: InventoryItem;
  @Field(() => Channel, { description: "The channel." }) channel!: Channel;
  @Field(() => ListingStatus, { description: "On sale, not on sale, or on schedule." }) status!: ListingStatus;
  @Field(() => SaleControl, { description: "Its limits." }) control!: SaleControl;

  static of(row: ListingRow): Listing {
    const control: SaleControl = {
      startsAt: row.starts_at,
      endsAt: row.ends_at,
      safetyStock: row.safety_stock,
      lowStockThreshold: row.low_stock_threshold,
      maxPerOrder: row.max_per_order,
      maxPerCustomer: row.max_per_customer,
      quota: { mode: row.quota_mode, quantity: row.quota_quantity, sold: row.quota_sold },
      preorderLimit: row.preorder_limit,
      backorderLimit: row.backorder_limit,
      oversellLimit: row.oversell_limit,
    };
    const channel = Object.assign(new Channel(), { code: row.channel_code });
    return Object.assign(new Listing(), { item: InventoryItem.of(row.sku), channel, status: row.status, control });
  }
}

export const ListingConnection = connectionOf(Listing, "Listing");
ForPartners()(ListingConnection);

@InputType({ description: "A channel's share of the pool." })
export class ChannelQuotaInput {
  @Field(() => QuotaMode, { description: "How the pool is shared." }) mode!: QuotaMode;
  @Field(() => Int, { nullable: true, description: "Units of a CAP or RING_FENCE." }) quantity?: number | null;
}

@InputType({ description: "A listing to make or change. An absent field keeps its value, null clears it." })
export class SaveListingInput {
  @Field(() => ID, { description: "The channel." }) channel!: string;
  @Field(() => ID, { description: "The item." }) sku!: string;
  @Field(() => ListingStatus, { description: "LISTED, UNLISTED or SCHEDULED (which needs startsAt)." }) status!: ListingStatus;
  @Field(() => DateTime, { nullable: true, description: "When a SCHEDULED listing opens." }) startsAt?: Date | null;
  @Field(() => DateTime, { nullable: true, description: "When it closes; after startsAt." }) endsAt?: Date | null;
  @Field(() => Int, { nullable: true, description: "Units kept back from this channel." }) safetyStock?: number | null;
  @Field(() => Int, { nullable: true, description: "At or below this the channel shows LOW_STOCK." }) lowStockThreshold?: number | null;
  @Field(() => Int, { nullable: true, description: "Most units in one reservation." }) maxPerOrder?: number | null;
  @Field(() => Int, {
    nullable: true,
    description: "Most units for one customer in the sale, open and past; the customer must then be named.",
  })
  maxPerCustomer?: number | null;
  @Field(() => ChannelQuotaInput, { nullable: true, description: "The channel's share." }) quota?: ChannelQuotaInput | null;
  @Field(() => Int, { nullable: true, description: "Units that may be sold against incoming stock." }) preorderLimit?: number | null;
  @Field(() => Int, { nullable: true, description: "Units that may be sold with nothing on the way." }) backorderLimit?: number | null;
  @Field(() => Int, { nullable: true, description: "Units that may be sold beyond all stock." }) oversellLimit?: number | null;
}

@ObjectType({ description: "The listing as saved, or why not." })
@Open()
export class ListingPayload {
  @Field(() => Listing, { nullable: true, description: "Null when refused." }) listing?: Listing | null;
  @Field(() => [UserError], { description: "Empty when saved." }) userErrors!: UserError[];
}
