/**
 * Every way in, out and about, in one table: what a type of movement is, which way units go, what it needs and refuses, and
 * which accounts it moves by default. The schema's descriptions and the tests are made from it.
 */
export interface MovementRule {
  /** What happened, for people. */
  text: string;
  /** +1 in, -1 out, 0 within the warehouse. */
  sign: 1 | -1 | 0;
  /** The default posting rule; `inventory` stands for the inventory accounts. Null: no value moves. */
  accounts: { debit: string; credit: string } | null;
  /** Where differences go between what the inventory accounts take and what the other side gets (STANDARD cost, returns to suppliers). */
  variance: string;
  /** Optional inputs that only some types take. */
  takes: Taking[];
  /** Inputs that it cannot do without. */
  needs?: Needed[];
  /** What its units cost: what was paid, what is on hand, or what they had when they went the other way. */
  cost: "actual" | "current" | "origin" | "none";
  /** For `origin`: the types that units come back from. */
  returns?: string[];
  /** Refused where it would take units that are allocated to orders; the others report facts. */
  sparesAllocated?: boolean;
}

export type Taking = "unitCost" | "account" | "ofMovement" | "supplier" | "toLocation" | "toStatus" | "pledge" | "amount";
export type Needed = "document" | "toLocation" | "toStatus" | "supplier";

/** Stands for the account of the place: the type's own inventory account, or goods in transit. */
export const INVENTORY = "1400";
/** Goods in TRANSIT are booked on the account that TRANSFER_LOSS credits. */
export const IN_TRANSIT = "1410";
const into = (credit: string) => ({ debit: INVENTORY, credit });
const from = (debit: string) => ({ debit, credit: INVENTORY });

