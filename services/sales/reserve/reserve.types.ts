import { Directive, Field, ID, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import { AddressInput, connectionOf, UserError } from "../../../shared/graphql/common.types";
import { Needs, Open } from "../../../shared/graphql/needs";
import { DateTime } from "../../../shared/graphql/scalars";
import { Channel } from "../channel/channel.types";
import { InventoryItem } from "../listing/listing.types";
import { CancellationOutcome, type Cancellation as CancellationRecord } from "./cancellation";
import { ReservationStatus, shownLines, statusAt, type Reservation as ReservationRecord } from "./reservation";
import type { Shortage as ShortageRecord } from "./grant";

registerEnumType(ReservationStatus, {
  name: "ReservationStatus",
  description: "Where a reservation stands. CANCELLING ends in RELEASED, or back in CONFIRMED or FULFILLED.",
  valuesConfig: {
    HELD: { description: "Units are kept until expiresAt." },
    CONFIRMED: { description: "Paid: the units are committed and with dispatch." },
    CANCELLING: { description: "Cancelling was asked for after confirmation; the warehouse decides." },
    RELEASED: { description: "Given back." },
    EXPIRED: { description: "The deadline has passed; the units are free again. Confirming takes them again if they are still there." },
    FULFILLED: { description: "Everything was shipped or released, and something was shipped." },
  },
});

registerEnumType(CancellationOutcome, {
  name: "CancellationOutcome",
  description: "What became of a request to cancel.",
  valuesConfig: {
    PENDING: { description: "Not all of it is decided yet." },
    STOPPED: { description: "Everything was stopped and given back." },
    TOO_LATE: { description: "Nothing could be stopped: it ships, and a return is the way." },
    PARTLY: { description: "Some units were stopped; the lines say how many." },
  },
});

@ObjectType("Order", {
  description:
    "An order of the order system, known by that system's own number, which belongs to the client and channel that first used it.",
})
@Directive('@key(fields: "orderRef")')
export class Order {
  @Field(() => ID, { description: "The order system's number." })
  @Open()
  orderRef!: string;

  static of = (orderRef: string): Order => Object.assign(new Order(), { orderRef });
}

@ObjectType({ description: "One line of a reservation. quantity = open + fulfilled + released." })
@Needs("orders:read", "reservations:write")
export class ReservationLine {
  @Field(() => InventoryItem, { description: "The item." }) item!: InventoryItem;
  @Field(() => String, { nullable: true, description: "The order system's own name of the line." }) lineRef?: string | null;
  @Field(() => Int, { description: "Units asked for." }) quantity!: number;
  @Field(() => Int, { description: "Units shipped." }) fulfilled!: number;
  @Field(() => Int, { description: "Units given back." }) released!: number;
  @Field(() => DateTime, { nullable: true, description: "When the customer was promised it." }) promisedAt?: Date | null;
}

@ObjectType("Cancellation", { description: "What was asked to be cancelled after confirmation, and what the warehouse could still stop." })
@Needs("orders:read", "reservations:write")
export class Cancellation {
  @Field(() => DateTime, { description: "When it was asked for." }) requestedAt!: Date;
  @Field(() => [ReservationLine], {
    description: "The lines that it concerns. quantity: units asked for; released: stopped; fulfilled: too late, they have left or will.",
  })
  lines!: ReservationLine[];
  @Field(() => CancellationOutcome, { description: "What became of it." }) outcome!: CancellationOutcome;
  @Field({ description: "Why, as the caller said." }) reason!: string;

  /** `lines` are its reservation's, in their order. */
  static of = (record: CancellationRecord, lines: ReservationLine[]): Cancellation =>
    Object.assign(new Cancellation(), {
      requestedAt: record.requested_at,
      outcome: record.outcome,
      reason: record.reason,
      lines: record.lines.map(({ line_no, quantity, stopped, too_late }) => ({
        ...lines[line_no],
        quantity,
        released: stopped,
        fulfilled: too_late,
      })),
    });
}

@ObjectType("Reservation", {
  description: "Units kept for one order in one channel: first held, then committed. A caller sees its own client's only.",
})
@Directive('@key(fields: "id")')
@Needs("orders:read", "reservations:write")
export class Reservation {
  @Field(() => ID, { description: "Opaque." })
  @Open()
  id!: string;

  @Field(() => Order, { description: "Its order." }) order!: Order;
  @Field(() => Channel, { description: "The channel that made it." }) channel!: Channel;
  @Field(() => String, { nullable: true, description: "The customer, as the order system names him." })
  @Needs("orders:personal")
  customerRef?: string | null;
  @Field(() => ReservationStatus, { description: "By the database's clock: a hold past its deadline is EXPIRED." })
  status!: ReservationStatus;
  @Field(() => [ReservationLine], { description: "As asked for: a SKU that repeats stays apart." }) lines!: ReservationLine[];
  @Field(() => DateTime, { description: "When the units were taken." }) createdAt!: Date;
  @Field(() => DateTime, { nullable: true, description: "The hold's deadline; null once confirmed or released." }) expiresAt?: Date | null;
  @Field(() => DateTime, { nullable: true, description: "When it was paid." }) confirmedAt?: Date | null;

  static of(record: ReservationRecord, now: Date): Reservation {
    return Object.assign(new Reservation(), {
      id: record.id,
      order: Order.of(record.order_ref),
      channel: Object.assign(new Channel(), { code: record.channel_code }),
      customerRef: record.customer_ref,
      status: statusAt(record, now),
      createdAt: record.created_at,
      expiresAt: record.expires_at,
      confirmedAt: record.confirmed_at,
      lines: shownLines(record.lines).map(({ sku, ...line }) => ({ ...line, item: InventoryItem.of(sku) })),
    });
  }
}

export const ReservationConnection = connectionOf(Reservation, "Reservation");

@ObjectType({ description: "How much of an item was asked for, and how much there is." })
@Open()
export class Shortage {
  @Field(() => InventoryItem, { description: "The item." }) item!: InventoryItem;
  @Field(() => Int, { description: "Units asked for, summed over the lines." }) requested!: number;
  @Field(() => Int, { description: "Units that could be had at that moment." }) available!: number;

  static of = ({ sku, requested, available }: ShortageRecord): Shortage => ({ item: InventoryItem.of(sku), requested, available });
}

@InputType({ description: "Units of one item." })
export class ReserveStockLineInput {
  @Field(() => ID, { description: "The item." }) sku!: string;
  @Field(() => Int, { description: "Base units, 1 to 2,000,000,000." }) quantity!: number;
  @Field(() => String, { nullable: true, description: "The order system's own name of the line; keeps equal SKUs apart." }) lineRef?:
    string | null;
}

@InputType({ description: "Stock to hold for an order." })
export class ReserveStockInput {
  @Field(() => ID, { description: "1 to 200 characters; the same key gives the same answer and takes stock once." })
  idempotencyKey!: string;
  @Field(() => ID, { description: "The order system's number; several reservations may serve one order." }) orderRef!: string;
  @Field(() => ID, { description: "The channel that sells." }) channel!: string;
  @Field(() => String, { nullable: true, description: "The customer, as the order system names him." }) customerRef?: string | null;
  @Field(() => [ReserveStockLineInput], {
    description: "1 to 1,000 lines; a SKU that repeats is summed for the check and kept apart in the record.",
  })
  lines!: ReserveStockLineInput[];
  @Field(() => Int, {
    nullable: true,
    description: "Seconds until the hold expires: 900 by default, at most the channel's maxHoldSeconds.",
  })
  holdSeconds?: number | null;
  @Field(() => Boolean, { nullable: true, defaultValue: false, description: "Hold what there is; shortages says what is missing." })
  allowPartial?: boolean | null;
}

@ObjectType({ description: "The reservation, or why not." })
@Open()
export class ReserveStockPayload {
  @Field(() => Reservation, { nullable: true, description: "Null when refused." }) reservation?: Reservation | null;
  @Field(() => [Shortage], { description: "Every item that is short: with INSUFFICIENT_STOCK, or where only a part was taken." })
  shortages!: Shortage[];
  @Field(() => [UserError], { description: "Empty when granted." }) userErrors!: UserError[];
}

@InputType({ description: "The order is paid." })
export class ConfirmReservationInput {
  @Field(() => ID, { description: "1 to 200 characters; the same key confirms once." }) idempotencyKey!: string;
  @Field(() => ID, { description: "The hold." }) reservationId!: string;
  @Field(() => AddressInput, { nullable: true, description: "Where to ship." }) shipTo?: AddressInput | null;
  @Field(() => ID, {
    nullable: true,
    description:
      "The warehouse where the buyer collects it: it is sourced from there alone, and waits for stock there. NOT_FOUND: no such warehouse; INVALID_INPUT: it does not feed the channel's pool.",
  })
  pickupAt?: string | null;
  @Field(() => DateTime, { nullable: true, description: "Its units are allocated now, and go to the warehouse floor from this moment on." })
  shipNotBefore?: Date | null;
  @Field(() => Int, { nullable: true, defaultValue: 0, description: "Higher is served first; within a million of 0." }) priority?:
    number | null;
  @Field(() => DateTime, { nullable: true, description: "When the customer was promised it." }) promisedAt?: Date | null;
  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: "Commit an expired hold beyond the stock; dispatch backorders.",
  })
  allowBackorder?: boolean | null;
  @Field(() => Boolean, { nullable: true, defaultValue: false, description: "Commit what is left of an expired hold, release the rest." })
  allowPartial?: boolean | null;
}

