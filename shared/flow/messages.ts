/**
 * tidy: long because every event that one layer tells another stands on this one page.
 *
 * Facts flow warehouse → dispatch → sales, promises flow sales → dispatch → warehouse; nothing else is read. A layer's outbox is
 * its feed; `aggregates` gives the key of each thing the event is about and that thing's version, raised under its lock: the
 * feed never shows version 2 before version 1. Quantities are whole base units. Times are RFC 3339 UTC.
 */
export interface Envelope {
  id: string;
  at: string;
  /** The client whose order it concerns; empty for the house's own doings. */
  client: string;
  /** Whose goods; empty where several or none. */
  merchant: string;
  aggregates: Record<string, number>;
}

export type Message = WarehouseMessage | DispatchMessage | SalesMessage;
export type FeedEvent<M extends Message = Message> = Envelope & M & { position: number };

export interface EventLine {
  sku: string;
  quantity: number;
}

export interface ShipTo {
  name?: string | null;
  company?: string | null;
  phone?: string | null;
  email?: string | null;
  line1?: string | null;
  line2?: string | null;
  district?: string | null;
  city?: string | null;
  region?: string | null;
  postalCode?: string | null;
  countryCode: string;
  latitude?: number | null;
  longitude?: number | null;
}

// ---- sales tells (dispatch reads) ----

/** A pool and the warehouses that feed it, whole. aggregate: pool:CODE */
export interface PoolSaved {
  type: "PoolSaved";
  code: string;
  name: string;
  warehouses: string[];
}
/** aggregate: channel:CODE */
export interface ChannelSaved {
  type: "ChannelSaved";
  code: string;
  name: string;
  pool: string;
}
/** The order is paid: its units are committed and are to be shipped. aggregate: reservation:ID */
export interface OrderConfirmed {
  type: "OrderConfirmed";
  reservationId: string;
  orderRef: string;
  channel: string;
  pool: string;
  customerRef: string | null;
  shipTo: ShipTo | null;
  priority: number;
  promisedAt: string | null;
  /** The warehouse where the buyer collects it; nowhere else is it sourced from. */
  pickupAt: string | null;
  shipNotBefore: string | null;
  /** Who confirmed, for the history, and since when its units were held for it. */
  actor: string;
  heldAt?: string;
  /** The return that it is the replacement of: it goes where the order went, as dispatch knows. */
  returnId?: string;
  lines: (EventLine & { lineRef: string | null })[];
}
/**
 * There is no stock for a replacement, and sales commits it as soon as there is (WAITING); or it will not be committed any more
 * (WITHDRAWN). One that is committed is told by OrderConfirmed. aggregate: replacement:ID of the return
 */
export interface ReplacementDecided {
  type: "ReplacementDecided";
  returnId: string;
  orderRef: string;
  outcome: "WAITING" | "WITHDRAWN";
}
/**
 * A physical fact took units that were promised: `units` more are promised in this pool than it has. Who is short is decided
 * by confirmation time, the latest first. aggregate: virtual:POOL:SKU
 */
export interface Oversold {
  type: "Oversold";
  pool: string;
  sku: string;
  units: number;
  short: { reservationId: string; orderRef: string; units: number }[];
}
/** Everything that is promised of an item in a pool is there again. aggregate: virtual:POOL:SKU */
export interface OversoldEnded {
  type: "OversoldEnded";
  pool: string;
  sku: string;
}
/** Units of a confirmed order are not wanted any more; what of them can still be stopped is answered by CancelDecided. aggregate: reservation:ID */
export interface CancelRequested {
  type: "CancelRequested";
  reservationId: string;
  cancellationId: string;
  orderRef: string;
  reason: string;
  /** Who asked, for the history. */
  actor: string;
  /** One line a SKU: which of its lines are meant, sales alone keeps. */
  lines: EventLine[];
}
/**
 * A warehouse is to feed another pool. Its units are set aside in the old one, which has enough without them; dispatch says
 * whether nothing open is to ship from there. aggregates: warehouse-move:ID, and pool:CODE of the old pool, so that no older
 * PoolSaved comes after it.
 */
