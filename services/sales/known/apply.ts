import type { Tx } from "../../../shared/db/transaction";
import type { FeedEvent } from "../../../shared/flow/messages";
import type { Compared } from "../../../shared/reconcile";
import { noteChanges, noteItems } from "../availability/note-changes";
import { DecidedMoves, type Decided } from "../channel/decide-move";
import { takeReplacements } from "../replace/take-replacements";
import { decideCancel, openCancel, settle } from "../reserve/cancel";
import { shippedByLine } from "../reserve/reservation";
import { Batch } from "../stock/batch";
import { makeHeaders } from "../stock/stock.sql";
import { Cause, type StockKey } from "../stock/virtual-stock";
import { compareDemand, comparePosition, tellCompared } from "./compare";
import { shrinkFences, tellOversold } from "./losses";
import { isApplied, isStockEvent, type Applied, type CancelDecision, type Demand, type Of, type StockEvent } from "./stock-events";
import { TransferStock } from "./transfer-stock";
import {
  addWarehouses,
  lockWarehouseStock,
  readIncoming,
  saveIncoming,
  saveItems,
  saveWarehouseStock,
  type IncomingRow,
  type WarehouseStockRow,
} from "./known.sql";

/** Applies what dispatch has told: items, warehouses, supply, shipped orders, what was cancelled or is to be replaced. All in the consumer's transaction. */
export async function applyDispatch(tx: Tx, events: FeedEvent[]): Promise<void> {
  const items = new Map<string, Of<"ItemSaved">>();
  for (const event of events) if (event.type === "ItemSaved") items.set(event.sku, event);
  const rows = [...items.values()].map(({ sku, kind, itemMerchant, components }) => ({
    sku,
    kind,
    merchant: itemMerchant,
    components: kind === "KIT" ? components : null,
  }));
  await saveItems(tx, rows);
  await noteItems(tx, rows);
  await addWarehouses(tx, [...new Set(events.flatMap((event) => (event.type === "WarehouseSaved" ? [event.code] : [])))]);
  const stock = events.filter(isApplied);
  if (stock.length > 0) await new StockEvents(tx).apply(stock);
  await takeReplacements(tx, events);
}

/** Gives back what was set aside for a move that ends without dispatch's decision. */
export const giveBackMove = (tx: Tx, move: Omit<Decided, "accepted">): Promise<void> =>
  new StockEvents(tx).endMove({ ...move, accepted: false });

/** Events on stock: warehouse rows are locked first, then the headers of their pools through the one door. */
class StockEvents {
  private readonly rows = new Map<string, WarehouseStockRow>();
  private readonly changed = new Set<WarehouseStockRow>();
  private readonly checkpoints: Compared[] = [];
  private readonly incomingRows = new Map<string, IncomingRow>();
  private readonly changedIncoming = new Set<IncomingRow>();
  /** Of these, those that a pool counts: another date changes no figure, and yet what is shown. */
  private readonly rescheduled: IncomingRow[] = [];
  /** Units that a fact other than a shipped order took, by header. */
  private readonly losses = new Map<string, [StockKey, number]>();
  private batch!: Batch;
  private moves!: DecidedMoves;
  private transfers!: TransferStock;

  constructor(private readonly tx: Tx) {}

  async apply(events: Applied[]): Promise<void> {
    await this.lock(
      events.filter(isStockEvent),
      events.filter((event) => event.type === "DemandCheckpoint"),
      events.filter((event) => event.type === "CancelDecided" || event.type === "CancelOpened"),
      events.filter((event) => event.type === "WarehouseMoveDecided"),
    );
    for (const event of events) {
      if (event.type === "OrderShipped") this.shipped(event);
      else if (event.type === "SupplyChanged") this.supply(event);
      else if (event.type === "SafetyChanged") this.safety(event);
      else if (event.type === "IncomingChanged") this.incoming(event);
      else if (event.type === "PositionCheckpoint") this.compare(event);
      else if (event.type === "SetAsideWanted") this.setAsideFor(event);
      else if (event.type === "CancelOpened") openCancel(this.batch, event);
      else if (event.type === "CancelDecided") decideCancel(this.batch, event);
      else if (event.type === "WarehouseMoveDecided") this.moved(event);
      else this.checkpoints.push(...(await compareDemand(this.tx, this.batch, event)));
    }
    shrinkFences(this.batch, this.losses.values());
    await this.save();
  }

  async endMove(move: Decided): Promise<void> {
    await this.lock([], [], [], [move]);
    this.moved(move);
    await this.save();
  }

  private async save(): Promise<void> {
    await this.batch.write();
    await tellOversold(this.tx, this.batch, this.losses.values());
    await saveWarehouseStock(this.tx, [...this.changed]);
    await saveIncoming(this.tx, [...this.changedIncoming]);
    await this.moves.save();
    await this.transfers.save();
    await noteChanges(this.tx, this.rescheduled);
    await tellCompared(this.tx, this.checkpoints);
  }

