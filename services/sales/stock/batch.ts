import { keyReused, type KeyedCall } from "../../../shared/db/idempotency";
import { inLockOrder } from "../../../shared/db/lock-order";
import { insertKeys } from "../../../shared/db/idempotency.sql";
import { LostRace } from "../../../shared/db/retry";
import { isDuplicateIn } from "../../../shared/db/rows.sql";
import type { Tx } from "../../../shared/db/transaction";
import { tell, type NewEvent } from "../../../shared/flow/outbox";
import { noteChanges } from "../availability/note-changes";
import { readSetAside } from "../channel/move.sql";
import type { ListingRow } from "../listing/listing";
import { saveListingRows } from "../listing/listing.sql";
import { CustomerUnits } from "../listing/customers";
import type { PoolFigures } from "../listing/offer";
import { Shares } from "../listing/shares";
import type { Cancellation } from "../reserve/cancellation";
import { readCancellations, saveCancellations } from "../reserve/cancellation.sql";
import type { Reservation, ReservationLineRow } from "../reserve/reservation";
import { insertAdjustments, type AdjustmentRow } from "./adjust.sql";
import {
  deadLines,
  insertEntries,
  insertLines,
  insertOrderNumbers,
  insertReservations,
  lockHeaders,
  readHeaderKeys,
  readKeys,
  readLines,
  readOrderNumbers,
  readReservations,
  readSale,
  saveHeaders,
  saveLines,
  saveReservations,
  type ItemRow,
  type OrderNumberRow,
} from "./stock.sql";
import { headersOf, orNone, unique, type BatchNeeds } from "./needs";
import { bookWhatTimeEnded } from "./time";
import {
  availableOf,
  Cause,
  emptyHeader,
  keyText,
  type Figure,
  type Figures,
  type StockEntry,
  type StockHeader,
  type StockKey,
} from "./virtual-stock";

/**
 * The one door of the virtual ledger. A batch locks the headers it touches once, in ascending key order; reads whatever
 * else may change under its decisions after those locks and in the same transaction; lets decisions be made in memory; and writes
 * ledger lines, headers, reservations, keys and events as multi-row statements.
 */
export class Batch {
  now!: Date;
  private readonly headers = new Map<string, StockHeader>();
  private readonly reservations = new Map<string, Reservation>();
  readonly shares = new Shares();
  readonly customers = new CustomerUnits();
  private readonly cancellations = new Map<string, Cancellation>();
  private readonly items = new Map<string, ItemRow>();
  private readonly orderNumbers = new Map<string, OrderNumberRow>();
  private readonly aside = new Map<string, number>();
  private readonly keys = new Map<string, { inputHash: Buffer; entityId: string }>();

  private readonly changedHeaders = new Set<StockHeader>();
  private readonly entries: StockEntry[] = [];
  private readonly newReservations = new Set<Reservation>();
  private readonly changedReservations = new Set<Reservation>();
  private readonly changedCancellations = new Set<Cancellation>();
  private readonly newLines = new Set<ReservationLineRow>();
  private readonly changedLines = new Set<ReservationLineRow>();
  private readonly newOrderNumbers: OrderNumberRow[] = [];
  private readonly newKeys: (KeyedCall & { entityId: string })[] = [];
  private readonly events: NewEvent[] = [];
  private readonly adjustments: AdjustmentRow[] = [];

  /** Needs with a header that another transaction holds: nothing was read for them, and nothing may be decided. */
  readonly skipped = new Set<BatchNeeds>();

  private constructor(private readonly tx: Tx) {}

  static async open(tx: Tx, needs: BatchNeeds[], { skipLocked = false } = {}): Promise<Batch> {
    const batch = new Batch(tx);
    // One question, as far as nothing has to be known to ask it.
    const [, dead] = await Promise.all([batch.readGuarded(needs), batch.lock(needs, skipLocked)]);
    const present = needs.filter((need) => !batch.skipped.has(need));
    await batch.read(present);
    await bookWhatTimeEnded(tx, batch, [...batch.headers.values()], dead, [...batch.reservations.values()]);
    await batch.customers.read(tx, present, batch.shares);
    return batch;
  }

  header = (key: StockKey): StockHeader => this.headers.get(keyText(key)) ?? emptyHeader(key);
  isLocked = (key: StockKey): boolean => this.headers.has(keyText(key));
  available = (key: StockKey): number => availableOf(this.header(key));
  reservation = (id: string): Reservation | undefined => this.reservations.get(id);
  cancellation = (id: string): Cancellation | undefined => this.cancellations.get(id);
  setAside = (key: StockKey): number => this.aside.get(keyText(key)) ?? 0;
  pool = (key: StockKey): PoolFigures => ({ available: this.available(key), incoming: this.header(key).incoming });
  listing = (channel: string, sku: string): ListingRow | undefined => this.shares.get(channel, sku);
  item = (sku: string): ItemRow | undefined => this.items.get(sku);
  orderNumber = (ref: string): OrderNumberRow | undefined => this.orderNumbers.get(ref);

