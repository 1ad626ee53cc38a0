import { Refused, backoffMs, callOrThrow, wait, type Caller, type Callers, type Operation } from "./call";
import type { Trail } from "./client";
import { shipIt, type Shipment } from "./floor";
import type { Mishaps } from "./mishaps";
import * as operations from "./operations";

const PATIENCE_MS = 60_000;
const BECOMES = [{ status: "AVAILABLE" }, { status: "QUARANTINE" }, { scrap: true }];

/** What may come after an order's delivery; every step is keyed by the order, so that it is done once. */
export interface Occasion {
  key: string;
  orderRef: string;
  sku: string;
  callers: Callers;
  mishaps: Mishaps;
  trail: Trail;
}

/** The buyer sends one unit back, which is put away, set aside or scrapped. */
export async function sendBack({ key, orderRef, sku, callers, mishaps, trail }: Occasion): Promise<void> {
  const { buyer } = callers;
  // Dispatch hears of the delivery a moment after it.
  await until(buyer, operations.orderState, { orderRef }, trail, ({ order }) => order.fulfillments.every(hasLeft) || null);
  const lines = [{ sku, quantity: 1, reason: "not what I thought" }];
  const asked = { idempotencyKey: `${key}:return`, orderRef, kind: "RETURN", lines };
  const { requestReturn } = await callOrThrow(callers.orders, operations.requestReturn, { input: asked }, trail);
  const { id } = requestReturn.return as { id: string };
  const inbound = await until(buyer, operations.returnState, { id }, trail, ({ returnOrder }) => returnOrder.inbound as Inbound | null);
  await receive(callers.floor, `${key}:return in`, inbound.id, [{ sku, quantity: 1, ...mishaps.oneOf(BECOMES, key) }], trail);
}

/** Two units go from where most lie to another warehouse. Answers what became of it, and whether one was lost on the way. */
export async function moveStock({ key, sku, callers, mishaps, trail }: Occasion): Promise<"NONE" | "PROMISED" | "MOVED" | "LOST"> {
  const { stockPositions } = await callers.buyer.call(operations.positionsOf, { skus: [sku] }, trail);
  const places = (stockPositions.nodes as Position[]).sort((a, b) => b.free - a.free || (a.warehouse.code < b.warehouse.code ? -1 : 1));
  if (places.length < 2 || places[0]!.free < 2) return "NONE";
  const [from, ...others] = places.map(({ warehouse }) => warehouse.code);
  const asked = { idempotencyKey: `${key}:transfer`, from, to: mishaps.oneOf(others, key), lines: [{ sku, quantity: 2 }] };
  const { createTransfer } = await callOrThrow(callers.buyer, operations.createTransfer, { input: asked }, trail);
  const { id } = createTransfer.transfer as { id: string };
  const act = (what: "releaseTransfer" | "cancelTransfer") =>
    callOrThrow(callers.buyer, operations[what], { input: { idempotencyKey: `${key}:${what}`, id } }, trail);
  await act("releaseTransfer");
  const state = <T>(found: (transfer: Transfer) => T | null) =>
    until(callers.buyer, operations.transferState, { id }, trail, ({ transferOrder }) => found(transferOrder as Transfer));
  const released = await state(({ status, outbound }) => (status === "DRAFT" ? "PROMISED" : outbound));
  if (released === "PROMISED") {
    await act("cancelTransfer");
    return "PROMISED";
  }
  await shipIt(released, { caller: callers.floor, trail, toBuyer: false });
  const inbound = await state((transfer) => transfer.inbound);
  const lost = mishaps.happens("LOST_ON_THE_WAY", key);
  await receive(callers.floor, `${key}:transfer in`, inbound.id, [{ sku, quantity: lost ? 1 : 2 }], trail);
  return lost ? "LOST" : "MOVED";
}

const hasLeft = ({ status }: { status: string }): boolean => status === "SHIPPED" || status === "DELIVERED";

/** Null until its warehouse has heard of it. */
interface Inbound {
  id: string;
}
interface Position {
  warehouse: { code: string };
  free: number;
}
interface Transfer {
  status: string;
  outbound: Shipment | null;
  inbound: Inbound | null;
}

const receive = (floor: Caller, idempotencyKey: string, id: string, lines: object[], trail: Trail) =>
  callOrThrow(floor, operations.receiveInbound, { input: { idempotencyKey, id, lines, final: true } }, trail);

/** Asks until it is there. */
async function until<T>(
  caller: Caller,
  operation: Operation,
  variables: Record<string, string>,
  trail: Trail,
  found: (data: Record<string, any>) => T | null, // eslint-disable-line @typescript-eslint/no-explicit-any
): Promise<T> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  for (let attempt = 0; Date.now() < giveUpAt; attempt++) {
    const there = found(await caller.call(operation, variables, trail));
    if (there) return there;
    await wait(backoffMs(attempt));
  }
  throw new Refused(operation.name, "TIMEOUT", `${Object.values(variables)[0]} stays where it is for ${PATIENCE_MS / 1000} s`);
}