  private async lock(events: StockEvent[], demand: Demand[], cancelled: CancelDecision[], decided: Decided[]): Promise<void> {
    const keys = new Map<string, Set<string>>();
    for (const { warehouse, lines } of events) {
      const skus = keys.get(warehouse) ?? new Set();
      for (const { sku } of lines) skus.add(sku);
      keys.set(warehouse, skus);
    }
    this.moves = await DecidedMoves.lock(this.tx, [...keys.keys()], decided);
    for (const [warehouse, skus] of await this.moves.skus()) keys.set(warehouse, new Set([...(keys.get(warehouse) ?? []), ...skus]));
    for (const row of await lockWarehouseStock(this.tx, keys)) this.rows.set(rowText(row.warehouse_code, row.sku), row);
    await this.readIncoming(events);
    const headers: StockKey[] = demand.flatMap(({ pool, lines }) => lines.map(({ sku }) => ({ pool, sku })));
    for (const [warehouse, skus] of keys) {
      for (const sku of skus) {
        const row = this.rows.get(rowText(warehouse, sku)) ?? {
          warehouse_code: warehouse,
          sku,
          on_hand: 0,
          pool_code: this.moves.warehouses.get(warehouse)?.pool_code ?? "",
          set_aside: 0,
          safety: 0,
        };
        this.rows.set(rowText(warehouse, sku), row);
        headers.push(...this.headersOf(row));
      }
    }
    for (const row of this.incomingRows.values()) headers.push(...this.headersOf(row));
    this.transfers = await TransferStock.read(this.tx, events);
    headers.push(...this.transfers.headers);
    const reservationIds = [...events.filter((event) => event.type === "OrderShipped"), ...cancelled].map((event) => event.reservationId);
    const cancellationIds = cancelled.map((event) => event.cancellationId);
    await makeHeaders(this.tx.db, headers);
    this.batch = await Batch.open(this.tx, [{ headers, reservationIds, cancellationIds }]);
  }

  private headersOf({ warehouse_code, sku, pool_code }: WarehouseStockRow | IncomingRow): StockKey[] {
    return [...(pool_code ? [{ pool: pool_code, sku }] : []), ...this.moves.poolsOf(warehouse_code, sku)];
  }

  private async readIncoming(events: StockEvent[]): Promise<void> {
    for (const row of await this.moves.incoming()) this.incomingRows.set(incomingText(row.warehouse_code, row.sku, row.document), row);
    for (const event of events) {
      if (event.type !== "IncomingChanged" && event.type !== "PositionCheckpoint") continue;
      const skus = event.lines.map(({ sku }) => sku);
      for (const row of await readIncoming(this.tx, event.warehouse, skus)) {
        const text = incomingText(row.warehouse_code, row.sku, row.document);
        if (!this.incomingRows.has(text)) this.incomingRows.set(text, row);
      }
      if (event.type !== "IncomingChanged") continue;
      for (const sku of skus) {
        const text = incomingText(event.warehouse, sku, event.document);
        if (this.incomingRows.has(text)) continue;
        // While a warehouse is moved, what is on its way to it counts in no pool.
        const { pool_code, move_id } = this.moves.warehouses.get(event.warehouse) ?? { pool_code: null, move_id: null };
        const pool = move_id ? "" : (pool_code ?? "");
        const none = { warehouse_code: event.warehouse, sku, document: event.document, units: 0, expected_at: null, pool_code: pool };
        this.incomingRows.set(text, none);
      }
    }
  }

  private incoming({ warehouse, document, lines }: Of<"IncomingChanged">): void {
    for (const { sku, quantity, expectedAt } of lines) {
      const row = this.incomingRows.get(incomingText(warehouse, sku, document))!;
      const delta = quantity - row.units;
      row.units = quantity;
      row.expected_at = expectedAt === null ? null : new Date(expectedAt);
      if (row.pool_code) this.rescheduled.push(row);
      this.changedIncoming.add(row);
      if (delta !== 0 && row.pool_code) this.batch.post({ pool: row.pool_code, sku }, Cause.INCOMING, document, { incoming: delta });
    }
  }

  /** What the sourcing rules keep back is not sold. While a warehouse is moved its pool sells nothing of it anyway. */
  private safety({ warehouse, lines }: Pick<Of<"SafetyChanged">, "warehouse" | "lines">): void {
    for (const { sku, units } of lines) {
      const row = this.rows.get(rowText(warehouse, sku))!;
      if (units === row.safety) continue;
      const isCounted = row.pool_code !== "" && !this.moves.warehouses.get(warehouse)?.move_id;
      if (isCounted) this.batch.post({ pool: row.pool_code, sku }, Cause.SAFETY, warehouse, { safety: units - row.safety });
      row.safety = units;
      this.changed.add(row);
    }
  }

  /** With the units that go, what the rules keep back of the rest is known at once: nobody buys what they kept. */
  private setAsideFor(event: Of<"SetAsideWanted">): void {
    const { warehouse, lines } = event;
    const keptNow = (sku: string): number => this.rows.get(rowText(warehouse, sku))!.safety;
    const done = this.transfers.want(this.batch, event, this.moves.warehouses.get(warehouse), keptNow);
    if (done) this.safety({ warehouse, lines: lines.map(({ sku, kept }) => ({ sku, units: kept })) });
  }