export interface WarehouseMoveAsked {
  type: "WarehouseMoveAsked";
  moveId: string;
  warehouse: string;
  fromPool: string;
  toPool: string;
}
/** A move ended before its decision was heard; PoolSaved comes beside it. aggregate: warehouse-move:ID. dispatch reads */
export interface WarehouseMoveCancelled {
  type: "WarehouseMoveCancelled";
  moveId: string;
  warehouse: string;
}
/** A figure that dispatch told is not what sales has, or is again (told = found). `subject` says which. No aggregate: told by one reader, in its order. */
export interface DriftChanged {
  type: "DriftChanged";
  subject: string;
  told: number;
  found: number;
}
/**
 * Whether a transfer's units are set aside: all of them, or none and what is missing. Told where more were asked for than before.
 * aggregate: set-aside:ID of the transfer
 */
export interface SetAsideDecided {
  type: "SetAsideDecided";
  transferId: string;
  accepted: boolean;
  missing: EventLine[];
  /** Why not, for people. */
  because: string | null;
}
/**
 * What a channel can sell of an item from stock fell to its listing's threshold (LOW) or to nothing (OUT), or has enough again.
 * Told within a second of it, not in the transaction that did it. aggregate: level:CHANNEL:SKU
 */
export interface StockLevelChanged {
  type: "StockLevelChanged";
  channel: string;
  sku: string;
  level: "OK" | "LOW" | "OUT";
  available: number;
  threshold: number;
}
/**
 * An event of dispatch's feed could not be applied here and is set aside with what follows on its keys; told again when a replay
 * failed otherwise, and with error null when it was applied after all. aggregate: parked:LAYER:FROM:POSITION. sales and warehouse tell
 */
export interface EventParked {
  type: "EventParked";
  /** LAYER:FROM:POSITION, the name under which it is replayed. */
  name: string;
  eventType: string;
  eventId: string;
  keys: string[];
  error: string | null;
}
export type SalesMessage =
  | EventParked
  | PoolSaved
  | ChannelSaved
  | OrderConfirmed
  | ReplacementDecided
  | Oversold
  | CancelRequested
  | WarehouseMoveAsked
  | WarehouseMoveCancelled
  | SetAsideDecided
  | StockLevelChanged
  | DriftChanged
  | OversoldEnded;

// ---- warehouse tells (dispatch reads; dispatch passes items and warehouses on to sales) ----

/** aggregate: item:SKU */
export interface ItemSaved {
  type: "ItemSaved";
  sku: string;
  name: string;
  kind: "STOCKED" | "KIT" | "NON_STOCK";
  components: EventLine[];
  itemMerchant: string;
  weightGrams: number | null;
}
/** aggregate: warehouse:CODE */
export interface WarehouseSaved {
  type: "WarehouseSaved";
  code: string;
  name: string;
  address: ShipTo;
  timeZone: string;
  cutoff: string | null;
  /** Its legal entity and currency: goods are not transferred between such. */
  books?: string;
}
/**
 * Sellable units of one warehouse changed by a posted movement that is not the shipping of an order, or by several of one type
 * that were posted together by an import: then movementId is the first of them, and delta what they changed in all.
 * Sellable: AVAILABLE units in RECEIVING, STORAGE, PICKING or PACKING. One line a SKU. aggregate per line: stock:WAREHOUSE:SKU
 */
export interface StockMoved {
  type: "StockMoved";
  movementId: string;
  movementType: string;
  warehouse: string;
  lines: { sku: string; delta: number }[];
}
/** A step on the floor. Nothing left the building by it. aggregate: shipment:ID */
export interface ShipmentProgressed {
  type: "ShipmentProgressed";
  shipmentId: string;
  orderRef: string;
  warehouse: string;
  status: "PICKING" | "PICKED" | "PACKED" | "CANCELLED" | "DELIVERED" | "LOST" | "REFUSED" | "UNDELIVERABLE";
  actor: string;
  /** With the last parcel's outcome: units of parcels that were lost, and of those that come back (refused, undeliverable). */
  lost?: EventLine[];
  back?: EventLine[];
  /** What was said of it, for the history. */
  note?: string | null;
}
/** The goods have left; SALES_ISSUE is posted. Lowers sellable units of the warehouse by its lines. aggregates: shipment:ID and stock:WAREHOUSE:SKU */
export interface ShipmentShipped {
  type: "ShipmentShipped";
  shipmentId: string;
  orderRef: string;
  warehouse: string;
  movementId: string;
  actor: string;
  lines: EventLine[];
}
/**
 * Units were not found where they were to be picked: their loss was told before, and this shipment will not take them. CANCELLED:
 * none was found. aggregate: shipment:ID
 */
