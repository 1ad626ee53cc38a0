import { earlierEffect, keyedCall, rememberEffect } from "../../../shared/db/idempotency";
import type { Tx } from "../../../shared/db/transaction";
import { ownNamespace, type Caller } from "../../../shared/identity/caller";
import { isId } from "../../../shared/ids";
import { Refusal } from "../../../shared/refusal";
import { Desk } from "../feed/desk";
import { Known } from "../known/known";
import { Positions } from "../position/position";
import { fillWaiting, keysOfOrder } from "./fill-waiting";
import { FulfillmentStatus, isOpen, isUnpicked, type OrderFile } from "./fulfillment-order";
import { Orders } from "./orders";

/** The order that a person changes, with its row and all its positions and demand locked. */
export interface Change {
  desk: Desk;
  order: OrderFile;
  /** Who does it, for the history. */
  actor: string;
}

/**
 * Runs a change of a fulfillment order once: lock, look up the key, work, remember. The answer to a replay is the order as it
 * is now. `others`: further orders that the change may touch.
 */
export async function changeOrder<Input extends { idempotencyKey: string; id: string }>(
  tx: Tx,
  caller: Caller,
  mutation: string,
  input: Input,
  work: (change: Change) => void,
  others: (tx: Tx) => Promise<string[]> = async () => [],
): Promise<string> {
  const call = keyedCall(caller.client, mutation, input);
  const orders = await Orders.lock(tx, isId(input.id) ? [input.id, ...(await others(tx))] : []);
  const order = orders.all().find(({ id }) => id === input.id);
  if (!order || !maySee(caller, order)) throw new Refusal("NOT_FOUND", "There is no such fulfillment order.", { field: ["input", "id"] });
  const known = await Known.read(tx, [...new Set(orders.all().map(({ channel_code }) => channel_code))]);
  const positions = await Positions.lock(tx, {
    positions: orders.all().flatMap((one) => keysOfOrder(one, known)),
    demand: orders.all().flatMap(({ pool_code, lines }) => lines.map(({ sku }) => ({ place: pool_code, sku }))),
  });
  const before = await earlierEffect(tx, call);
  if (before) return before;
  const desk = await Desk.open(tx, known, orders, positions);
  work({ desk, order, actor: caller.client });
  await fillWaiting(desk, [...desk.anew], []);
  await desk.save();
  await rememberEffect(tx, call, order.id);
  return order.id;
}

const maySee = (caller: Caller, { client, merchant }: OrderFile): boolean =>
  [undefined, client].includes(ownNamespace(caller)) && [undefined, merchant].includes(caller.merchant);

export const invalidState = (message: string): Refusal => new Refusal("INVALID_STATE", message, { field: ["input", "id"] });

const FINAL: readonly FulfillmentStatus[] = [FulfillmentStatus.SHIPPED, FulfillmentStatus.DELIVERED, FulfillmentStatus.CANCELLED];

export function checkGoesOn({ status }: OrderFile): void {
  if (FINAL.includes(status)) throw invalidState(`The order is ${status}.`);
}

export function checkNotHeld({ held }: OrderFile): void {
  if (held) throw invalidState("The order is held; resume it first.");
}

/** Where it is being picked, as far as the warehouses have told. */
export const pickingAt = (order: OrderFile): string[] =>
  order.allocations.filter((one) => isOpen(one) && !isUnpicked(one)).map((one) => one.warehouse_code);

/** A reason as it stands in the history, at the end of what was done. */
export const detailOf = (done: string[], reason: string | null | undefined): string => [...done, ...(reason ? [reason] : [])].join(", ");
