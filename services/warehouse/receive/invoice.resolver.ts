import { Arg, Ctx, ID, Mutation, Resolver } from "type-graphql";
import type { Tx } from "../../../shared/db/transaction";
import type { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { refusable } from "../../../shared/graphql/refusable";
import { movementById } from "../ledger/movement.resolver";
import { Movement, MovementPayload } from "../ledger/movement.types";
import { closeWorkOrder } from "./close-work-order";
import { creditInvoice } from "./credit-invoice";
import { movementsOfInvoice } from "./invoice.sql";
import { CreditInvoiceInput, MatchInvoiceInput, MatchInvoicePayload } from "./invoice.types";
import { matchInvoice } from "./match-invoice";

async function matched(ctx: RequestContext, work: (tx: Tx) => Promise<string>): Promise<{ movements: Movement[] }> {
  const first = await ctx.write(work);
  const ids = await movementsOfInvoice(await ctx.onReplica(), first);
  const movements = await Promise.all(ids.map((id) => movementById(ctx, id)));
  return { movements: movements.filter((movement) => movement !== null) };
}

@Resolver()
export class InvoiceResolver {
  @Mutation(() => MatchInvoicePayload, {
    nullable: true,
    description:
      "The supplier's invoice against what was received: clears goods received not invoiced to accounts payable, and books the price difference forward, on hand to stock and the rest where the units went. Refusals: INVALID_INPUT, NOT_FOUND, INVALID_STATE, CONFLICT, IDEMPOTENCY_KEY_REUSED.",
  })
  @Needs("finance:write")
  matchInvoice(
    @Arg("input", { description: "The invoice." }) input: MatchInvoiceInput,
    @Ctx() ctx: RequestContext,
  ): Promise<MatchInvoicePayload> {
    return refusable(() => matched(ctx, (tx) => matchInvoice(tx, ctx.caller, input)), { movements: [] });
  }

  @Mutation(() => MatchInvoicePayload, {
    nullable: true,
    description:
      "The supplier's credit note on a matched invoice: less is owed. A lower price is booked forward like an invoice's difference, on hand to stock and the rest where the units went; of units that went back, what is credited clears goods received not invoiced, and what is not credited is booked forward the same way. Refusals: INVALID_INPUT, NOT_FOUND, INVALID_STATE, CONFLICT, IDEMPOTENCY_KEY_REUSED.",
  })
  @Needs("finance:write")
  creditInvoice(
    @Arg("input", { description: "The credit note." }) input: CreditInvoiceInput,
    @Ctx() ctx: RequestContext,
  ): Promise<MatchInvoicePayload> {
    return refusable(() => matched(ctx, (tx) => creditInvoice(tx, ctx.caller, input)), { movements: [] });
  }

  @Mutation(() => MovementPayload, {
    nullable: true,
    description:
      "A work order is finished: what is left of its work in process goes to production variance. Refusals: INVALID_INPUT, NOT_FOUND, INVALID_STATE (nothing is left, or goods of it are still to come).",
  })
  @Needs("finance:write")
  closeWorkOrder(
    @Arg("document", () => ID, { description: "The work order's number." }) document: string,
    @Ctx() ctx: RequestContext,
  ): Promise<MovementPayload> {
    return refusable(async () => ({
      movement: await movementById(ctx, await ctx.write((tx) => closeWorkOrder(tx, ctx.caller, document))),
    }));
  }
}