export const MOVEMENT_RULES = {
  PURCHASE_RECEIPT: {
    text: "In from a supplier, at actual cost.",
    sign: 1,
    accounts: into("2100"),
    variance: "5100",
    takes: ["unitCost", "supplier"],
    cost: "actual",
  },
  CUSTOMER_RETURN: {
    text: "Back from a customer, at the cost the units left with.",
    sign: 1,
    accounts: into("5000"),
    variance: "5100",
    takes: ["unitCost", "ofMovement"],
    cost: "origin",
    returns: ["SALES_ISSUE", "EXCHANGE_OUT"],
  },
  EXCHANGE_IN: {
    text: "Back from a customer who gets another item, at the cost the units left with.",
    sign: 1,
    accounts: into("5000"),
    variance: "5100",
    takes: ["unitCost", "ofMovement"],
    cost: "origin",
    returns: ["SALES_ISSUE", "EXCHANGE_OUT"],
  },
  PRODUCTION_RECEIPT: {
    text: "In from the workshop, for a work order.",
    sign: 1,
    accounts: into("1500"),
    variance: "5110",
    takes: ["unitCost"],
    needs: ["document"],
    cost: "actual",
  },
  SCRAP_RECEIPT: {
    text: "Usable scrap in from the workshop, for a work order.",
    sign: 1,
    accounts: into("1500"),
    variance: "5110",
    takes: ["unitCost"],
    needs: ["document"],
    cost: "actual",
  },
  TRANSFER_IN: {
    text: "In from another warehouse, at the cost the units left with.",
    sign: 1,
    accounts: into("1420"),
    variance: "5100",
    takes: ["unitCost", "ofMovement"],
    needs: ["document"],
    cost: "origin",
    returns: ["TRANSFER_OUT"],
  },
  MISC_RECEIPT: {
    text: "In against an account.",
    sign: 1,
    accounts: into("6900"),
    variance: "5100",
    takes: ["unitCost", "account"],
    cost: "actual",
  },
  COUNT_GAIN: {
    text: "More was found than the books said.",
    sign: 1,
    accounts: into("5900"),
    variance: "5900",
    takes: ["unitCost"],
    cost: "actual",
  },
  MATERIAL_RETURN: {
    text: "Unused material back from the workshop, at the cost it left with.",
    sign: 1,
    accounts: into("1500"),
    variance: "5110",
    takes: ["unitCost", "ofMovement"],
    needs: ["document"],
    cost: "origin",
    returns: ["MATERIAL_ISSUE"],
  },
  SUPPLIER_RETURN: {
    text: "Back to a supplier: leaves at current cost, the supplier is credited the receipt's price (`ofMovement` or `unitCost`).",
    sign: -1,
    accounts: from("2100"),
    variance: "5100",
    takes: ["unitCost", "ofMovement", "supplier"],
    needs: ["supplier"],
    cost: "current",
    sparesAllocated: true,
  },
  SALES_ISSUE: {
    text: "Out to a customer.",
    sign: -1,
    accounts: from("5000"),
    variance: "5100",
    takes: [],
    cost: "current",
    sparesAllocated: true,
  },
  EXCHANGE_OUT: {
    text: "Out to a customer in exchange.",
    sign: -1,
    accounts: from("5000"),
    variance: "5100",
    takes: [],
    cost: "current",
    sparesAllocated: true,
  },
  MATERIAL_ISSUE: {
    text: "Out to the workshop, for a work order.",
    sign: -1,
    accounts: from("1500"),
    variance: "5110",
    takes: [],
    needs: ["document"],
    cost: "current",
    sparesAllocated: true,
  },
  TRANSFER_OUT: {
    text: "Out to another warehouse.",
    sign: -1,
    accounts: from("1420"),
    variance: "5100",
    takes: [],
    needs: ["document"],
    cost: "current",
    sparesAllocated: true,
  },
  MISC_ISSUE: {
    text: "Out against an account.",
    sign: -1,
    accounts: from("6900"),
    variance: "5100",
    takes: ["account"],
    cost: "current",
    sparesAllocated: true,
  },
  COUNT_LOSS: {
    text: "Less was found than the books said.",
    sign: -1,
    accounts: from("5900"),
    variance: "5900",
    takes: [],
    cost: "current",
  },
  SCRAP_ISSUE: { text: "Thrown away.", sign: -1, accounts: from("5910"), variance: "5100", takes: [], cost: "current" },
  TRANSFER_LOSS: {
    text: "Sent by another warehouse and never arrived: taken from TRANSIT by the transfer's own action, not by hand.",
    sign: -1,
    accounts: { debit: "5920", credit: IN_TRANSIT },
    variance: "5100",
    takes: [],
    cost: "current",
  },
  BIN_MOVE: {
    text: "From one location to another in the same warehouse; no value moves.",
    sign: 0,
    accounts: null,
    variance: "5100",
    takes: ["toLocation"],
    needs: ["toLocation"],
    cost: "none",
  },
  STATUS_CHANGE: {
    text: "From one status to another in the same place; no value moves. PLEDGED needs its `pledge`, and leaves only by its release.",
    sign: 0,
    accounts: null,
    variance: "5100",
    takes: ["toStatus", "pledge"],
    needs: ["toStatus"],
    cost: "none",
  },
  COST_ADJUSTMENT: {
    text: "Value without units: landed cost and price corrections (`amount`), or a new standard cost (`unitCost`). Needs finance:write.",
    sign: 0,
    accounts: into("2100"),
    variance: "5100",
    takes: ["unitCost", "account", "ofMovement", "amount", "supplier"],
    cost: "none",
  },
} as const satisfies Record<string, MovementRule>;

export type MovementType = keyof typeof MOVEMENT_RULES;

export const MOVEMENT_TYPES = Object.keys(MOVEMENT_RULES) as MovementType[];

export const ruleOf = (type: MovementType): MovementRule => MOVEMENT_RULES[type];

/** A type's line in the schema: what it is, what it needs, and what it refuses. */
export function describeMovement(type: MovementType): string {
  const { text, needs = [], sparesAllocated } = ruleOf(type);
  return [
    text,
    needs.length > 0 ? `Needs ${needs.map((name) => `\`${name}\``).join(" and ")} by hand (INVALID_INPUT).` : "",
    sparesAllocated ? "Takes no unit that is allocated to an order (INSUFFICIENT_STOCK)." : "",
  ]
    .filter((part) => part !== "")
    .join(" ");
}
