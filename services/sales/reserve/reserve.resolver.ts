import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from "type-graphql";
import { cursorKey, PageArgs, toPage, UserError, type Connection } from "../../../shared/graphql/common.types";
import { groupBy } from "../../../shared/group";
import { Needs } from "../../../shared/graphql/needs";
import { refusable } from "../../../shared/graphql/refusable";
import { ownNamespace } from "../../../shared/identity/caller";
import { isId } from "../../../shared/ids";
import { Fault, Refusal } from "../../../shared/refusal";
import { checkBatch } from "../../../shared/units/check";
import type { SalesContext } from "../context";
import { databaseNow, readLines, readReservations } from "../stock/stock.sql";
import { checkConfirm, confirmCommand } from "./confirm";
import { checkRelease, releaseCommand } from "./release";
import { ReservationStatus, type Reservation as ReservationRecord, type ReservationRow } from "./reservation";
import { checkReserve, reserveCommand, type Shortage as ShortageRecord } from "./reserve";
import type { Cancellation as CancellationRecord } from "./cancellation";
import { cancellationsOf } from "./cancellation.sql";
import { listReservations, readReservationsOfOrders } from "./reserve.sql";
import {
  Cancellation,
  ConfirmReservationInput,
  Order,
  ReleaseReservationInput,
  Reservation,
  ReservationConnection,
  ReservationPayload,
  ReserveStockInput,
  ReserveStockPayload,
  Shortage,
} from "./reserve.types";

async function reserve(ctx: SalesContext, input: ReserveStockInput): Promise<Reservation> {
  checkReserve(input);
  const channel = await ctx.channels.get(input.channel);
  if (!channel) throw new Refusal("NOT_FOUND", `no channel ${input.channel}`, { field: ["input", "channel"] });
  return Reservation.of(await ctx.stock(reserveCommand(ctx.caller.client, input, channel)), new Date());
}

async function confirm(ctx: SalesContext, input: ConfirmReservationInput): Promise<Reservation> {
  checkConfirm(input);
  return Reservation.of(await ctx.stock(confirmCommand(ctx.caller, input)), new Date());
}

async function release(ctx: SalesContext, input: ReleaseReservationInput): Promise<Reservation> {
  checkRelease(input);
  return Reservation.of(await ctx.stock(releaseCommand(ctx.caller, input)), new Date());
}

const granting = (work: () => Promise<Reservation>): Promise<ReserveStockPayload> =>
  refusable(async () => ({ reservation: await work(), shortages: [] as Shortage[] }), { shortages: [] }).then((payload) => ({
    ...payload,
    // A refusal's facts are records; the schema's shortages name items.
    shortages: payload.reservation ? [] : (payload.shortages as unknown as ShortageRecord[]).map(Shortage.of),
  })) as Promise<ReserveStockPayload>;

const MOST_RESERVATIONS = 500;

/** A fault of one element is told in its own userErrors: the others have been answered for. */
function reserveBatch(ctx: SalesContext, inputs: ReserveStockInput[]): Promise<ReserveStockPayload[]> {
  checkBatch(inputs, "inputs", MOST_RESERVATIONS);
  return Promise.all(inputs.map((input) => granting(() => reserve(ctx, input)).catch(faultOfOne)));
}

function faultOfOne(error: unknown): ReserveStockPayload {
  if (!(error instanceof Fault) || (error.faultCode !== "OVERLOADED" && error.faultCode !== "UNAVAILABLE")) throw error;
  const retryAfterMs = error.extensions.retryAfterMs as number | undefined;
  return { reservation: null, shortages: [], userErrors: [UserError.of(new Refusal(error.faultCode, error.message, { retryAfterMs }))] };
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

/** One reservation of the caller's own namespace; null for another's, as for none. */
export async function reservationById(ctx: SalesContext, id: string): Promise<Reservation | null> {
  if (!isId(id)) return null;
  return ctx
    .loader<string, Reservation | null>("reservation", async (ids) => {
      const namespace = ownNamespace(ctx.caller);
      const rows = (await readReservations(await ctx.onReplica(), [...ids])).filter(
        (row) => namespace === undefined || row.client === namespace,
      );
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
  const filter = { client: ownNamespace(ctx.caller), status, channel, after, limit: page.first + 1 };
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
      "Holds stock for an order: all lines or none. The same idempotencyKey gives the same answer and takes stock once. Refused: INVALID_INPUT, NOT_FOUND (channel or item), CONFLICT (the order number belongs to another channel), NOT_LISTED, LIMIT_EXCEEDED, INSUFFICIENT_STOCK with shortages, IDEMPOTENCY_KEY_REUSED.",
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
      "The order is paid: the hold becomes a commitment and goes to dispatch. An expired hold takes its stock again if it is still there. Refused: NOT_FOUND, INVALID_STATE, INSUFFICIENT_STOCK with shortages, IDEMPOTENCY_KEY_REUSED.",
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
        const found = await withLines(ctx, await readReservationsOfOrders(await ctx.onReplica(), refs, ownNamespace(ctx.caller)));
        return refs.map((ref) => found.filter((reservation) => reservation.order.orderRef === ref));
      })
      .load(order.orderRef);
  }
}
