import { Directive, Field, ID, Int, ObjectType } from "type-graphql";
import { connectionOf, UserError } from "../../../shared/graphql/common.types";
import { Needs, Open } from "../../../shared/graphql/needs";
import { MovementType, StockStatus } from "../enums";
import type { LineRow, MovementRow } from "./movement.sql";

@ObjectType({ description: "A document outside this layer." })
@Open()
export class DocumentReference {
  @Field({ description: "What kind of document." })
  type!: string;

  @Field({ description: "Its number." })
  number!: string;

  @Field(() => String, { nullable: true, description: "One line of it." })
  line?: string | null;
}

@ObjectType({ description: "One posted inventory transaction. Never edited, never deleted: a mistake is reversed by another." })
@Directive('@key(fields: "id")')
@Needs("warehouse:read", "orders:read")
export class Movement {
  @Field(() => ID, { description: "Opaque; later movements have greater ids." })
  @Open()
  id!: string;

  @Field(() => MovementType, { description: "What happened." })
  type!: MovementType;

  @Field(() => String, { nullable: true, description: "Why, for people." })
  reason?: string | null;

  @Field(() => DocumentReference, { nullable: true, description: "The document behind it." })
  document?: DocumentReference | null;

  @Field({ description: "When it happened. Periods and as-of figures go by this." })
  occurredAt!: Date;

  @Field({ description: "When it was posted." })
  postedAt!: Date;

  @Field({ description: "The client that posted it." })
  postedBy!: string;

  warehouseCode!: string;
  orderRef!: string | null;
  shipmentId!: string | null;
  reversalOfId!: string | null;

  static of({ documentType, documentNumber, documentLine, ...row }: MovementRow): Movement {
    const document = documentNumber === null ? null : { type: documentType!, number: documentNumber, line: documentLine };
    return Object.assign(new Movement(), { ...row, document });
  }
}

@ObjectType({ description: "Units of one item at one place, and the value they moved." })
@Needs("warehouse:read", "orders:read")
export class MovementLine {
  row!: LineRow;

  @Field(() => StockStatus, { description: "The units' status here." })
  status!: StockStatus;

  @Field(() => Int, { description: "Base units, signed: positive in, negative out." })
  quantity!: number;

  @Field(() => Int, {
    description: "Base units of the item at this very place (location, lot, status, pledge) after this line, in posting order.",
  })
  balanceAfter!: number;

  static of(row: LineRow): MovementLine {
    return Object.assign(new MovementLine(), {
      row,
      status: row.status,
      quantity: row.quantity,
      balanceAfter: row.balanceAfter,
    });
  }
}

@ObjectType({
  description: "The header figure of one item, lot, status and pledge in one location; the sum of its movement lines, always.",
})
@Needs("warehouse:read")
export class StockBalance {
  sku!: string;
  warehouseCode!: string;
  locationCode!: string;
  lotCode!: string;

  @Field(() => StockStatus, { description: "What may be done with the units." })
  status!: StockStatus;

  @Field(() => ID, { nullable: true, description: "The pledge that holds them; null when none." })
  pledge!: string | null;

  @Field(() => Int, { description: "Base units; never negative." })
  quantity!: number;

  @Field(() => Int, {
    description: "Of these, units picked for shipments. Units that are allocated but not picked yet are bound to no place.",
  })
  allocated!: number;
}

export const MovementConnection = connectionOf(Movement, "Movement");
export const StockBalanceConnection = connectionOf(StockBalance, "StockBalance");

@ObjectType({ description: "The posted movement, or why it was refused." })
@Open()
export class MovementPayload {
  @Field(() => Movement, { nullable: true, description: "The movement." })
  movement?: Movement | null;

  @Field(() => [UserError], { description: "Why nothing was changed; empty on success." })
  userErrors!: UserError[];
}
