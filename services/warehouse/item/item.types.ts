import { Directive, Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { connectionOf, UserError } from "../../../shared/graphql/common.types";
import { ForPartners } from "../../../shared/graphql/for-partners";
import { Needs, Open } from "../../../shared/graphql/needs";
import { DecimalText } from "../../../shared/graphql/scalars";
import type { Exact } from "../../../shared/units/decimal";
import { CostingMethod, ItemKind, Ownership, Tracking } from "../enums";

@ObjectType({ description: "Whose goods items are." })
@Directive('@key(fields: "code")')
@Needs("catalog:read", "warehouse:read", "finance:read")
export class Merchant {
  @Field(() => ID, { description: "The merchant's code; SELF is the house itself." })
  @Open()
  code!: string;

  @Field({ description: "Its name." })
  name!: string;

  @Field(() => Ownership, { description: "Whether its goods are our asset." })
  ownership!: Ownership;
}

@ObjectType({ description: "A unit other than the base unit in which an item is received, picked or counted." })
@ForPartners()
@Open()
export class ItemUnit {
  @Field({ description: "The unit's name, such as case." })
  code!: string;

  @Field(() => Int, { description: "How many base units one of it is." })
  factor!: number;
}

@ObjectType({ description: "A barcode that stands for one unit of an item." })
@ForPartners()
@Open()
export class Barcode {
  @Field({ description: "The number under the bars, as given." })
  gtin!: string;

  @Field({ description: "The unit it stands for: the base unit or one of the item's others." })
  unit!: string;
}

@ObjectType({ description: "So many units of an item in one kit." })
@ForPartners()
@Open()
export class KitComponent {
  sku!: string;

  @Field(() => Int, { description: "Base units of the component in one kit." })
  quantity!: number;
}

@ObjectType({ description: "The item master. A key that this layer does not know has null fields." })
@Directive('@key(fields: "sku")')
@Needs("catalog:read", "warehouse:read")
export class InventoryItem {
  @Field(() => ID, { description: "The item's key, byte-exact." })
  @Open()
  sku!: string;

  @ForPartners()
  @Field(() => String, { nullable: true, description: "Its name." })
  name?: string;

  merchantCode?: string;

  @ForPartners()
  @Field(() => ItemKind, { nullable: true, description: "How it is kept." })
  kind?: ItemKind;

  @ForPartners()
  @Field(() => [KitComponent], { nullable: true, description: "What a KIT is made of; empty otherwise." })
  components?: KitComponent[];

  @ForPartners()
  @Field(() => String, { nullable: true, description: "The base unit; every quantity of the API counts it." })
  unit?: string;

  @ForPartners()
  @Field(() => [ItemUnit], { nullable: true, description: "Other units it is received, picked or counted in." })
  units?: ItemUnit[];

  @ForPartners()
  @Field(() => Int, { nullable: true, description: "Weight of one base unit in grams; null when unknown." })
  weightGrams?: number | null;

  @Field(() => Int, { nullable: true, description: "A lot this many days before its expiry is not for sale any more." })
  minShelfLifeDays?: number;

  @Field(() => Tracking, { nullable: true, description: "How finely its units are told apart." })
  tracking?: Tracking;

  @Field(() => CostingMethod, { nullable: true, description: "How its issues are valued, per warehouse." })
  costingMethod?: CostingMethod;

  /** For keys that are not known here, or not to this caller. */
  static stub = (sku: string): InventoryItem => Object.assign(new InventoryItem(), { sku });
}

export const InventoryItemConnection = connectionOf(InventoryItem, "InventoryItem");
ForPartners()(InventoryItemConnection);

@InputType({ description: "So many units of an item in one kit." })
export class KitComponentInput {
  @Field(() => ID, { description: "The component, a STOCKED item." })
  sku!: string;

  @Field(() => Int, { description: "Base units of it in one kit, 1 to 2,000,000,000." })
  quantity!: number;
}

@InputType({ description: "A unit beside the base unit." })
export class ItemUnitInput {
  @Field({ description: "Its name, other than the base unit's." })
  code!: string;

  @Field(() => Int, { description: "How many base units one of it is, at least 1." })
  factor!: number;
}

@InputType({ description: "A barcode of an item." })
export class BarcodeInput {
  @Field({ description: "The number; it belongs to one item only (CONFLICT)." })
  gtin!: string;

  @Field({ description: "The base unit or one of `units` (INVALID_INPUT)." })
  unit!: string;
}

@InputType({ description: "Makes an item or changes it. An absent field keeps its value, or takes the default on making; null clears it." })
export class SaveInventoryItemInput {
  @Field(() => ID, { description: "The item's key, byte-exact, at most 64 characters." })
  sku!: string;

  @Field({ description: "Its name, at most 200 characters." })
  name!: string;

  @Field(() => ID, { nullable: true, description: "Whose goods; SELF by default. Cannot change with stock on hand (INVALID_STATE)." })
  merchant?: string | null;

  @Field(() => ItemKind, { nullable: true, description: "STOCKED by default. Cannot change with stock on hand (INVALID_STATE)." })
  kind?: ItemKind | null;

  @Field(() => [KitComponentInput], { nullable: true, description: "For a KIT, at least one." })
  components?: KitComponentInput[] | null;

  @Field(() => String, { nullable: true, description: "The base unit, each by default. Cannot change with stock on hand (INVALID_STATE)." })
  unit?: string | null;

  @Field(() => [ItemUnitInput], { nullable: true, description: "All other units." })
  units?: ItemUnitInput[] | null;

  @Field(() => [BarcodeInput], { nullable: true, description: "All its barcodes." })
  barcodes?: BarcodeInput[] | null;

  @Field(() => Int, { nullable: true, description: "Grams of one base unit." })
  weightGrams?: number | null;

  @Field(() => Int, { nullable: true, description: "Days before expiry at which a lot leaves sale; 0 by default." })
  minShelfLifeDays?: number | null;

  @Field(() => Tracking, { nullable: true, description: "NONE by default. Cannot change with stock on hand (INVALID_STATE)." })
  tracking?: Tracking | null;

  @Field(() => CostingMethod, {
    nullable: true,
    description: "MOVING_AVERAGE by default. Cannot change with stock on hand (INVALID_STATE).",
  })
  costingMethod?: CostingMethod | null;

  @Field(() => DecimalText, {
    nullable: true,
    description:
      "Costing method STANDARD needs one, of one base unit in each warehouse's currency; the first only: later ones are posted as COST_ADJUSTMENT, warehouse by warehouse (INVALID_STATE).",
  })
  standardCost?: Exact | null;
}

@InputType({ description: "Makes a merchant or changes its name." })
export class SaveMerchantInput {
  @Field(() => ID, { description: "Its code, byte-exact." })
  code!: string;

  @Field({ description: "Its name, at most 200 characters." })
  name!: string;

  @Field(() => Ownership, { nullable: true, description: "OWNED by default. Cannot change later (INVALID_STATE)." })
  ownership?: Ownership | null;
}

@ObjectType({ description: "The saved item, or why it was refused." })
@Open()
export class InventoryItemPayload {
  @Field(() => InventoryItem, { nullable: true, description: "The item as it is now." })
  item?: InventoryItem | null;

  @Field(() => [UserError], { description: "Why nothing was changed; empty on success." })
  userErrors!: UserError[];
}

@ObjectType({ description: "The saved merchant, or why it was refused." })
@Open()
export class MerchantPayload {
  @Field(() => Merchant, { nullable: true, description: "The merchant as it is now." })
  merchant?: Merchant | null;

  @Field(() => [UserError], { description: "Why nothing was changed; empty on success." })
  userErrors!: UserError[];
}
