import { Field, ID, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import { connectionOf, UserError } from "../../../shared/graphql/common.types";
import { Needs, Open } from "../../../shared/graphql/needs";
import { DateTime } from "../../../shared/graphql/scalars";
import { StockPool } from "../channel/channel.types";
import { InventoryItem } from "../listing/listing.types";
import { availableOf, Cause, type StockEntry, type StockHeader } from "./virtual-stock";

registerEnumType(Cause, {
  name: "VirtualStockCause",
  description: "What changed a figure of virtual stock.",
  valuesConfig: {
    HOLD: { description: "Units reserved by an order that is not paid yet." },
    CONFIRM: { description: "A hold became a commitment." },
    RELEASE: { description: "Units given back." },
    EXPIRE: { description: "A hold's deadline passed." },
    FULFILL: { description: "Committed units left the warehouse." },
    SUPPLY: { description: "Sellable units of a warehouse changed." },
    OUTBOUND: { description: "Units left by a planned outflow." },
    INCOMING: { description: "Expected receipts changed." },
    FREEZE: { description: "Units withdrawn from sale." },
    UNFREEZE: { description: "Frozen units given back to sale." },
    SAFETY: { description: "The warehouses' own reserve changed." },
    FENCE: { description: "Units fenced off for one channel." },
    UNFENCE: { description: "Fenced units given back." },
    RETURN: { description: "Goods came back." },
    RECONCILE: { description: "A correction after a found difference." },
  },
});

@ObjectType({
  description:
    "One line of the virtual ledger. Append-only; the sum of the deltas is the header, always. Newest first. available = onHand - held - committed - frozen - safety - fenced.",
})
@Needs("stock:control", "dispatch:read", "warehouse:read")
export class VirtualStockEntry {
  @Field(() => ID, { description: "Opaque." }) id!: string;
  @Field(() => DateTime, { description: "When it was posted, by the database's clock." }) at!: Date;
  @Field(() => Cause, { description: "What kind of change." }) cause!: Cause;
  @Field({ description: "The reservation, movement, listing or adjustment that caused it." }) reference!: string;
  @Field(() => Int, { description: "Change of onHand, units." }) onHandDelta!: number;
  @Field(() => Int, { description: "Change of held, units." }) heldDelta!: number;
  @Field(() => Int, { description: "Change of committed, units." }) committedDelta!: number;
  @Field(() => Int, { description: "Change of frozen, units." }) frozenDelta!: number;
  @Field(() => Int, { description: "Change of safety, units." }) safetyDelta!: number;
  @Field(() => Int, { description: "Change of fenced, units." }) fencedDelta!: number;
  @Field(() => Int, { description: "Change of incoming, units." }) incomingDelta!: number;
  @Field(() => Int, { description: "available after this line." }) availableAfter!: number;

  static of = (row: StockEntry): VirtualStockEntry =>
    Object.assign(new VirtualStockEntry(), {
      id: Buffer.from(JSON.stringify([row.pool_code, row.sku, Number(row.seq)])).toString("base64url"),
      at: row.at,
      cause: row.cause,
      reference: row.reference,
      onHandDelta: row.on_hand_delta,
      heldDelta: row.held_delta,
      committedDelta: row.committed_delta,
      frozenDelta: row.frozen_delta,
      safetyDelta: row.safety_delta,
      fencedDelta: row.fenced_delta,
      incomingDelta: row.incoming_delta,
      availableAfter: row.available_after,
    });
}

export const VirtualStockEntryConnection = connectionOf(VirtualStockEntry, "VirtualStockEntry");

@ObjectType({
  description:
    "The header figures of one item in one pool, in base units; every change to one of them is a VirtualStockEntry. available = onHand - held - committed - frozen - safety - fenced; it is negative only where a physical fact took promised goods.",
})
@Needs("stock:control", "dispatch:read", "warehouse:read")
export class VirtualStock {
  @Field(() => InventoryItem, { description: "The item." }) item!: InventoryItem;
  @Field(() => StockPool, { description: "The pool." }) pool!: StockPool;
  @Field(() => Int, { description: "Sellable physical units in the pool's warehouses, as the warehouse layer reported them." })
  onHand!: number;
  @Field(() => Int, {
    description: "Reserved by orders not yet paid. A dead hold counts until it is booked, at most until its units are wanted.",
  })
  held!: number;
  @Field(() => Int, { description: "Paid for, not yet shipped." }) committed!: number;
  @Field(() => Int, { description: "Withdrawn from sale by an operator, or set aside for a planned outflow." }) frozen!: number;
  @Field(() => Int, { description: "Kept back by the warehouses' sourcing rules." }) safety!: number;
  @Field(() => Int, { description: "Unsold units kept for single channels." }) fenced!: number;
  @Field(() => Int, { description: "What may still be promised." }) available!: number;
  @Field(() => Int, { description: "Open rest of purchase, production and transfer receipts." }) incoming!: number;

  static of = (row: StockHeader, pool: StockPool): VirtualStock =>
    Object.assign(new VirtualStock(), {
      item: InventoryItem.of(row.sku),
      pool,
      onHand: row.on_hand,
      held: row.held,
      committed: row.committed,
      frozen: row.frozen,
      safety: row.safety,
      fenced: row.fenced,
      available: availableOf(row),
      incoming: row.incoming,
    });
}

@InputType({ description: "Units to withdraw from sale or to give back." })
export class AdjustVirtualStockInput {
  @Field(() => ID, { description: "1 to 200 characters; the same key adjusts once." }) idempotencyKey!: string;
  @Field(() => ID, { description: "The pool." }) pool!: string;
  @Field(() => ID, { description: "The item." }) sku!: string;
  @Field(() => Int, { description: "Base units, 1 to 2,000,000,000." }) quantity!: number;
  @Field({ description: "Why, for people." }) reason!: string;
  @Field(() => String, { nullable: true, description: "A document's number; it becomes the ledger line's reference." })
  document?: string | null;
  @Field(() => Int, { nullable: true, description: "Only if so many are available; else STALE_VALUE." }) compareAvailable?: number | null;
}

@ObjectType({ description: "The figures as they are now, or why nothing was done." })
@Open()
export class VirtualStockPayload {
  @Field(() => VirtualStock, { nullable: true, description: "Null when refused." }) virtualStock?: VirtualStock | null;
  @Field(() => [UserError], { description: "Empty when done." }) userErrors!: UserError[];
}
