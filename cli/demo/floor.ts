import { callOrThrow, type Caller, type Operation } from "./call";
import type { Trail } from "./client";
import * as operations from "./operations";

export interface Line {
  item: { sku: string };
  quantity: number;
}

export interface Shipment {
  id: string;
  status: string;
  lines: Line[];
}

/** What the floor does with a shipment, by the status that it starts from. */
const STEPS: { from: string; operation: Operation; input: (shipment: Shipment, short: number) => object }[] = [
  { from: "RELEASED", operation: operations.startPicking, input: () => ({}) },
  {
    from: "PICKING",
    operation: operations.recordPick,
    input: ({ lines }, short) => ({ picks: lines.map((line, i) => pick(line, i ? 0 : short)) }),
  },
  { from: "PICKED", operation: operations.packShipment, input: () => ({}) },
  { from: "PACKED", operation: operations.shipShipment, input: ({ id }) => ({ carrier: "DEMO", trackingNumber: `DEMO-${id.slice(-12)}` }) },
];
const DELIVERY = { operation: operations.reportDelivery, input: () => ({ outcome: "DELIVERED" }) };

const pick = ({ item, quantity }: Line, short: number) => ({ sku: item.sku, quantity: quantity - short, ...(short > 0 && { short }) });

export interface Floor {
  caller: Caller;
  trail: Trail;
  /** Units of the first line that are not found. */
  short?: number;
  /** A transfer is not delivered to a buyer: it is received. */
  toBuyer?: boolean;
}

/** Takes a shipment from where it stands as far as the floor takes it; answers the units that left. */
export async function shipIt(shipment: Shipment, { caller, trail, short = 0, toBuyer = true }: Floor): Promise<number> {
  const steps = [...STEPS, ...(toBuyer ? [{ from: "SHIPPED", ...DELIVERY }] : [])];
  const first = steps.findIndex(({ from }) => from === shipment.status);
  const missing = shipment.status === "RELEASED" ? short : 0;
  const units = shipment.lines.reduce((sum, { quantity }) => sum + quantity, 0) - missing;
  for (const { operation, input } of first < 0 ? [] : steps.slice(first)) {
    const action = { idempotencyKey: `demo:${shipment.id}:${operation.name}`, id: shipment.id, ...input(shipment, missing) };
    await callOrThrow(caller, operation, { input: action }, trail);
    if (units === 0 && operation === operations.recordPick) break; // nothing was found: the shipment has ended
  }
  return units;
}
