import { Field, ID, Int, ObjectType } from "type-graphql";
import { Money } from "../../../shared/graphql/common.types";
import { Needs } from "../../../shared/graphql/needs";
import { DocumentReference } from "../ledger/movement.types";

@ObjectType({
  description: "The open rest of an account by document: goods received not invoiced, goods in transit, work in process.",
})
@Needs("finance:read")
export class OpenItem {
  @Field(() => DocumentReference, {
    description: "The document; what was posted without one stands under its movement, as MOVEMENT and its id.",
  })
  document!: DocumentReference;

  @Field(() => ID, { nullable: true, description: "The supplier of its movements, where one was named." })
  supplier!: string | null;

  @Field(() => Int, {
    description:
      "Base units behind it, in the account's own direction: received less sent back for a liability, issued less returned for an asset that is not stock.",
  })
  quantity!: number;

  @Field(() => Money, {
    description:
      "Its rest, in the account's own direction: credits less debits for liabilities, debits less credits for assets. Never zero.",
  })
  amount!: Money;

  @Field({ description: "When the first of its postings occurred." })
  since!: Date;
}
