import type { FeedEvent } from "../../../shared/flow/messages";

export type Of<T extends FeedEvent["type"]> = Extract<FeedEvent, { type: T }>;
const STOCK_EVENTS = [
  "SafetyChanged",
  "SupplyChanged",
  "OrderShipped",
  "IncomingChanged",
  "PositionCheckpoint",
  "SetAsideWanted",
] as const satisfies FeedEvent["type"][];
export type StockEvent = Of<(typeof STOCK_EVENTS)[number]>;
export type Demand = Of<"DemandCheckpoint">;
export type CancelDecision = Of<"CancelDecided"> | Of<"CancelOpened">;
export type Move = Of<"WarehouseMoveDecided">;
/** All that is applied in the feed's order. */
export type Applied = StockEvent | Demand | CancelDecision | Move;

/** What dispatch tells of stock: which warehouse and items it names. */
export const isStockEvent = (event: FeedEvent): event is StockEvent => STOCK_EVENTS.some((type) => type === event.type);
/** What changes stock, or is compared with it. */
export const isApplied = (event: FeedEvent): event is Applied =>
  isStockEvent(event) || ["DemandCheckpoint", "CancelOpened", "CancelDecided", "WarehouseMoveDecided"].includes(event.type);
