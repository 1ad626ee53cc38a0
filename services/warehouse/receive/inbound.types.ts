import { Directive, Field, ID, Int, ObjectType } from "type-graphql";
import { connectionOf, UserError } from "../../../shared/graphql/common.types";
import { Needs, Open } from "../../../shared/graphql/needs";
import { InboundKind, InboundStatus } from "../enums";
import { DocumentReference } from "../ledger/movement.types";
import type { InboundLineRow, InboundRow } from "./inbound.sql";

@ObjectType({ description: "What is expected to arrive: a purchase, a transfer, a return, goods from the workshop." })
@Directive('@key(fields: "id")')
@Needs("warehouse:read")
export class InboundShipment {
  @Field(() => ID, { description: "Opaque; later ones have greater ids." })
  @Open()
  id!: string;

  @Field(() => InboundKind, { description: "Why the goods come." })
  kind!: InboundKind;

  @Field(() => DocumentReference, { description: "The purchase order, work order, transfer or order behind it." })
  document!: DocumentReference;

  @Field(() => ID, { nullable: true, description: "From whom, for a purchase." })
  supplier!: string | null;

  @Field(() => InboundStatus, { description: "Where it stands." })
  status!: InboundStatus;

  @Field(() => Date, { nullable: true, description: "When it is due; null while nobody knows." })
  expectedAt!: Date | null;

  warehouseCode!: string;
  orderRef!: string | null;

  static of({ documentType, documentNumber, documentLine, ...row }: InboundRow): InboundShipment {
    const document = { type: documentType, number: documentNumber, line: documentLine };
    return Object.assign(new InboundShipment(), { ...row, document });
  }
}

@ObjectType({ description: "What an inbound shipment brings of one item." })
@Needs("warehouse:read")
export class InboundLine {
  sku!: string;

  @Field(() => Int, { description: "Base units that are to come in all." })
  expected!: number;

  @Field(() => Int, { description: "Base units taken in, scrapped ones too; may pass `expected` within the tolerance." })
  received!: number;

  @Field(() => Int, { description: "Base units that were not taken in, and are not expected any more." })
  rejected!: number;

  static of = (row: InboundLineRow): InboundLine => Object.assign(new InboundLine(), row);
}

export const InboundShipmentConnection = connectionOf(InboundShipment, "InboundShipment");

@ObjectType({ description: "The inbound shipment, or why the step was refused." })
@Open()
export class InboundPayload {
  @Field(() => InboundShipment, { nullable: true, description: "The inbound shipment as it is now." })
  inbound?: InboundShipment | null;

  @Field(() => [UserError], { description: "Why nothing was changed; empty on success." })
  userErrors!: UserError[];
}