  /** The entity of an earlier call with this key, this batch's own included. */
  earlier(call: KeyedCall): string | undefined {
    const found = this.keys.get(callText(call));
    if (found && !found.inputHash.equals(call.inputHash)) throw keyReused();
    return found?.entityId;
  }

  remember(call: KeyedCall, entityId: string): void {
    this.keys.set(callText(call), { inputHash: call.inputHash, entityId });
    this.newKeys.push({ ...call, entityId });
  }

  /**
   * One ledger line and its header, together; the only place where a figure changes. `permitted`: how far below zero a
   * promise may take what is available; reconciliation holds the line against it.
   */
  post(key: StockKey, cause: Cause, reference: string, deltas: Partial<Figures>, permitted = 0): void {
    const header = this.headers.get(keyText(key));
    if (!header) throw new Error(`virtual stock ${key.pool} ${key.sku} was not locked`);
    for (const figure of Object.keys(deltas) as Figure[]) header[figure] += deltas[figure] ?? 0;
    header.version += 1;
    this.changedHeaders.add(header);
    this.entries.push({
      pool_code: header.pool_code,
      sku: header.sku,
      seq: header.version,
      at: this.now,
      cause,
      reference,
      on_hand_delta: deltas.on_hand ?? 0,
      held_delta: deltas.held ?? 0,
      committed_delta: deltas.committed ?? 0,
      frozen_delta: deltas.frozen ?? 0,
      safety_delta: deltas.safety ?? 0,
      fenced_delta: deltas.fenced ?? 0,
      incoming_delta: deltas.incoming ?? 0,
      available_after: availableOf(header),
      permitted,
    });
  }

  /** Held or committed units go back to where they were taken from: the fence that sold them, or the pool. */
  giveBack(line: ReservationLineRow, figure: "held" | "committed", units: number, cause: Cause): void {
    const shares = this.shares.giveBack(line, units);
    this.post({ pool: line.pool_code, sku: line.sku }, cause, line.reservation_id, { [figure]: -units, ...shares });
    line[figure] -= units;
    if (line.held === 0) line.held_until = null;
    this.customers.count(line, -units);
    this.changeLine(line);
  }

  addReservation(reservation: Reservation): void {
    this.reservations.set(reservation.id, reservation);
    this.newReservations.add(reservation);
    for (const line of reservation.lines) {
      this.newLines.add(line);
      this.customers.count(line, line.quantity);
    }
  }

  /** Call after changing a reservation's status or deadline; all its headers are locked. Raises its version. */
  changeReservation(reservation: Reservation): void {
    reservation.version += 1;
    if (!this.newReservations.has(reservation)) this.changedReservations.add(reservation);
  }

  changeLine(line: ReservationLineRow): void {
    if (!this.newLines.has(line)) this.changedLines.add(line);
  }

  /** A new one or a changed one; its reservation's headers are locked. */
  changeCancellation(cancellation: Cancellation): void {
    this.cancellations.set(cancellation.id, cancellation);
    this.changedCancellations.add(cancellation);
  }

  addOrderNumber(row: OrderNumberRow): void {
    this.orderNumbers.set(row.order_ref, row);
    this.newOrderNumbers.push(row);
  }

  tell = (event: NewEvent): void => void this.events.push(event);

  write(): Promise<void> {
    return this.tx
      .ahead(() => this.store())
      .catch((error: unknown) => {
        // Another process has used the key or the order number since it was read: run again and find it.
        throw isDuplicateIn(error, ["idempotency", "order_number"]) ? new LostRace("key or order number") : error;
      });
  }

  private async store(): Promise<void> {
    const { tx } = this;
    await insertKeys(tx, this.newKeys, this.now);
    await insertOrderNumbers(tx, this.newOrderNumbers);
    await tx.flush();
    await insertReservations(tx, [...this.newReservations]);
    await saveReservations(tx, [...this.changedReservations]);
    await insertLines(tx, [...this.newLines]);
    await saveLines(tx, [...this.changedLines]);
    await saveCancellations(tx, [...this.changedCancellations]);
    await insertEntries(tx, this.entries);
    await saveHeaders(tx, [...this.changedHeaders]);
    await saveListingRows(tx, this.shares.changed());
    await insertAdjustments(tx, this.adjustments);
    await tell(tx, this.events);
    await noteChanges(tx, [...this.changedHeaders, ...this.shares.changed()]);
  }

