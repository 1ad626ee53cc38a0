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