export interface ShipmentShort {
  type: "ShipmentShort";
  shipmentId: string;
  orderRef: string;
  warehouse: string;
  status: "PICKING" | "PICKED" | "CANCELLED";
  actor: string;
  lines: EventLine[];
}
/**
 * What the warehouse could still stop of what it was asked to. Stopped units will not ship, wherever they lie: with CANCELLING
 * they are still to be put back on the shelf, which moves no sellable unit. aggregate: shipment:ID
 */
export interface ShipmentCancelDecided {
  type: "ShipmentCancelDecided";
  shipmentId: string;
  cancellationId: string;
  orderRef: string;
  warehouse: string;
  /** Where the shipment stands now. CANCELLING and CANCELLED: all of it was stopped. */
  status: string;
  stopped: EventLine[];
  tooLate: EventLine[];
}
/** Its parcel was packed or gone when AllocationChanged came: it goes as it was. aggregate: shipment:ID */
export interface ShipmentChangeRefused {
  type: "ShipmentChangeRefused";
  shipmentId: string;
  orderRef: string;
  warehouse: string;
  status: string;
}
/**
 * What is still to come by a purchase, production or transfer: each line says the open rest of its SKU, 0 when nothing more will
 * come; a SKU that is not named stays as it was. Of a receipt it stands before the StockMoved of what came in. aggregate: inbound:ID
 */
export interface InboundChanged {
  type: "InboundChanged";
  inboundId: string;
  kind: "PURCHASE" | "TRANSFER" | "PRODUCTION";
  document: { type: string; number: string };
  warehouse: string;
  lines: (EventLine & { expectedAt: string | null })[];
}
/**
 * What has come so far of a return that dispatch announced, in all: restocked is sellable again, quarantined is kept and not for
 * sale. RECEIVED: nothing more will come. CANCELLED: nothing came, and nothing will. Told after the StockMoved of what came in.
 * aggregate: inbound:ID, the return's id
 */
export interface ReturnProgressed {
  type: "ReturnProgressed";
  returnId: string;
  orderRef: string;
  warehouse: string;
  status: "PARTIALLY_RECEIVED" | "RECEIVED" | "CANCELLED";
  actor: string;
  lines: { sku: string; restocked: number; quarantined: number; scrapped: number; rejected: number }[];
}
/**
 * What has come so far of a transfer's units, in all; lost is what was rejected, and with RECEIVED what never came. Told after the
 * StockMoved of what came in. aggregate: inbound:ID, the transfer's id
 */
export interface TransferProgressed {
  type: "TransferProgressed";
  transferId: string;
  warehouse: string;
  status: "PARTIALLY_RECEIVED" | "RECEIVED";
  actor: string;
  lines: { sku: string; received: number; lost: number }[];
}
/**
 * Units of an order came back without a return that dispatch knows: posted by hand, or by an inbound made by hand. Negative: such a
 * posting was reversed. aggregate: returned:MOVEMENT
 */
export interface UnitsReturned {
  type: "UnitsReturned";
  movementId: string;
  orderRef: string;
  warehouse: string;
  lines: EventLine[];
}
/** What the warehouse holds of some SKUs right now, written under their locks: the reader compares its own figure. aggregate: stock:WAREHOUSE:SKU */
export interface StockCheckpoint {
  type: "StockCheckpoint";
  checkId: string;
  /** Whoever has another figure books the difference. */
  repair?: boolean;
  warehouse: string;
  lines: { sku: string; onHand: number }[];
}
/** Stock is worth more than the policies of the day insure, or no more. aggregate: cover:WAREHOUSE */
export interface CoverChanged {
  type: "CoverChanged";
  warehouse: string;
  covered: boolean;
  value: string;
  insured: string;
  currency: string;
}
/** A lot has stock in a warehouse and expires within 90 days, or does so no more (there: false). aggregate: lot:WAREHOUSE:SKU:LOT */
export interface LotExpiryChanged {
  type: "LotExpiryChanged";
  warehouse: string;
  sku: string;
  lot: string;
  /** The last day on which it is good, as YYYY-MM-DD. */
  expiresOn: string;
  there: boolean;
}
/** Lines of a count differ by more than its tolerance and wait for approval, or none do any more. aggregate: count:ID */
export interface CountVarianceChanged {
  type: "CountVarianceChanged";
  countId: string;
  warehouse: string;
  waits: boolean;
}
export type WarehouseMessage =
  | EventParked
  | ItemSaved
  | WarehouseSaved
  | StockMoved
  | CoverChanged
  | ShipmentProgressed
  | ShipmentShipped
  | ShipmentShort
  | ShipmentCancelDecided
  | ShipmentChangeRefused
  | InboundChanged
  | ReturnProgressed
  | TransferProgressed
  | UnitsReturned
  | StockCheckpoint
  | LotExpiryChanged
  | CountVarianceChanged;

