import { moveStock, sendBack, type Occasion } from "./after";
import { Refused, backoffMs, callOrThrow, errorsOf, inParallel, wait, type Callers } from "./call";
import { CallFailed, type Trail } from "./client";
import { shipIt, type Line, type Shipment } from "./floor";
import type { Mishaps } from "./mishaps";
import * as operations from "./operations";
import { Restocker } from "./restock";
import { unitsOf, type OrderLine, type Shop, type ShopOrder } from "./shop";

export interface Replay {
  shop: Shop;
  /** Makes this run's order numbers and keys its own; the same run again finds what it did before. */
  run: string;
  concurrency: number;
  callers: Callers;
  /** What does not go as planned. */
  mishaps: Mishaps;
  ended: (outcome: Outcome) => void;
  /** Asked before each order: true starts no more of them. */
  stopped?: () => boolean;
}

export interface Outcome {
  orderRef: string;
  /** REFUSED: said so, nothing held. BACKORDERED, ON_HOLD: still waits, says why. LOST: no explanation. */
  end: "DELIVERED" | "REFUSED" | "BACKORDERED" | "ON_HOLD" | "LOST";
  held: boolean;
  shortAtFirst: boolean;
  waitedForStock: boolean;
  shippedUnits: number;
  shipments: number;
  shortPicks: number;
  /** Units that came back. */
  returned: number;
  /** A transfer that followed it. PROMISED: its units were promised to buyers, so it was given up. LOST: one unit did not arrive. */
  transfer: "NONE" | "PROMISED" | "MOVED" | "LOST";
  /** The code and text of a refusal or fault. */
  because?: string;
}

export interface Purchases {
  receipts: number;
  units: number;
}

/** Plays all orders of the shop, several at a time, each from its reservation to its delivery. */
export async function playOrders(replay: Replay): Promise<Purchases> {
  const { shop, callers, run } = replay;
  const restockers = new Map<string, Restocker>();
  for (const { code, pool } of shop.channels) {
    if (restockers.has(pool)) continue;
    const restocker = new Restocker(shop, pool, callers.buyer, run);
    restockers.set(pool, restocker);
    await restocker.begin(code);
  }
  const poolOf = new Map(shop.channels.map((channel) => [channel.code, channel.pool]));
  await inParallel(shop.orders, replay.concurrency, async (order) => {
    if (replay.stopped?.()) return;
    replay.ended(await new OrderStory(order, replay, restockers.get(poolOf.get(order.channel)!)!).play());
  });
  const all = [...restockers.values()];
  await Promise.all(all.map((restocker) => restocker.end()));
  return { receipts: all.reduce((sum, { receipts }) => sum + receipts, 0), units: all.reduce((sum, { units }) => sum + units, 0) };
}

const PATIENCE_MS = 60_000;

class OrderStory {
  private readonly orderRef: string;
  private readonly outcome: Outcome;
  private readonly trail: Trail = {};
  private readonly callers: Callers;
  private readonly mishaps: Mishaps;

  constructor(
    private readonly order: ShopOrder,
    { callers, run, mishaps }: Replay,
    private readonly restocker: Restocker,
  ) {
    this.callers = callers;
    this.mishaps = mishaps;
    this.orderRef = `${order.orderRef}-${run}`;
    this.outcome = {
      orderRef: this.orderRef,
      end: "LOST",
      held: false,
      shortAtFirst: false,
      waitedForStock: false,
      shippedUnits: 0,
      shipments: 0,
      shortPicks: 0,
      returned: 0,
      transfer: "NONE",
    };
  }

  async play(): Promise<Outcome> {
    try {
      const reservationId = await this.reserve();
      this.outcome.held = true;
      this.restocker.sold(this.order.lines);
      const { shipTo } = this.order;
      await callOrThrow(
        this.callers.orders,
        operations.confirmReservation,
        { input: { idempotencyKey: this.key("confirm"), reservationId, shipTo } },
        this.trail,
      );
      await this.shipAll();
      if (this.outcome.end === "DELIVERED") await this.goOn();
    } catch (error) {
      if (!(error instanceof Refused || error instanceof CallFailed)) throw error;
      // Once stock is held, a refusal is no answer any more: the order would be stuck.
      this.outcome.end = error instanceof Refused && !this.outcome.held ? "REFUSED" : "LOST";
      this.outcome.because = error instanceof Refused ? `${error.operation} ${error.code}` : error.code;
    }
    return this.outcome;
  }