  private supply({ warehouse, movementId, transferId, lines }: Of<"SupplyChanged">): void {
    for (const { sku, delta } of lines) {
      if (transferId) {
        const pool = this.rows.get(rowText(warehouse, sku))!.pool_code;
        const frozen = -this.transfers.leave(transferId, pool, sku, -delta);
        this.change(warehouse, sku, delta, Cause.OUTBOUND, transferId, { frozen });
      } else this.outside(warehouse, sku, delta, Cause.SUPPLY, movementId);
    }
  }

  /** Units came or went otherwise than by an order. */
  private outside(warehouse: string, sku: string, delta: number, cause: Cause, reference: string): void {
    this.change(warehouse, sku, delta, cause, reference);
    const pool = this.rows.get(rowText(warehouse, sku))!.pool_code;
    if (delta >= 0 || !pool) return;
    const [, before] = this.losses.get(rowText(pool, sku)) ?? [undefined, 0];
    this.losses.set(rowText(pool, sku), [{ pool, sku }, before - delta]);
  }

  /** onHand and committed fall together; units that no reservation line accounts for are a plain outflow. */
  private shipped(event: Of<"OrderShipped">): void {
    const reservation = this.batch.reservation(event.reservationId);
    for (const { sku, quantity } of event.lines) {
      let rest = quantity;
      for (const [line, units] of reservation ? shippedByLine(reservation, sku, quantity) : []) {
        line.committed -= units;
        line.fulfilled += units;
        rest -= units;
        this.batch.changeLine(line);
        this.change(event.warehouse, sku, -units, Cause.FULFILL, event.reservationId, { promisedIn: line.pool_code });
      }
      if (rest > 0) this.change(event.warehouse, sku, -rest, Cause.OUTBOUND, event.shipmentId);
    }
    if (reservation) settle(this.batch, reservation);
  }

  /**
   * `promisedIn`: the pool whose commitment these units fulfil, one ledger line with onHand where it is the warehouse's own;
   * `frozen`: what falls of it with them.
   */
  private change(
    warehouse: string,
    sku: string,
    delta: number,
    cause: Cause,
    reference: string,
    { promisedIn, frozen: falling = 0 }: { promisedIn?: string; frozen?: number } = {},
  ): void {
    const row = this.rows.get(rowText(warehouse, sku))!;
    row.on_hand += delta;
    this.changed.add(row);
    const committed = promisedIn === undefined ? 0 : delta;
    const frozen = this.setAside(row) + falling;
    if (row.pool_code === promisedIn)
      return this.batch.post({ pool: row.pool_code, sku }, cause, reference, { on_hand: delta, committed, frozen });
    if (row.pool_code) this.batch.post({ pool: row.pool_code, sku }, cause, reference, { on_hand: delta, frozen });
    if (promisedIn !== undefined) this.batch.post({ pool: promisedIn, sku }, cause, reference, { committed });
  }

  /** While a warehouse is moved its pool sells nothing of it: what arrives is set aside at once, what leaves is so no more. */
  private setAside(row: WarehouseStockRow): number {
    if (!this.moves.warehouses.get(row.warehouse_code)?.move_id) return 0;
    const change = Math.max(0, row.on_hand) - row.set_aside;
    row.set_aside += change;
    return change;
  }

  private moved(event: Decided): void {
    const of = <Row extends { warehouse_code: string }>(rows: Map<string, Row>) =>
      [...rows.values()].filter((row) => row.warehouse_code === event.warehouse);
    const [stock, incoming] = [of(this.rows), of(this.incomingRows)];
    if (!this.moves.decide(this.batch, event, stock, incoming)) return;
    for (const row of stock) this.changed.add(row);
    for (const row of incoming) this.changedIncoming.add(row);
  }

  private compare(event: Of<"PositionCheckpoint">): void {
    const { warehouse, lines, repair, checkId } = event;
    for (const { sku, onHand } of repair ? lines : []) this.correct(warehouse, sku, onHand, checkId);
    const onHand = (sku: string) => this.rows.get(rowText(warehouse, sku))!.on_hand;
    this.checkpoints.push(...comparePosition(event, onHand, [...this.incomingRows.values()], this.batch.now));
  }

  /** What dispatch has is the truth of what lies in a warehouse: the difference is booked, and a smaller figure is a loss. */
  private correct(warehouse: string, sku: string, onHand: number, checkId: string): void {
    const delta = onHand - this.rows.get(rowText(warehouse, sku))!.on_hand;
    if (delta !== 0) this.outside(warehouse, sku, delta, Cause.RECONCILE, checkId);
  }
}

const incomingText = (warehouse: string, sku: string, document: string): string => `${warehouse}\u0001${sku}\u0001${document}`;
const rowText = (warehouse: string, sku: string): string => `${warehouse}\u0001${sku}`;
