import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from "type-graphql";
import { cursorKey, PageArgs, toPage, type Connection } from "../../../shared/graphql/common.types";
import type { RequestContext } from "../../../shared/graphql/context";
import { ForPartners } from "../../../shared/graphql/for-partners";
import { Needs } from "../../../shared/graphql/needs";
import { refusable } from "../../../shared/graphql/refusable";
import { loadMany, loadOne } from "../load";
import {
  listItems,
  listMerchants,
  readBarcodes,
  readBarcodesByNumber,
  readItems,
  readMerchants,
  type BarcodeRow,
  type ItemRow,
} from "./item.sql";
import {
  Barcode,
  InventoryItem,
  InventoryItemConnection,
  InventoryItemPayload,
  KitComponent,
  Merchant,
  MerchantPayload,
  SaveInventoryItemInput,
  SaveMerchantInput,
} from "./item.types";
import { saveItem } from "./save-item";
import { saveMerchant } from "./save-merchant";

const itemOf = (row: ItemRow): InventoryItem => Object.assign(new InventoryItem(), row);

/** The item behind a key; a stub where it is unknown here or another merchant's. */
export async function itemBySku(ctx: RequestContext, sku: string): Promise<InventoryItem> {
  const row = await loadOne(ctx, "item", readItems, (item: ItemRow) => item.sku, sku);
  const hidden = row && ctx.caller.merchant !== undefined && row.merchantCode !== ctx.caller.merchant;
  return row && !hidden ? itemOf(row) : InventoryItem.stub(sku);
}

export const merchantByCode = (ctx: RequestContext, code: string): Promise<Merchant | null> =>
  loadOne(ctx, "merchant", readMerchants, (merchant) => merchant.code, code);

async function itemsPage(ctx: RequestContext, search: string | undefined, page: PageArgs): Promise<Connection<InventoryItem>> {
  const [after] = cursorKey(page, "string") ?? [];
  const rows = await listItems(await ctx.onReplica(), { search, merchant: ctx.caller.merchant, after }, page.first + 1);
  return toPage(rows, page, (row) => [row.sku], itemOf);
}

async function itemOfBarcode(ctx: RequestContext, gtin: string): Promise<InventoryItem | null> {
  const [barcode] = await readBarcodesByNumber(await ctx.onReplica(), [gtin]);
  const item = barcode && (await itemBySku(ctx, barcode.sku));
  return item?.name === undefined ? null : item;
}

@Resolver(() => InventoryItem)
export class ItemResolver {
  @ForPartners()
  @Query(() => InventoryItemConnection, { nullable: true, description: "Items in key order." })
  @Needs("catalog:read", "warehouse:read")
  inventoryItems(
    @Arg("search", () => String, { nullable: true, description: "Part of a key or, in any case, of a name." }) search: string | undefined,
    @Args() page: PageArgs,
    @Ctx() ctx: RequestContext,
  ): Promise<Connection<InventoryItem>> {
    return itemsPage(ctx, search || undefined, page);
  }

  @ForPartners()
  @Query(() => InventoryItem, { nullable: true, description: "The item that a barcode stands for; null when none." })
  @Needs("catalog:read", "warehouse:read")
  itemByBarcode(
    @Arg("gtin", { description: "The number under the bars." }) gtin: string,
    @Ctx() ctx: RequestContext,
  ): Promise<InventoryItem | null> {
    return itemOfBarcode(ctx, gtin);
  }

  @Mutation(() => InventoryItemPayload, {
    nullable: true,
    description:
      "Makes an item or changes it. Refusals: INVALID_INPUT, NOT_FOUND (merchant, component), INVALID_STATE (stock on hand), CONFLICT (barcode).",
  })
  @Needs("warehouse:write")
  saveInventoryItem(
    @Arg("input", { description: "The item." }) input: SaveInventoryItemInput,
    @Ctx() ctx: RequestContext,
  ): Promise<InventoryItemPayload> {
    return refusable(async () => ({ item: await itemBySku(ctx, await ctx.write((tx) => saveItem(tx, ctx.caller, input))) }));
  }

  @FieldResolver(() => Merchant, { nullable: true, description: "Whose goods they are." })
  merchant(@Root() { merchantCode }: InventoryItem, @Ctx() ctx: RequestContext): Promise<Merchant | null> | null {
    return merchantCode === undefined ? null : merchantByCode(ctx, merchantCode);
  }

  @ForPartners()
  @FieldResolver(() => [Barcode], { nullable: true, description: "Its barcodes." })
  barcodes(@Root() { sku, name }: InventoryItem, @Ctx() ctx: RequestContext): Promise<Barcode[]> | null {
    return name === undefined ? null : loadMany(ctx, "barcodes", readBarcodes, (row: BarcodeRow) => row.sku, sku);
  }
}

@Resolver(() => KitComponent)
export class KitComponentResolver {
  @FieldResolver(() => InventoryItem, { description: "The component." })
  item(@Root() { sku }: KitComponent, @Ctx() ctx: RequestContext): Promise<InventoryItem> {
    return itemBySku(ctx, sku);
  }
}

@Resolver(() => Merchant)
export class MerchantResolver {
  @Query(() => [Merchant], { nullable: true, description: "All merchants by code; to a caller bound to one merchant, that one." })
  @Needs("catalog:read", "warehouse:read", "finance:read")
  async merchants(@Ctx() ctx: RequestContext): Promise<Merchant[]> {
    return listMerchants(await ctx.onReplica(), ctx.caller.merchant);
  }

  @Mutation(() => MerchantPayload, {
    nullable: true,
    description: "Makes a merchant or changes its name. Refusals: INVALID_INPUT, INVALID_STATE (ownership cannot change).",
  })
  @Needs("warehouse:write")
  saveMerchant(
    @Arg("input", { description: "The merchant." }) input: SaveMerchantInput,
    @Ctx() ctx: RequestContext,
  ): Promise<MerchantPayload> {
    return refusable(async () => ({ merchant: await ctx.write((tx) => saveMerchant(tx, input)) }));
  }
}
