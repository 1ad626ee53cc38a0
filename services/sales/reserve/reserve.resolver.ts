import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from "type-graphql";
import { cursorKey, PageArgs, toPage, UserError, type Connection } from "../../../shared/graphql/common.types";
import { groupBy } from "../../../shared/group";
import { Needs } from "../../../shared/graphql/needs";
import { refusable } from "../../../shared/graphql/refusable";
import { ownNamespace, type Caller } from "../../../shared/identity/caller";
import { isId } from "../../../shared/ids";
import { Fault, Refusal } from "../../../shared/refusal";
import { checkBatch } from "../../../shared/units/check";
import type { SalesContext } from "../context";
import { checkOwnItems, isOwnReservation } from "../known/own-items";
import type { Answer } from "../stock/combiner";
import { databaseNow, readLines, readReservations } from "../stock/stock.sql";
import { readWarehouses } from "../channel/channel.sql";
import { checkConfirm, confirmCommand, noSuchReservation } from "./confirm";
import { extendCommand } from "./extend";
import type { Shortage as ShortageRecord } from "./grant";
import { checkRelease, releaseCommand } from "./release";
import { ReservationStatus, type Reservation as ReservationRecord, type ReservationRow } from "./reservation";
import { checkReserve, noSuchItem, reserveCommand, rowsOfReserve, type Reserved } from "./reserve";
import type { Cancellation as CancellationRecord } from "./cancellation";
import { cancellationsOf } from "./cancellation.sql";
import { listReservations, readReservationsOfOrders } from "./reserve.sql";
import {
  Cancellation,
  ConfirmReservationInput,
  ExtendReservationInput,
  Order,
  ReleaseReservationInput,
  Reservation,
  ReservationConnection,
  ReservationPayload,
  ReserveStockInput,
  ReserveStockPayload,
  Shortage,
} from "./reserve.types";

async function reserve(ctx: SalesContext, input: ReserveStockInput, options?: { admitted: boolean }): Promise<Granted> {
  checkReserve(input);
  const channel = await ctx.channels.get(input.channel);
  if (!channel) throw new Refusal("NOT_FOUND", `no channel ${input.channel}`, { field: ["input", "channel"] });
  const skus = input.lines.map(({ sku }) => sku);
  await checkOwnItems(ctx, skus, (line) => noSuchItem(skus[line], line));
  const items = await ctx.items.learn(skus);
  return granted(await ctx.stockAt(reserveCommand(ctx.caller.client, input, channel, items), options));
}

async function confirm(ctx: SalesContext, input: ConfirmReservationInput): Promise<Granted> {
  checkConfirm(input);
  if (!(await isOwnReservation(ctx, input.reservationId))) throw noSuchReservation();
  const [pickup] = input.pickupAt == null ? [] : await readWarehouses(ctx.db, [input.pickupAt]);
  return granted(await ctx.stockAt(confirmCommand(ctx.caller, input, pickup)));
}

async function extend(ctx: SalesContext, input: ExtendReservationInput): Promise<Reservation> {
  if (!(await isOwnReservation(ctx, input.reservationId))) throw noSuchReservation();
  const [row] = await readReservations(ctx.db, [input.reservationId]);
  const channel = row && (await ctx.channels.get(row.channel_code));
  if (!channel) throw noSuchReservation();
  return shown(await ctx.stockAt(extendCommand(ctx.caller, input, channel)));
}

async function release(ctx: SalesContext, input: ReleaseReservationInput): Promise<Reservation> {
  checkRelease(input);
  if (!(await isOwnReservation(ctx, input.reservationId))) throw noSuchReservation();
  return shown(await ctx.stockAt(releaseCommand(ctx.caller, input)));
}

type Granted = Pick<ReserveStockPayload, "reservation" | "shortages">;
const granted = ({ result: { reservation, shortages }, at }: Answer<Reserved>): Granted => ({
  reservation: Reservation.of(reservation, at),
  shortages: shortages.map(Shortage.of),
});
/** As it stands by the clock that decided, which is not this process's. */
const shown = ({ result, at }: Answer<ReservationRecord>): Reservation => Reservation.of(result, at);

const granting = (work: () => Promise<Granted>): Promise<ReserveStockPayload> =>
  refusable(work, { shortages: [] }).then((payload) => ({
    ...payload,
    // A refusal's facts are records; the schema's shortages name items.
    shortages: payload.reservation ? payload.shortages : (payload.shortages as unknown as ShortageRecord[]).map(Shortage.of),
  })) as Promise<ReserveStockPayload>;

const MOST_RESERVATIONS = 500;