  private key(step: string): string {
    return `demo:${this.orderRef}:${step}`;
  }

  /** Holds the order's stock; buys what is short and asks again. A refusal leaves the key free, so it stays the same. */
  private async reserve(): Promise<string> {
    const { channel, customerRef, lines } = this.order;
    const input = { idempotencyKey: this.key("reserve"), orderRef: this.orderRef, channel, customerRef, lines };
    const giveUpAt = Date.now() + PATIENCE_MS;
    for (let attempt = 0; ; attempt++) {
      const { reserveStock } = await this.callers.orders.call(operations.reserveStock, { input }, this.trail);
      const [error] = errorsOf({ reserveStock });
      if (!error) return reserveStock.reservation.id;
      if (error.code !== "INSUFFICIENT_STOCK" || Date.now() > giveUpAt) throw new Refused("reserveStock", error.code, error.message);
      this.outcome.shortAtFirst = true;
      // Once; afterwards the purchase is on its way through the layers. Again after a while, should others have taken it all.
      if (attempt % 10 === 0) await this.restocker.need(reserveStock.shortages.map(shortageLine));
      await wait(backoffMs(attempt % 10));
    }
  }

  /** Lets the floor ship whatever dispatch hands it, until the whole order is on its way. */
  private async shipAll(): Promise<void> {
    const wanted = unitsOf(this.order.lines);
    const done = new Set<string>();
    const giveUpAt = Date.now() + PATIENCE_MS;
    for (let attempt = 0; ; attempt++) {
      const state = await this.look();
      for (const shipment of state.shipments.filter(({ id, status }) => status !== "CANCELLED" && !done.has(id))) {
        const short = this.mishaps.happens("SHORT_PICK", `${this.orderRef} ${done.size}`) ? 1 : 0;
        const units = await shipIt(shipment, { caller: this.callers.floor, trail: this.trail, short });
        done.add(shipment.id);
        this.outcome.shortPicks += short;
        this.outcome.shipments += units > 0 ? 1 : 0;
        this.outcome.shippedUnits += units;
      }
      if (this.outcome.shippedUnits >= wanted) {
        this.outcome.end = this.outcome.shippedUnits === wanted ? "DELIVERED" : "LOST";
        if (this.outcome.end === "LOST") this.outcome.because = "more shipped than ordered";
        return;
      }
      if (Date.now() > giveUpAt) return this.explain(state);
      if (attempt % 10 === 9) await this.buyBackorders(state);
      await wait(backoffMs(attempt));
    }
  }

  /** What may come after the delivery. */
  private async goOn(): Promise<void> {
    const { callers, mishaps, trail, orderRef } = this;
    const occasion: Occasion = { key: this.key("after"), orderRef, sku: this.order.lines[0]!.sku, callers, mishaps, trail };
    if (mishaps.happens("RETURN", orderRef)) {
      await sendBack(occasion);
      this.outcome.returned++;
    }
    if (mishaps.happens("TRANSFER", orderRef)) this.outcome.transfer = await moveStock(occasion);
  }

  private async look(): Promise<OrderState> {
    const { order } = await this.callers.floor.call(operations.orderState, { orderRef: this.orderRef }, this.trail);
    return { fulfillments: order?.fulfillments ?? [], shipments: order?.shipments ?? [] };
  }

  private async buyBackorders({ fulfillments }: OrderState): Promise<void> {
    const waiting = fulfillments.flatMap(({ lines }) => lines).filter(({ backordered }) => backordered > 0);
    if (waiting.length === 0) return;
    this.outcome.waitedForStock = true;
    await this.restocker.need(waiting.map(({ item, backordered }) => ({ sku: item.sku, quantity: backordered })));
  }

  private explain({ fulfillments }: OrderState): void {
    const held = fulfillments.find(({ status }) => status === "ON_HOLD");
    const backordered = fulfillments.some(({ lines }) => lines.some((line) => line.backordered > 0));
    if (held) this.outcome.end = "ON_HOLD";
    else if (backordered) this.outcome.end = "BACKORDERED";
    this.outcome.because = held?.unsourcedBecause ?? `no shipment within ${PATIENCE_MS / 1000} s`;
  }
}

interface OrderState {
  fulfillments: { status: string; unsourcedBecause: string | null; lines: (Line & { backordered: number })[] }[];
  shipments: Shipment[];
}

const shortageLine = (shortage: { item: { sku: string }; requested: number; available: number }): OrderLine => ({
  sku: shortage.item.sku,
  quantity: shortage.requested - shortage.available,
});