// ---- dispatch tells (sales and warehouse read) ----

/** Sellable units of one warehouse changed, as dispatch booked it. aggregate per line: position:WAREHOUSE:SKU. sales reads */
export interface SupplyChanged {
  type: "SupplyChanged";
  movementId: string;
  movementType: string;
  warehouse: string;
  /** The transfer that they left by: what is set aside for it falls with them. */
  transferId?: string;
  lines: { sku: string; delta: number }[];
}
/**
 * Units of a warehouse that no channel's sourcing rule gives away: its safety stock, as far as it has it, and all of it where no rule
 * asks it. aggregates: position:WAREHOUSE:SKU. sales reads
 */
export interface SafetyChanged {
  type: "SafetyChanged";
  warehouse: string;
  lines: { sku: string; units: number }[];
}
/**
 * What is still to come to a warehouse by one purchase, production or transfer: each line says the open rest of its SKU, a SKU
 * that is not named stays as it was. `document` is the inbound shipment's id: a number may come again. Of a receipt it stands
 * before the SupplyChanged of what came in, so that no unit is promised twice. aggregates: incoming:ID and
 * position:WAREHOUSE:SKU. sales reads
 */
export interface IncomingChanged {
  type: "IncomingChanged";
  document: string;
  warehouse: string;
  lines: (EventLine & { expectedAt: string | null })[];
}
/** Goods of a commitment left: sales lowers onHand and committed together. aggregates: fulfillment:ID, position:WAREHOUSE:SKU, demand:POOL:SKU. sales reads */
export interface OrderShipped {
  type: "OrderShipped";
  reservationId: string;
  fulfillmentId: string;
  shipmentId: string;
  orderRef: string;
  warehouse: string;
  lines: EventLine[];
}
/** One warehouse is to ship this; the shipment's id is the allocation's. aggregates: allocation:ID. warehouse reads */
export interface AllocationMade {
  type: "AllocationMade";
  allocationId: string;
  orderRef: string;
  warehouse: string;
  shipTo: ShipTo | null;
  priority: number;
  shipBy: string | null;
  /** A replacement: it leaves by EXCHANGE_OUT. */
  exchange?: boolean;
  /** Not an order's: they leave by TRANSFER_OUT for another warehouse, where the transfer's id is the inbound shipment's too. */
  transfer?: { to: string; expectedAt: string | null };
  lines: EventLine[];
}
/**
 * So many units of a warehouse are to be set aside (frozen) for a transfer, each line in all: more than before if they are
 * available, which SetAsideDecided answers; fewer at once. `kept` is what no sourcing rule gives away of what is left there: what the
 * rules keep back may go. aggregates: transfer:ID and position:WAREHOUSE:SKU. sales reads
 */
