import { earlierEffect, keyedCall, rememberEffect } from "../../../shared/db/idempotency";
import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { isId } from "../../../shared/ids";
import { Refusal } from "../../../shared/refusal";
import { checkText } from "../../../shared/units/check";
import { databaseNow } from "../feed/clock.sql";
import { Desk } from "../feed/desk";
import { Known } from "../known/known";
import type { Visible } from "../known/visible";
import { Orders } from "../order/orders";
import { Positions } from "../position/position";
import { proceed } from "./proceed";
import { ReturnStatus, type ReturnFile } from "./return-order";
import { returnsById } from "./return.sql";
import { Returns } from "./returns";

export interface ReturnAction {
  idempotencyKey: string;
  id: string;
  reason?: string | null;
}

type Work = (desk: Desk, file: ReturnFile, caller: Caller, reason: string | null) => void;

/** Runs a decision about a return once: lock, look up the key, decide, remember. A replay answers the return as it is now. */
const decision =
  (mutation: string, work: Work) =>
  async (tx: Tx, caller: Caller, visible: Visible, input: ReturnAction): Promise<string> => {
    const call = keyedCall(caller.client, mutation, input);
    if (input.reason != null) checkText(input.reason, ["input", "reason"]);
    const [seen] = isId(input.id) ? await returnsById(tx, [input.id], visible) : [];
    if (!seen) throw new Refusal("NOT_FOUND", "no such return", { field: ["input", "id"] });
    const orders = await Orders.lock(tx, [seen.fulfillment_id]);
    const returns = await Returns.lock(tx, [input.id]);
    const before = await earlierEffect(tx, call);
    if (before) return before;
    const positions = await Positions.lock(tx, { positions: [] });
    const desk = new Desk(tx, await databaseNow(tx), await Known.read(tx, []), orders, positions, returns);
    work(desk, returns.of(input.id)!, caller, input.reason ?? null);
    await desk.save();
    await rememberEffect(tx, call, input.id);
    return input.id;
  };

/** Goods may come back now; what is replaced at once is asked for. */
export const approveReturn = decision("approveReturn", (desk, file, caller) => {
  checkRequested(file, "approved");
  proceed(desk, file, caller.client);
});

export const rejectReturn = decision("rejectReturn", (desk, file, caller, reason) => {
  if (reason === null || reason.trim() === "")
    throw new Refusal("INVALID_INPUT", "says why it is rejected", { field: ["input", "reason"] });
  checkRequested(file, "rejected");
  Object.assign(file, { approval: "REFUSED", note: reason });
  desk.returns.step(file, { event: "ReturnRejected", at: desk.at, actor: caller.client, detail: reason });
});

/**
 * Stops what is still open of a return: goods of which nothing has come, a replacement that is not committed. Whether it was in
 * time the warehouse and sales decide; a committed replacement is an order of its own, and cancelled as one.
 */
export const cancelReturn = decision("cancelReturn", (desk, file, caller, reason) => {
  if (file.cancelling) return;
  if (file.status === ReturnStatus.REQUESTED) {
    if (file.arrival === "PLANNED") file.arrival = "CANCELLED";
    if (file.replacement === "PLANNED") file.replacement = "WITHDRAWN";
  } else askToStop(desk, file);
  file.note = reason;
  desk.returns.step(file, { event: "CancelRequested", at: desk.at, actor: caller.client, detail: reason });
});

function askToStop(desk: Desk, file: ReturnFile): void {
  const waits = file.replacement === "ASKED" || file.replacement === "WAITING";
  if (file.arrival !== "EXPECTED" && !waits)
    throw new Refusal("INVALID_STATE", `The return is ${file.status}; nothing of it can be stopped any more.`, { field: ["input", "id"] });
  file.cancelling = 1;
  const { id: returnId, order_ref: orderRef, warehouse_code: warehouse, client, merchant } = file;
  const about = () => ({ returnId, orderRef, client, merchant, aggregates: { [`return:${returnId}`]: desk.returns.raise(file) } });
  if (file.arrival === "EXPECTED") desk.tell({ type: "ReturnCancelRequested", warehouse, ...about() });
  if (waits) desk.tell({ type: "ReplacementWithdrawn", ...about() });
}

function checkRequested({ status }: ReturnFile, verb: string): void {
  if (status !== ReturnStatus.REQUESTED)
    throw new Refusal("INVALID_STATE", `The return is ${status}; only one that is REQUESTED can be ${verb}.`, { field: ["input", "id"] });
}
