import { Field, ID, Int, ObjectType } from "type-graphql";
import { connectionOf, Money } from "../../../shared/graphql/common.types";
import { Needs } from "../../../shared/graphql/needs";
import { AccountKind } from "../enums";
import { DocumentReference } from "../ledger/movement.types";
import type { EntryRow, JournalLineRow } from "./books.sql";

@ObjectType({ description: "An account of the chart." })
@Needs("finance:read")
export class Account {
  @Field(() => ID, { description: "Its code." })
  code!: string;

  @Field({ description: "Its name." })
  name!: string;

  @Field(() => AccountKind, { description: "What kind of account." })
  kind!: AccountKind;
}

@ObjectType({
  description: "A debit or a credit. In a trial balance: the total of one account and currency, on the side where there is more.",
})
@Needs("finance:read")
export class JournalLine {
  accountCode!: string;
  sku!: string | null;
  warehouseCode!: string | null;
  merchantCode!: string | null;

  @Field(() => Money, { nullable: true, description: "What is debited; null on a credit." })
  debit!: Money | null;

  @Field(() => Money, { nullable: true, description: "What is credited; null on a debit." })
  credit!: Money | null;

  @Field(() => DocumentReference, { nullable: true, description: "The document behind it." })
  document!: DocumentReference | null;

  static of({ debit, credit, currency, documentType, documentNumber, documentLine, ...row }: JournalLineRow): JournalLine {
    return Object.assign(new JournalLine(), {
      ...row,
      debit: Number(debit) === 0 ? null : Money.of(debit, currency),
      credit: Number(credit) === 0 ? null : Money.of(credit, currency),
      document: documentNumber === null ? null : { type: documentType, number: documentNumber, line: documentLine },
    });
  }
}

@ObjectType({ description: "Double entry: debits equal credits in every entry." })
@Needs("finance:read")
export class JournalEntry {
  @Field(() => ID, { description: "Opaque; later entries have greater ids." })
  id!: string;

  @Field({ description: "The movement's occurredAt." })
  at!: Date;

  @Field(() => ID, { description: "Whose books." })
  legalEntity!: string;

  @Field(() => ID, {
    description: "Its accounting period, by `at` in the legal entity's time zone; a calendar month's is such as 2026-01.",
  })
  period!: string;

  movementId!: string;

  static of = (row: EntryRow): JournalEntry => Object.assign(new JournalEntry(), row);
}

export const JournalEntryConnection = connectionOf(JournalEntry, "JournalEntry");

@ObjectType({ description: "Units and value of one item in one warehouse, on hand or on their way there." })
@Needs("finance:read")
export class ValuationLine {
  sku!: string;
  warehouseCode!: string;

  @Field({
    description: "Whether the goods are on their way to the warehouse (its location of kind TRANSIT). They have a line of their own.",
  })
  inTransit!: boolean;

  @Field(() => Int, { description: "Base units on hand, of every status." })
  quantity!: number;

  @Field(() => Money, { description: "Value of one base unit, rounded to six places." })
  unitCost!: Money;

  @Field(() => Money, { description: "Value, exact, in the warehouse's currency; zero for consigned goods." })
  value!: Money;
}

export const ValuationLineConnection = connectionOf(ValuationLine, "ValuationLine");

@ObjectType({ description: "What stock is worth at a moment." })
@Needs("finance:read")
export class Valuation {
  warehouse?: string;
  merchant?: string;
  /** Only what lies under this pledge. */
  pledge?: string;
  /** Whether it is of now: then it comes from the headers, else from the ledger. */
  current!: boolean;

  @Field({ description: "The moment, by occurredAt." })
  asOf!: Date;
}