  /**
   * Keys and order numbers, before the locks, so that those are held for a shorter time: they are never changed, and who adds
   * the same meanwhile makes this batch's own insert fail, after which the work runs again and finds it.
   */
  private async readGuarded(needs: BatchNeeds[]): Promise<void> {
    const calls = needs.flatMap((need) => need.call ?? []);
    const refs = unique(needs.flatMap((need) => need.orderRef ?? []));
    const [keys, orderNumbers] = await Promise.all([
      orNone(calls, (some) => readKeys(this.tx, some)),
      orNone(refs, (some) => readOrderNumbers(this.tx, some)),
    ]);
    for (const row of keys) {
      const call = { client: row.client, mutation: row.mutation, key: row.idempotency_key, inputHash: row.input_hash };
      this.keys.set(callText(call), { inputHash: row.input_hash, entityId: row.entity_id });
    }
    for (const row of orderNumbers) this.orderNumbers.set(row.order_ref, row);
  }

  /** Reads with the locks, after the last of them, the clock, what is on sale, and which holds on them are dead by then. */
  private async lock(needs: BatchNeeds[], skipLocked: boolean): Promise<ReservationLineRow[]> {
    const wanted = await headersOf(this.tx, needs);
    const keys = new Map([...wanted.values()].flat().map((key) => [keyText(key), key]));
    const sorted = inLockOrder(keys.keys()).map((text) => keys.get(text)!);
    const [headers, dead] = await Promise.all([
      orNone(sorted, (some) => lockHeaders(this.tx, some, { skipLocked })),
      orNone(sorted, (some) => deadLines(this.tx, some)),
      this.readSale(needs),
    ]);
    for (const header of headers) {
      this.headers.set(keyText({ pool: header.pool_code, sku: header.sku }), { ...header, version: Number(header.version) });
    }
    if (skipLocked) await this.skip(sorted, wanted);
    return dead.filter((line) => this.isLocked({ pool: line.pool_code, sku: line.sku }));
  }

  private async skip(sorted: StockKey[], wanted: Map<BatchNeeds, StockKey[]>): Promise<void> {
    const left = sorted.filter((key) => !this.isLocked(key));
    // One that was left out is locked by another, or is not there at all, which is for the decision to see.
    const taken = new Set((await orNone(left, (some) => readHeaderKeys(this.tx, some))).map(keyText));
    for (const [need, own] of wanted) if (own.some((key) => taken.has(keyText(key)))) this.skipped.add(need);
  }

  /** Besides the reservations that commands name those that replays of keys answer with. */
  private async read(needs: BatchNeeds[]): Promise<void> {
    const { tx } = this;
    const replayed = needs.flatMap(({ call }) => this.keys.get(call ? callText(call) : "")?.entityId ?? []);
    const ids = unique([...needs.flatMap((need) => need.reservationIds ?? []), ...replayed]);
    const cancellationIds = unique(needs.flatMap((need) => need.cancellationIds ?? []));
    const [aside, reservations, lines, cancellations] = await Promise.all([
      orNone(
        needs.flatMap((need) => need.setAside ?? []),
        (some) => readSetAside(tx, some),
      ),
      orNone(ids, (some) => readReservations(tx, some)),
      orNone(ids, (some) => readLines(tx, some)),
      orNone(cancellationIds, (some) => readCancellations(tx, some)),
    ]);
    for (const row of aside) this.aside.set(keyText(row), row.units);
    for (const row of reservations) this.reservations.set(row.id, { ...row, lines: [] });
    for (const line of lines) this.reservations.get(line.reservation_id)?.lines.push(line);
    for (const row of cancellations) this.cancellations.set(row.id, row);
  }

  private async readSale(needs: BatchNeeds[]): Promise<void> {
    const wanted = needs.flatMap((need) => need.listings ?? []);
    const skus = unique(wanted.flatMap((listing) => listing.skus));
    const { now, items, listings } = await readSale(this.tx, unique(wanted.map((listing) => listing.channel)), skus);
    this.now = now;
    for (const row of items) this.items.set(row.sku, row);
    for (const row of listings) this.shares.add(row);
  }

  expireLine = (line: ReservationLineRow): void => this.giveBack(line, "held", line.held, Cause.EXPIRE);

  unfence(listing: ListingRow, units: number): void {
    const change = this.shares.lower(listing, units);
    this.post({ pool: listing.pool_code, sku: listing.sku }, Cause.UNFENCE, `listing:${listing.channel_code}`, change);
  }

  addAdjustment = (row: AdjustmentRow): void => void this.adjustments.push(row);
}

const callText = (call: Pick<KeyedCall, "client" | "mutation" | "key">): string => `${call.client}\u0001${call.mutation}\u0001${call.key}`;
