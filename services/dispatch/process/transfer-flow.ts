import { moves, state, type Flow } from "./flow";

/** Goods that go from one warehouse to another. */
export const TRANSFER_FLOW: Flow = {
  name: "transfer",
  states: [
    state("DRAFT", "dispatch"),
    state("RELEASING", "sales"),
    state("RELEASED", "warehouse"),
    state("IN_TRANSIT", "warehouse"),
    state("PARTIALLY_RECEIVED", "warehouse"),
    state("RECEIVED", "warehouse", true),
    state("CANCELLED", "dispatch", true),
  ],
  transitions: [
    // Where the warehouse feeds no pool there is nothing to set aside.
    ...moves("TransferReleased", ["DRAFT"], ["RELEASING", "RELEASED"]),
    ...moves("SetAsideDecided", ["RELEASING"], ["RELEASED", "DRAFT"]),
    ...moves("ShipmentShipped", ["RELEASED"], ["IN_TRANSIT"]),
    ...moves("TransferProgressed", ["IN_TRANSIT"], ["PARTIALLY_RECEIVED", "RECEIVED"]),
    ...moves("TransferProgressed", ["PARTIALLY_RECEIVED"], ["RECEIVED"]),
    ...moves("CancelRequested", ["DRAFT", "RELEASING"], ["CANCELLED"]),
    ...moves("ShipmentCancelDecided", ["RELEASED"], ["CANCELLED"]),
    ...moves("ShipmentShort", ["RELEASED"], ["CANCELLED"]),
  ],
};
