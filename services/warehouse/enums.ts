import { registerEnumType } from "type-graphql";
import { describeMovement, MOVEMENT_TYPES, type MovementType as Type } from "./ledger/movement-rules";

/** An enum of the schema whose values are its names, each with its description. */
export function described<Values extends Record<string, string>>(
  name: string,
  description: string,
  values: Values,
): { [V in keyof Values & string]: V } {
  const names = Object.fromEntries(Object.keys(values).map((value) => [value, value])) as { [V in keyof Values & string]: V };
  const valuesConfig = Object.fromEntries(Object.entries(values).map(([value, text]) => [value, { description: text }]));
  registerEnumType(names, { name, description, valuesConfig: valuesConfig as never });
  return names;
}

export const Ownership = described("Ownership", "Whose asset a merchant's goods are.", {
  OWNED: "Ours: valued and in the books.",
  CONSIGNED: "Not ours: counted and traced, without value and journal.",
});
export type Ownership = keyof typeof Ownership;

export const ItemKind = described("ItemKind", "How an item is kept.", {
  STOCKED: "Lies in warehouses.",
  KIT: "Sold as one, held and shipped as its components.",
  NON_STOCK: "Services and gift cards: always available, never in a warehouse.",
});
export type ItemKind = keyof typeof ItemKind;

export const Tracking = described("Tracking", "How finely units of an item are told apart.", {
  NONE: "Not at all.",
  LOT: "By lot: each unit on hand belongs to one.",
  SERIAL: "Unit by unit, by serial number.",
});
export type Tracking = keyof typeof Tracking;

export const CostingMethod = described("CostingMethod", "How issues of an item are valued, per warehouse.", {
  MOVING_AVERAGE: "At the average of what is on hand.",
  FIFO: "Layer by layer, oldest first.",
  STANDARD: "In and out at a standard cost, differences to variance accounts.",
});
export type CostingMethod = keyof typeof CostingMethod;

export const LocationKind = described(
  "LocationKind",
  "What a location is for. Sellable are AVAILABLE units in RECEIVING, STORAGE, PICKING and PACKING.",
  {
    RECEIVING: "Where goods arrive. Every warehouse has one.",
    STORAGE: "Reserve storage.",
    PICKING: "Where pickers take from.",
    PACKING: "Where picked goods lie until they ship. Every warehouse has one.",
    RETURNS: "What customers sent back; not for sale.",
    QUARANTINE: "Held for inspection; not for sale.",
    TRANSIT: "What is on its way here: on hand by value, not for sale. Every warehouse has one.",
  },
);
export type LocationKind = keyof typeof LocationKind;

export const StockStatus = described("StockStatus", "What may be done with units on hand.", {
  AVAILABLE: "May be sold.",
  QUARANTINE: "Held for inspection.",
  DAMAGED: "Not fit for sale.",
  BLOCKED: "Held by decision.",
  PLEDGED: "Collateral; leaves only by its pledge's release.",
  EXPIRED: "Past its expiry less the item's minimum shelf life.",
});
export type StockStatus = keyof typeof StockStatus;

const movementTexts = Object.fromEntries(MOVEMENT_TYPES.map((type) => [type, describeMovement(type)])) as Record<Type, string>;

export const MovementType = described("MovementType", "Every way in, out and about.", movementTexts);
export type MovementType = Type;

export const AccountKind = described("AccountKind", "The five kinds of account.", {
  ASSET: "What is owned.",
  LIABILITY: "What is owed.",
  EQUITY: "What is the owners'.",
  INCOME: "What is earned.",
  EXPENSE: "What is spent.",
});
export type AccountKind = keyof typeof AccountKind;

export const PeriodStatus = described("PeriodStatus", "Whether an accounting period takes postings.", {
  OPEN: "It does.",
  CLOSING: "It does not; what is in the way of closing it is being cleared.",
  CLOSED: "It does not. Can be reopened until it was exported.",
});
export type PeriodStatus = keyof typeof PeriodStatus;

export const ExportLevel = described("ExportLevel", "How fine an export of the journal is.", {
  SUMMARY: "One line for each day, account, merchant and currency, with its debits and its credits.",
  DETAIL: "Every line of every entry.",
});
export type ExportLevel = keyof typeof ExportLevel;

export const InboundKind = described("InboundKind", "Why goods are expected.", {
  PURCHASE: "Bought from a supplier.",
  TRANSFER: "Sent by another warehouse.",
  RETURN: "Sent back by a customer.",
  PRODUCTION: "Made in the workshop.",
});
export type InboundKind = keyof typeof InboundKind;

export const InboundStatus = described("InboundStatus", "Where an inbound shipment stands.", {
  EXPECTED: "Nothing has come yet.",
  PARTIALLY_RECEIVED: "Some has come or was rejected; the rest is expected.",
  RECEIVED: "All has come or was rejected, or it was closed short.",
  CANCELLED: "Will not come.",
});
export type InboundStatus = keyof typeof InboundStatus;

export const OutboundKind = described("OutboundKind", "Why a shipment goes out.", {
  ORDER: "A customer's order.",
  EXCHANGE: "The replacement of an exchange.",
  TRANSFER: "To another warehouse.",
  SUPPLIER_RETURN: "Back to a supplier.",
});
export type OutboundKind = keyof typeof OutboundKind;

export const OutboundStatus = described("OutboundStatus", "Where a shipment or parcel stands.", {
  RELEASED: "Handed to the floor.",
  PICKING: "Being picked.",
  PICKED: "All its units lie in PACKING.",
  PACKED: "Ready to leave.",
  SHIPPED: "Has left; the sale is issued.",
  DELIVERED: "Arrived.",
  CANCELLING: "Stopped; picked goods are being put back.",
  CANCELLED: "Stopped before it left.",
  LOST: "Lost on its way.",
  REFUSED: "The recipient did not take it.",
  UNDELIVERABLE: "Could not be delivered.",
});
export type OutboundStatus = keyof typeof OutboundStatus;

export const DeliveryOutcome = described("DeliveryOutcome", "What became of a shipment or parcel.", {
  DELIVERED: "Arrived.",
  LOST: "Lost on its way.",
  REFUSED: "The recipient did not take it.",
  UNDELIVERABLE: "Could not be delivered.",
});
export type DeliveryOutcome = keyof typeof DeliveryOutcome;

export const CountStatus = described("CountStatus", "Where a stock count stands.", {
  OPEN: "Being counted.",
  COUNTED: "Every place of its plan is counted; it waits for its approval.",
  RECOUNT: "Places were put back and are being counted again.",
  APPROVED: "Closed: what differed is posted.",
  CANCELLED: "Closed without its approval; what had been posted of it stays.",
});
export type CountStatus = keyof typeof CountStatus;

export const AbcClass = described(
  "AbcClass",
  "Items of a warehouse by the value issued of them in the last 365 days, greatest first (ABC analysis).",
  {
    A: "Those that make up the first 80 % of the value.",
    B: "Those that make up the next 15 %.",
    C: "The rest, and all of which nothing was issued.",
  },
);
export type AbcClass = keyof typeof AbcClass;

export const CreditReason = described("CreditReason", "What a supplier's credit note gives back.", {
  PRICE: "A part of the price of units that stay.",
  RETURN: "The price of units that went back by a SUPPLIER_RETURN of the document.",
});
export type CreditReason = keyof typeof CreditReason;