@InputType({ description: "A hold to keep longer." })
export class ExtendReservationInput {
  @Field(() => ID, { description: "1 to 200 characters; the same key extends once." }) idempotencyKey!: string;
  @Field(() => ID, { description: "The hold." }) reservationId!: string;
  @Field(() => Int, { description: "Seconds from now." }) holdSeconds!: number;
}

@InputType({ description: "A hold to give back, or a confirmed reservation to cancel." })
export class ReleaseReservationInput {
  @Field(() => ID, { description: "1 to 200 characters; the same key releases once." }) idempotencyKey!: string;
  @Field(() => ID, { description: "The reservation." }) reservationId!: string;
  @Field({ description: "Why, for people; at most 500 characters." }) reason!: string;
  @Field(() => [ReserveStockLineInput], {
    nullable: true,
    description:
      "Only these units, 1 to 1,000 lines; of one line where lineRef is given, else of any line of the item. More than is open is INVALID_INPUT. Without lines everything that is open.",
  })
  lines?: ReserveStockLineInput[] | null;
}

@ObjectType({ description: "The reservation as it is now, or why nothing was done." })
@Open()
export class ReservationPayload {
  @Field(() => Reservation, { nullable: true, description: "Null when refused." }) reservation?: Reservation | null;
  @Field(() => [UserError], { description: "Empty when done." }) userErrors!: UserError[];
}
