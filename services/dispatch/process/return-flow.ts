import { moves, state, type Flow } from "./flow";

const ENDED = ["COMPLETED", "CANCELLED"];

/** Goods that come back and what is sent for them: a return begins as it is asked for, or as its parcel comes back. */
export const RETURN_FLOW: Flow = {
  name: "return",
  states: [
    state("REQUESTED", "dispatch"),
    state("APPROVED", "dispatch"),
    state("RECEIVING", "warehouse"),
    state("WAITING_FOR_REPLACEMENT", "sales"),
    state("COMPLETED", "warehouse", true),
    state("REJECTED", "dispatch", true),
    state("CANCELLED", "dispatch", true),
  ],
  transitions: [
    ...moves("ReturnApproved", ["REQUESTED"], ["APPROVED"]),
    ...moves("ReturnRejected", ["REQUESTED"], ["REJECTED"]),
    // Of one that is approved it is a question: what has come, and what is committed, is the answer.
    ...moves("CancelRequested", ["REQUESTED"], ["CANCELLED"]),
    ...moves("ReturnProgressed", ["APPROVED"], ["RECEIVING", ...ENDED]),
    ...moves("ReturnProgressed", ["RECEIVING"], ["COMPLETED"]),
    ...moves("ReplacementDecided", ["APPROVED", "RECEIVING"], ["WAITING_FOR_REPLACEMENT", ...ENDED]),
    ...moves("ReplacementDecided", ["WAITING_FOR_REPLACEMENT"], ["APPROVED", "RECEIVING", ...ENDED]),
    ...moves("OrderConfirmed", ["APPROVED", "RECEIVING"], ["COMPLETED"]),
    ...moves("OrderConfirmed", ["WAITING_FOR_REPLACEMENT"], ["APPROVED", "RECEIVING", "COMPLETED"]),
  ],
};
