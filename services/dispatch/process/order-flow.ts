import { moves, state, type Flow, type FlowTransition } from "./flow";

const FLOOR = ["ALLOCATED", "PICKING", "PICKED", "PACKED"];

/** Where an order may stand that is not finished. */
const OPEN = ["ON_HOLD", "BACKORDERED", "PARTIALLY_ALLOCATED", ...FLOOR, "PARTIALLY_SHIPPED"];

/** A warehouse may leave out steps of its floor, but takes none back. */
const forward = (event: string): FlowTransition[] => FLOOR.flatMap((from, i) => moves(event, [from], FLOOR.slice(i + 1)));

export const ORDER_FLOW: Flow = {
  name: "order",
  states: [
    // Where the sales layer has it until it is paid; dispatch hears of it as it leaves.
    state("HELD", "sales"),
    state("CONFIRMED", "sales"),
    state("ON_HOLD", "dispatch"),
    state("BACKORDERED", "dispatch"),
    state("PARTIALLY_ALLOCATED", "dispatch"),
    state("ALLOCATED", "dispatch"),
    state("PICKING", "warehouse"),
    state("PICKED", "warehouse"),
    state("PACKED", "warehouse"),
    state("PARTIALLY_SHIPPED", "warehouse"),
    state("SHIPPED", "warehouse"),
    state("DELIVERED", "warehouse", true),
    state("CANCELLING", "sales"),
    state("CANCELLED", "dispatch", true),
  ],
  transitions: [
    ...moves("OrderConfirmed", ["HELD"], ["CONFIRMED"]),
    ...moves("AllocationMade", ["CONFIRMED", "BACKORDERED", "ON_HOLD"], ["PARTIALLY_ALLOCATED", "ALLOCATED"]),
    ...moves("Backordered", ["CONFIRMED", "ON_HOLD"], ["BACKORDERED"]),
    ...moves("PutOnHold", ["CONFIRMED", "BACKORDERED"], ["ON_HOLD"]),
    ...forward("ShipmentProgressed"),
    ...moves("ShipmentShipped", [...FLOOR, "PARTIALLY_ALLOCATED"], ["PARTIALLY_SHIPPED"]),
    ...moves("ShipmentShipped", [...FLOOR, "PARTIALLY_SHIPPED"], ["SHIPPED"]),
    ...moves("ShipmentProgressed", ["SHIPPED"], ["DELIVERED"]),
    // Units that were not found are allocated anew, or wait.
    ...moves("ShipmentShort", [...FLOOR, "PARTIALLY_ALLOCATED"], ["BACKORDERED", "PARTIALLY_ALLOCATED", "ON_HOLD"]),
    ...moves("AllocationMade", ["PARTIALLY_ALLOCATED", "BACKORDERED"], FLOOR),
    ...moves("CancelRequested", OPEN, ["CANCELLING"]),
    // What waits is given up at once.
    ...moves("CancelRequested", ["ON_HOLD", "BACKORDERED"], ["CANCELLED"]),
    ...moves("CancelRequested", ["PARTIALLY_ALLOCATED"], FLOOR),
    ...moves("CancelRequested", ["PARTIALLY_SHIPPED"], ["SHIPPED", "DELIVERED"]),
    // With an order on hold, or units asked back, it may be decided in any open state.
    ...moves("ShipmentCancelDecided", ["CANCELLING", ...OPEN], [...OPEN, "SHIPPED", "DELIVERED", "CANCELLED"]),
    // What people do; what picks in spite of a hold was too far already.
    ...moves("FulfillmentHeld", OPEN, OPEN),
    ...moves("FulfillmentResumed", OPEN, OPEN),
    ...moves("FulfillmentReallocated", OPEN, OPEN),
    ...moves("FulfillmentUpdated", OPEN, OPEN),
    ...moves("AllocationTakenBack", OPEN, OPEN),
    ...moves("SourcedManually", OPEN, OPEN),
    ...moves("LinesCancelled", OPEN, ["CANCELLING", "CANCELLED", ...OPEN, "SHIPPED", "DELIVERED"]),
    ...moves("ShipmentProgressed", ["ON_HOLD"], FLOOR),
    ...moves("ShipmentProgressed", ["ON_HOLD"], ["PARTIALLY_ALLOCATED"]),
    ...moves("ShipmentShipped", ["ON_HOLD"], ["PARTIALLY_SHIPPED", "SHIPPED"]),
    ...moves("ShipmentShort", ["ON_HOLD"], ["PARTIALLY_ALLOCATED"]),
  ],
};