/** A fault of one element is told in its own userErrors: the others have been answered for. Too much load is said of all at once. */
async function reserveBatch(ctx: SalesContext, inputs: ReserveStockInput[]): Promise<ReserveStockPayload[]> {
  checkBatch(inputs, "inputs", MOST_RESERVATIONS);
  const refusal = ctx.combiner.refusal(inputs.reduce((rows, { lines }) => rows + rowsOfReserve(lines.length), 0));
  if (refusal) {
    const payload = faultOfOne(refusal);
    return inputs.map(() => payload);
  }
  return Promise.all(inputs.map((input) => granting(() => reserve(ctx, input, { admitted: true })).catch(faultOfOne)));
}

function faultOfOne(error: unknown): ReserveStockPayload {
  if (!(error instanceof Fault)) throw error;
  // A turn that did not come in time is too much load, to whoever reads userErrors.
  const code = error.faultCode === "TIMEOUT" ? "OVERLOADED" : error.faultCode;
  if (code !== "OVERLOADED" && code !== "UNAVAILABLE") throw error;
  const retryAfterMs = error.extensions.retryAfterMs as number | undefined;
  return { reservation: null, shortages: [], userErrors: [UserError.of(new Refusal(code, error.message, { retryAfterMs }))] };
}

/** Adds the lines, in one statement, and what the clock says. */
async function withLines(ctx: SalesContext, rows: ReservationRow[]): Promise<Reservation[]> {
  if (rows.length === 0) return [];
  const reader = await ctx.onReplica();
  const lines = await readLines(
    reader,
    rows.map((row) => row.id),
  );
  const now = await databaseNow(reader);
  const records: ReservationRecord[] = rows.map((row) => ({ ...row, lines: lines.filter((line) => line.reservation_id === row.id) }));
  return records.map((record) => Reservation.of(record, now));
}

/** Of its own namespace, unless it sees the whole house, and of its merchant, when it is bound to one. */
const maySee = (caller: Caller, { client, merchant }: ReservationRow): boolean =>
  [undefined, client].includes(ownNamespace(caller)) && [undefined, merchant].includes(caller.merchant);

/** One reservation of the caller's own namespace; null for another's, as for none. */
export async function reservationById(ctx: SalesContext, id: string): Promise<Reservation | null> {
  if (!isId(id)) return null;
  return ctx
    .loader<string, Reservation | null>("reservation", async (ids) => {
      const rows = (await readReservations(await ctx.onReplica(), [...ids])).filter((row) => maySee(ctx.caller, row));
      const found = new Map((await withLines(ctx, rows)).map((reservation) => [reservation.id, reservation]));
      return ids.map((one) => found.get(one) ?? null);
    })
    .load(id);
}

const cancellationsOfReservation = async (ctx: SalesContext, { id, lines }: Reservation): Promise<Cancellation[]> => {
  const records = await ctx
    .loader<string, CancellationRecord[]>("cancellations", async (ids) => {
      const found = groupBy(await cancellationsOf(await ctx.onReplica(), ids), (row) => row.reservation_id);
      return ids.map((one) => found.get(one) ?? []);
    })
    .load(id);
  return records.map((record) => Cancellation.of(record, lines));
};

async function listPage(
  ctx: SalesContext,
  page: PageArgs,
  status: ReservationStatus | null,
  channel: string | null,
): Promise<Connection<Reservation>> {
  const after = cursorKey(page, "string")?.[0] as string | undefined;
  const filter = { client: ownNamespace(ctx.caller), merchant: ctx.caller.merchant, status, channel, after, limit: page.first + 1 };
  const rows = await listReservations(await ctx.onReplica(), filter);
  const shown = new Map((await withLines(ctx, rows)).map((reservation) => [reservation.id, reservation]));
  return toPage(
    rows,
    page,
    (row) => [row.id],
    (row) => shown.get(row.id)!,
  );
}

@Resolver(() => Reservation)
export class ReservationResolver {
  @Query(() => Reservation, { nullable: true, description: "One reservation of the caller's client, or null." })
  @Needs("orders:read", "reservations:write")
  reservation(@Arg("id", () => ID, { description: "Its id." }) id: string, @Ctx() ctx: SalesContext): Promise<Reservation | null> {
    return reservationById(ctx, id);
  }

  @Query(() => ReservationConnection, { nullable: true, description: "Reservations in the order of their creation." })
  @Needs("orders:read", "reservations:write")
  reservations(
    @Arg("status", () => ReservationStatus, { nullable: true, description: "Only those that stand so now." })
    status: ReservationStatus | null,
    @Arg("channel", () => ID, { nullable: true, description: "Only this channel's." }) channel: string | null,
    @Args() page: PageArgs,
    @Ctx() ctx: SalesContext,
  ): Promise<Connection<Reservation>> {
    return listPage(ctx, page, status, channel);
  }

  @FieldResolver(() => [Cancellation], { description: "What was asked to be cancelled after confirmation, oldest first." })
  @Needs("orders:read", "reservations:write")
  cancellations(@Root() reservation: Reservation, @Ctx() ctx: SalesContext): Promise<Cancellation[]> {
    return cancellationsOfReservation(ctx, reservation);
  }

