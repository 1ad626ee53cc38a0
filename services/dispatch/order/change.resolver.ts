import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import type { Tx } from "../../../shared/db/transaction";
import { RequestContext } from "../../../shared/graphql/context";
import { Needs } from "../../../shared/graphql/needs";
import { refusable } from "../../../shared/graphql/refusable";
import type { Caller } from "../../../shared/identity/caller";
import { cancelFulfillmentLines } from "./cancel-lines";
import { holdFulfillment, resumeFulfillment } from "./hold";
import {
  CancelFulfillmentLinesInput,
  FulfillmentActionInput,
  FulfillmentPayload,
  SourceManuallyInput,
  UpdateFulfillmentInput,
} from "./order.inputs";
import { fulfillmentById } from "./read-orders";
import { reallocateFulfillment } from "./reallocate";
import { sourceManually } from "./source-manually";
import { updateFulfillment } from "./update-fulfillment";

const ALWAYS = "NOT_FOUND (no such order), IDEMPOTENCY_KEY_REUSED (the key came before with another input)";
const ENDED = "INVALID_STATE (the order is SHIPPED, DELIVERED or CANCELLED";

/** Runs a change and answers with the order as it is then. */
function changed<Input>(
  ctx: RequestContext,
  change: (tx: Tx, caller: Caller, input: Input) => Promise<string>,
  input: Input,
): Promise<FulfillmentPayload> {
  return refusable(async () => ({ fulfillment: await fulfillmentById(ctx, await ctx.write((tx) => change(tx, ctx.caller, input))) }));
}

@Resolver()
export class ChangeFulfillmentResolver {
  @Mutation(() => FulfillmentPayload, {
    nullable: true,
    description: `Gives back what nobody has begun to pick and sources it anew, by the rules and the stock of now. What a warehouse has been told of it is asked to stop and decides; its units are sourced with its answer. Units that wait then are taken over from orders of lower priority that hold them and are not being picked; both histories say whose. Refusals: ${ENDED}, is held, or all of it is being picked), IN_PROGRESS (a warehouse has been asked before and has not answered; ask again), INVALID_INPUT (a reason over 500 characters), ${ALWAYS}.`,
  })
  @Needs("dispatch:write")
  reallocateFulfillment(
    @Arg("input", () => FulfillmentActionInput, { description: "Which order, and why." }) input: FulfillmentActionInput,
    @Ctx() ctx: RequestContext,
  ): Promise<FulfillmentPayload> {
    return changed(ctx, reallocateFulfillment, input);
  }

  @Mutation(() => FulfillmentPayload, {
    nullable: true,
    description: `Holds an order: nothing more of it is allocated until it is resumed. What nobody has begun to pick is given back, and others may have it meanwhile; it stays committed in sales. What is being picked goes on. Refusals: ${ENDED}, is held already, or all of it is being picked), INVALID_INPUT (a reason over 500 characters), ${ALWAYS}.`,
  })
  @Needs("dispatch:write")
  holdFulfillment(
    @Arg("input", () => FulfillmentActionInput, { description: "Which order, and why." }) input: FulfillmentActionInput,
    @Ctx() ctx: RequestContext,
  ): Promise<FulfillmentPayload> {
    return changed(ctx, holdFulfillment, input);
  }

  @Mutation(() => FulfillmentPayload, {
    nullable: true,
    description: `Ends a hold: the order is sourced by the rules and the stock of now. Refusals: ${ENDED}, or is not held), INVALID_INPUT (a reason over 500 characters), ${ALWAYS}.`,
  })
  @Needs("dispatch:write")
  resumeFulfillment(
    @Arg("input", () => FulfillmentActionInput, { description: "Which order, and why." }) input: FulfillmentActionInput,
    @Ctx() ctx: RequestContext,
  ): Promise<FulfillmentPayload> {
    return changed(ctx, resumeFulfillment, input);
  }

  @Mutation(() => FulfillmentPayload, {
    nullable: true,
    description: `A dispatcher's own choice of warehouses for units that wait, whatever the rules say. Refusals: INVALID_INPUT (a warehouse outside the order's pool or named twice, more units than wait, malformed lines or reason), INSUFFICIENT_STOCK (not free there), ${ENDED}, or is held), ${ALWAYS}.`,
  })
  @Needs("dispatch:write")
  sourceManually(
    @Arg("input", () => SourceManuallyInput, { description: "Which order, from where, and why." }) input: SourceManuallyInput,
    @Ctx() ctx: RequestContext,
  ): Promise<FulfillmentPayload> {
    return changed(ctx, sourceManually, input);
  }

  @Mutation(() => FulfillmentPayload, {
    nullable: true,
    description: `Changes address, priority or dates before picking. Shipments that were released carry them from now on, until they are packed; what may not ship from its warehouse to the new address, or not yet, is taken back and sourced anew. With a higher priority, units that wait are taken over from orders of lower priority as reallocateFulfillment does. Refusals: INVALID_INPUT (nothing to change, a malformed address, a priority beyond a million), ${ENDED}, or picking has begun), IN_PROGRESS (a warehouse has been asked to give units back and has not answered; ask again), ${ALWAYS}.`,
  })
  @Needs("dispatch:write")
  updateFulfillment(
    @Arg("input", () => UpdateFulfillmentInput, { description: "Which order, and what is new." }) input: UpdateFulfillmentInput,
    @Ctx() ctx: RequestContext,
  ): Promise<FulfillmentPayload> {
    return changed(ctx, updateFulfillment, input);
  }

  @Mutation(() => FulfillmentPayload, {
    nullable: true,
    description: `Gives up units of an order. What waits is given up at once; for what is allocated the warehouses are asked, and what has left stays. Sales releases what is given up, and the order system sees it as a cancellation of the reservation. Refusals: INVALID_INPUT (an item that is not in the order, malformed lines or reason), INVALID_STATE (the order is SHIPPED, DELIVERED or CANCELLED, or fewer units of the item are open), ${ALWAYS}.`,
  })
  @Needs("dispatch:write")
  cancelFulfillmentLines(
    @Arg("input", () => CancelFulfillmentLinesInput, { description: "Which order, what of it, and why." })
    input: CancelFulfillmentLinesInput,
    @Ctx() ctx: RequestContext,
  ): Promise<FulfillmentPayload> {
    return changed(ctx, cancelFulfillmentLines, input);
  }
}
