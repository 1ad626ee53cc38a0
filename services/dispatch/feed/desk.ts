import type { ShipmentShort } from "../../../shared/flow/messages";
import { tell, type NewEvent } from "../../../shared/flow/outbox";
import type { Tx } from "../../../shared/db/transaction";
import { AlertKind, AlertSeverity, newAlert, type AlertRow } from "../alert/alert";
import { databaseNow } from "./clock.sql";
import { endAlerts, raiseAlerts } from "../alert/alert.sql";
import type { Known } from "../known/known";
import { OrderEventKind, orderNotice, type Happening } from "../notice/notice";
import { writeNotices, type WrittenNotice } from "../notice/notice.sql";
import type { OrderFile } from "../order/fulfillment-order";
import { askRefill } from "../order/order.sql";
import type { Orders } from "../order/orders";
import type { Positions } from "../position/position";
import { tellKept } from "../position/safety";
import { Criteria } from "../source/criteria";
import { DailyLoads } from "../source/daily-load";
import { Returns } from "../return/returns";
import type { TransferFile } from "../transfer/transfer-order";
import { Transfers } from "../transfer/transfers";

/**
 * What one transaction works with once its locks are held: the verbs decide on it in memory, event by event, and `save`
 * writes everything at the end.
 */
export class Desk {
  private readonly events: NewEvent[] = [];
  private readonly alerts: AlertRow[] = [];
  private readonly ended: string[] = [];
  private readonly freedItems: { pool_code: string; sku: string }[] = [];
  /** Orders whose units came back, to be sourced anew once everybody's have. */
  readonly anew = new Set<OrderFile>();
  private readonly notices: WrittenNotice[] = [];

  /** What the rules go by besides stock. */
  criteria = Criteria.NONE;
  /** Days of warehouses whose rule has a capacity. */
  loads = new DailyLoads();

  /** Locks are held: reads the clock, and what the rules go by besides stock. */
  static async open(tx: Tx, known: Known, orders: Orders, positions: Positions, returns?: Returns, transfers?: Transfers): Promise<Desk> {
    const criteria = await Criteria.read(tx, known, positions.keys());
    const loads = await DailyLoads.lock(
      tx,
      known,
      positions.keys().map(({ place }) => place),
    );
    return Object.assign(new Desk(tx, await databaseNow(tx), known, orders, positions, returns, transfers), { criteria, loads });
  }

  constructor(
    readonly tx: Tx,
    /** The database's clock, read after the last lock. */
    readonly at: Date,
    readonly known: Known,
    readonly orders: Orders,
    readonly positions: Positions,
    readonly returns: Returns = Returns.none(tx),
    readonly transfers: Transfers = Transfers.none(tx),
  ) {}

  tell(event: NewEvent): void {
    this.events.push(event);
  }

  /** What an order system is told of its confirmed order. BACKORDERED says itself: `save` sees which units began to wait. */
  happened(order: OrderFile, happening: Happening): void {
    this.notices.push(orderNotice(order, happening, this.orders.raise(order), this.at));
  }

  unsourceable(order: OrderFile): void {
    const message = `Order ${order.order_ref} cannot be sourced, although there is stock: ${order.unsourced_because}`;
    this.alerts.push(newAlert(AlertKind.UNSOURCEABLE, AlertSeverity.WARNING, order.id, message, this.at));
  }

  shortPick({ order_ref }: OrderFile, { shipmentId, warehouse, lines }: ShipmentShort): void {
    const message = `${warehouse} did not find ${lines.map(({ sku, quantity }) => `${quantity} of ${sku}`).join(", ")} for order ${order_ref}`;
    this.alerts.push(newAlert(AlertKind.SHORT_PICK, AlertSeverity.WARNING, shipmentId, message, this.at));
  }

  changeRefused({ order_ref }: OrderFile, shipmentId: string, because: string): void {
    const message = `A change of order ${order_ref} came too late: ${because}`;
    this.alerts.push(newAlert(AlertKind.EVENT_FAILED, AlertSeverity.WARNING, shipmentId, message, this.at));
  }

  transferLost({ id, from_warehouse, to_warehouse }: TransferFile, lost: string): void {
    const message = `Transfer ${id} from ${from_warehouse} arrived in ${to_warehouse} without ${lost}`;
    this.alerts.push(newAlert(AlertKind.TRANSFER_LOSS, AlertSeverity.WARNING, id, message, this.at));
  }

  sourceable(order: OrderFile): void {
    this.ended.push(order.id);
  }

  sourceAnew(order: OrderFile): void {
    this.anew.add(order);
  }

  /** Units of a pool's item may be free again: who waits for them is looked at. */
  freed(pool: string, sku: string): void {
    this.freedItems.push({ pool_code: pool, sku });
  }

  async save(): Promise<void> {
    for (const { order, lines } of this.orders.newlyBackordered()) this.happened(order, { kind: OrderEventKind.BACKORDERED, lines });
    await this.orders.save();
    await this.returns.save();
    await this.transfers.save();
    await this.loads.save(this.tx);
    const kept = this.positions.keptAnew();
    await this.positions.save();
    await askRefill(this.tx, this.freedItems);
    await endAlerts(this.tx, AlertKind.UNSOURCEABLE, this.ended, this.at);
    await raiseAlerts(this.tx, this.alerts);
    await writeNotices(this.tx, this.notices);
    await tell(this.tx, this.events);
    await tellKept(this.tx, this.positions, kept);
  }
}
