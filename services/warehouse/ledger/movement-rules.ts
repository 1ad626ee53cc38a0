import type { MovementType } from "../enums";

/** What a type of movement is: which way units go, and whether a person may post it. */
export interface MovementRule {
  /** +1 in, -1 out, 0 within the warehouse. */
  sign: 1 | -1 | 0;
  /** Offered to postMovement. */
  byHand: boolean;
  /** Takes an `account` for the other side of its entry. */
  account?: boolean;
  /** May not take units that are allocated to orders. */
  sparesAllocated?: boolean;
}

const IN: MovementRule = { sign: 1, byHand: false };
const OUT: MovementRule = { sign: -1, byHand: false };
const WITHIN: MovementRule = { sign: 0, byHand: false };

export const MOVEMENT_RULES: Record<MovementType, MovementRule> = {
  PURCHASE_RECEIPT: { ...IN, byHand: true },
  CUSTOMER_RETURN: IN,
  EXCHANGE_IN: IN,
  PRODUCTION_RECEIPT: IN,
  SCRAP_RECEIPT: IN,
  TRANSFER_IN: IN,
  MISC_RECEIPT: { ...IN, byHand: true, account: true },
  COUNT_GAIN: { ...IN, byHand: true },
  MATERIAL_RETURN: IN,
  SUPPLIER_RETURN: OUT,
  SALES_ISSUE: OUT,
  EXCHANGE_OUT: OUT,
  MATERIAL_ISSUE: OUT,
  TRANSFER_OUT: OUT,
  MISC_ISSUE: { ...OUT, byHand: true, account: true, sparesAllocated: true },
  COUNT_LOSS: { ...OUT, byHand: true },
  SCRAP_ISSUE: OUT,
  TRANSFER_LOSS: OUT,
  BIN_MOVE: WITHIN,
  STATUS_CHANGE: WITHIN,
  COST_ADJUSTMENT: WITHIN,
};