  @Mutation(() => ReserveStockPayload, {
    nullable: true,
    description:
      "Holds stock for an order: all lines or none, unless allowPartial. A KIT is held as its components; a NON_STOCK item needs no stock. The same idempotencyKey gives the same answer and takes stock once. Refused: INVALID_INPUT, NOT_FOUND (channel or item), CONFLICT (the order number belongs to another channel), NOT_LISTED, LIMIT_EXCEEDED (maxPerOrder, maxPerCustomer), INSUFFICIENT_STOCK with shortages, IDEMPOTENCY_KEY_REUSED.",
  })
  @Needs("reservations:write")
  reserveStock(
    @Arg("input", { description: "What to hold." }) input: ReserveStockInput,
    @Ctx() ctx: SalesContext,
  ): Promise<ReserveStockPayload> {
    return granting(() => reserve(ctx, input));
  }

  @Mutation(() => [ReserveStockPayload], {
    nullable: true,
    description:
      "Up to 500 independent reservations, answered in order; one that fails, for whatever cause, says so in its own userErrors.",
  })
  @Needs("reservations:write")
  reserveStockBatch(
    @Arg("inputs", () => [ReserveStockInput], { description: "What to hold." }) inputs: ReserveStockInput[],
    @Ctx() ctx: SalesContext,
  ): Promise<ReserveStockPayload[]> {
    return reserveBatch(ctx, inputs);
  }

  @Mutation(() => ReserveStockPayload, {
    nullable: true,
    description:
      "The order is paid: the hold becomes a commitment and goes to dispatch. An expired hold takes its stock again if it is still there; what is not is backordered with allowBackorder, left out with allowPartial, and told in shortages. Refused: NOT_FOUND, INVALID_STATE, INSUFFICIENT_STOCK with shortages, IDEMPOTENCY_KEY_REUSED.",
  })
  @Needs("reservations:write")
  confirmReservation(
    @Arg("input", { description: "Which, and where to." }) input: ConfirmReservationInput,
    @Ctx() ctx: SalesContext,
  ): Promise<ReserveStockPayload> {
    return granting(() => confirm(ctx, input));
  }

  @Mutation(() => ReservationPayload, {
    nullable: true,
    description:
      "Gives a live hold a new deadline, holdSeconds from now; from its beginning it lasts at most the channel's maxHoldSeconds. Refused: NOT_FOUND, INVALID_STATE (an expired hold is confirmed or reserved anew), INVALID_INPUT, IDEMPOTENCY_KEY_REUSED.",
  })
  @Needs("reservations:write")
  extendReservation(
    @Arg("input", { description: "Which, and how long." }) input: ExtendReservationInput,
    @Ctx() ctx: SalesContext,
  ): Promise<ReservationPayload> {
    return refusable(async () => ({ reservation: await extend(ctx, input) }));
  }

  @Mutation(() => ReservationPayload, {
    nullable: true,
    description:
      "Gives a hold back at once, whole or some lines. A confirmed reservation turns CANCELLING until the warehouse has said what could still be stopped; its units stay committed until then, and cancellations tells the outcome. Refused: INVALID_INPUT (more than is open), NOT_FOUND, INVALID_STATE (also while an earlier request is undecided), IDEMPOTENCY_KEY_REUSED.",
  })
  @Needs("reservations:write")
  releaseReservation(
    @Arg("input", { description: "Which, and why." }) input: ReleaseReservationInput,
    @Ctx() ctx: SalesContext,
  ): Promise<ReservationPayload> {
    return refusable(async () => ({ reservation: await release(ctx, input) }));
  }
}

@Resolver(() => Order)
export class OrderResolver {
  @Query(() => Order, {
    nullable: true,
    description: "An order by its number, with what each layer knows of it. Null when this caller's client has none of that number.",
  })
  @Needs("orders:read", "reservations:write")
  async order(
    @Arg("orderRef", () => ID, { description: "The order system's number." }) orderRef: string,
    @Ctx() ctx: SalesContext,
  ): Promise<Order | null> {
    const order = Order.of(orderRef);
    return (await new OrderResolver().reservations(order, ctx)).length > 0 ? order : null;
  }

  @FieldResolver(() => [Reservation], { nullable: true, description: "Its reservations, oldest first." })
  @Needs("orders:read", "reservations:write")
  reservations(@Root() order: Order, @Ctx() ctx: SalesContext): Promise<Reservation[]> {
    return ctx
      .loader<string, Reservation[]>("order.reservations", async (refs) => {
        const rows = await readReservationsOfOrders(await ctx.onReplica(), refs, ownNamespace(ctx.caller));
        const found = await withLines(
          ctx,
          rows.filter((row) => maySee(ctx.caller, row)),
        );
        return refs.map((ref) => found.filter((reservation) => reservation.order.orderRef === ref));
      })
      .load(order.orderRef);
  }
}