export interface SetAsideWanted {
  type: "SetAsideWanted";
  transferId: string;
  pool: string;
  warehouse: string;
  lines: (EventLine & { kept: number })[];
}
/** What an allocation's shipment is to carry from now on, whole: where to, how urgent, by when. aggregate: allocation:ID. warehouse reads */
export interface AllocationChanged {
  type: "AllocationChanged";
  allocationId: string;
  orderRef: string;
  warehouse: string;
  shipTo: ShipTo | null;
  priority: number;
  shipBy: string | null;
}
/** Units of an allocation are to be stopped, if they still can be. aggregate: allocation:ID. warehouse reads */
export interface ShipmentCancelRequested {
  type: "ShipmentCancelRequested";
  allocationId: string;
  cancellationId: string;
  orderRef: string;
  warehouse: string;
  lines: EventLine[];
  /** Only while nobody has begun to pick: the units are wanted elsewhere, or later. Else a whole shipment is stopped until it has left. */
  beforePicking?: boolean;
}
/** A customer is to send units back; the inbound shipment's id is the return's. aggregate: return:ID. warehouse reads */
export interface ReturnExpected {
  type: "ReturnExpected";
  returnId: string;
  orderRef: string;
  warehouse: string;
  /** They come back by EXCHANGE_IN. */
  exchange: boolean;
  /** Which units the customer named; `serials` are those that may come, where any are named. */
  lines: (EventLine & { lineRef: string | null; shipmentId: string | null; serials: string[] | null; reason: string })[];
}
/** A return is to be cancelled, if nothing of it has come; ReturnProgressed answers or has answered. aggregate: return:ID. warehouse reads */
export interface ReturnCancelRequested {
  type: "ReturnCancelRequested";
  returnId: string;
  orderRef: string;
  warehouse: string;
}
/** Units are to be committed for the order of this reservation, in place of what came back or was lost. aggregate: return:ID. sales reads */
export interface ReplacementWanted {
  type: "ReplacementWanted";
  returnId: string;
  reservationId: string;
  orderRef: string;
  channel: string;
  pool: string;
  actor: string;
  lines: EventLine[];
}
/** A replacement is not wanted any more, unless it is committed already. aggregate: return:ID. sales reads */
export interface ReplacementWithdrawn {
  type: "ReplacementWithdrawn";
  returnId: string;
  orderRef: string;
}
/**
 * Dispatch gives up units of a confirmed order, unasked: a cancellation like those that sales asks for, and CancelDecided follows.
 * One line a SKU. aggregate: fulfillment:ID. sales reads
 */
export interface CancelOpened {
  type: "CancelOpened";
  reservationId: string;
  cancellationId: string;
  fulfillmentId: string;
  orderRef: string;
  reason: string;
  lines: EventLine[];
}
/**
 * Units of a cancellation were stopped, and sales lowers committed by them, or it was too late. A cancellation that concerns
 * several shipments is told piece by piece, as each warehouse decides. aggregates: fulfillment:ID, demand:POOL:SKU. sales reads
 */
export interface CancelDecided {
  type: "CancelDecided";
  reservationId: string;
  cancellationId: string;
  fulfillmentId: string;
  orderRef: string;
  stopped: EventLine[];
  tooLate: EventLine[];
}
/**
 * Whether the warehouse may leave its pool. Accepted: nothing open ships from there, and nothing is allocated there until a
 * PoolSaved names it again. aggregates: warehouse-move:ID, and position:WAREHOUSE:SKU of what had been told of the warehouse and
 * was not yet in the feed, so that sales has heard of every shipment before. sales reads
 */
export interface WarehouseMoveDecided {
  type: "WarehouseMoveDecided";
  moveId: string;
  warehouse: string;
  accepted: boolean;
  /** Why not, for people. */
  because: string | null;
}
/** What dispatch holds of some SKUs of a warehouse right now. aggregates: position:WAREHOUSE:SKU. sales compares */
export interface PositionCheckpoint {
  type: "PositionCheckpoint";
  checkId: string;
  /** Whoever has another onHand books the difference. */
  repair?: boolean;
  warehouse: string;
  lines: { sku: string; onHand: number; inbound: number }[];
}
/**
 * The open order demand of some SKUs of a pool: confirmed, not shipped, not cancelled. `salesPosition` is how far dispatch had
 * applied the sales feed: sales' committed is this plus what it confirmed after that position (its feed beyond it, and its
 * outbox). aggregates: demand:POOL:SKU. sales compares
 */
export interface DemandCheckpoint {
  type: "DemandCheckpoint";
  checkId: string;
  pool: string;
  salesPosition: number;
  lines: { sku: string; committed: number }[];
}
export type DispatchMessage =
  | ItemSaved
  | WarehouseSaved
  | SupplyChanged
  | SafetyChanged
  | IncomingChanged
  | OrderShipped
  | AllocationMade
  | SetAsideWanted
  | AllocationChanged
  | ShipmentCancelRequested
  | CancelOpened
  | ReturnExpected
  | ReturnCancelRequested
  | ReplacementWanted
  | ReplacementWithdrawn
  | CancelDecided
  | WarehouseMoveDecided
  | PositionCheckpoint
  | DemandCheckpoint;
