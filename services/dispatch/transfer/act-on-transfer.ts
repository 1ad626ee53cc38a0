import { earlierEffect, keyedCall, rememberEffect } from "../../../shared/db/idempotency";
import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { isId, newId } from "../../../shared/ids";
import { Refusal } from "../../../shared/refusal";
import { checkText } from "../../../shared/units/check";
import { databaseNow } from "../feed/clock.sql";
import { Desk } from "../feed/desk";
import { Known } from "../known/known";
import type { Visible } from "../known/visible";
import { Orders } from "../order/orders";
import { Positions } from "../position/position";
import { Returns } from "../return/returns";
import { handOver, tellSetAside, unallocate } from "./move-transfer";
import { transfersById } from "./transfer.sql";
import { TransferStatus, type TransferFile } from "./transfer-order";
import { Transfers } from "./transfers";

export interface TransferAction {
  idempotencyKey: string;
  id: string;
  reason?: string | null;
}

type Work = (desk: Desk, file: TransferFile, caller: Caller, reason: string | null) => void;

/** Runs an action on a transfer once: lock, look up the key, decide, remember. A replay answers the transfer as it is now. */
const action =
  (mutation: string, work: Work) =>
  async (tx: Tx, caller: Caller, visible: Visible, input: TransferAction): Promise<string> => {
    const call = keyedCall(caller.client, mutation, input);
    if (input.reason != null) checkText(input.reason, ["input", "reason"]);
    const [seen] = isId(input.id) ? await transfersById(tx, [input.id], visible) : [];
    if (!seen) throw new Refusal("NOT_FOUND", "no such transfer", { field: ["input", "id"] });
    const orders = await Orders.lock(tx, []);
    const transfers = await Transfers.lock(tx, [input.id]);
    const before = await earlierEffect(tx, call);
    if (before) return before;
    const known = await Known.read(tx, []);
    const positions = await Positions.lock(tx, { positions: transfers.keys() });
    const desk = new Desk(tx, await databaseNow(tx), known, orders, positions, Returns.none(tx), transfers);
    work(desk, transfers.of(input.id)!, caller, input.reason ?? null);
    await desk.save();
    await rememberEffect(tx, call, input.id);
    return input.id;
  };

/** Its units are spoken for where they lie, and sales is asked to set them aside; then the floor is told. */
export const releaseTransfer = action("releaseTransfer", (desk, file, caller, reason) => {
  const { id, status, from_warehouse: from, lines } = file;
  if (status !== TransferStatus.DRAFT) throw invalidState(`The transfer is ${status}; only a DRAFT can be released.`);
  const short = lines.find(({ sku, quantity }) => desk.positions.free(from, sku) < quantity);
  if (short) {
    const free = Math.max(0, desk.positions.free(from, short.sku));
    throw new Refusal("INSUFFICIENT_STOCK", `${from} has ${free} free units of ${short.sku}, ${short.quantity} are to go.`, {
      field: ["input", "id"],
    });
  }
  for (const line of lines) {
    desk.positions.post(from, line.sku, "ALLOCATE", id, { allocated: line.quantity });
    line.allocated = line.quantity;
  }
  file.pool_code = desk.known.poolOf(from) ?? null;
  file.note = null;
  const step = { event: "TransferReleased", at: desk.at, actor: caller.client, detail: reason };
  desk.transfers.step(file, file.pool_code === null ? TransferStatus.RELEASED : TransferStatus.RELEASING, step);
  if (file.pool_code === null) handOver(desk, file);
  else tellSetAside(desk, file);
});

/** In time, it is as if it had never been; what the floor has been told of, the warehouse decides. */
export const cancelTransfer = action("cancelTransfer", (desk, file, caller, reason) => {
  const { id, status, from_warehouse: warehouse, lines, client, merchant } = file;
  const step = { event: "CancelRequested", at: desk.at, actor: caller.client, detail: reason };
  if (status === TransferStatus.DRAFT || status === TransferStatus.RELEASING) {
    unallocate(
      desk,
      file,
      lines.map(({ sku, allocated }) => ({ sku, quantity: allocated })),
    );
    file.note = reason;
    desk.transfers.step(file, TransferStatus.CANCELLED, step);
    if (status === TransferStatus.RELEASING) tellSetAside(desk, file);
    return;
  }
  if (status !== TransferStatus.RELEASED) throw invalidState(`The transfer is ${status}; what has left cannot be cancelled.`);
  if (file.cancelling !== null) return;
  file.cancelling = newId();
  file.note = reason;
  desk.transfers.step(file, status, step);
  desk.tell({
    type: "ShipmentCancelRequested",
    allocationId: id,
    cancellationId: file.cancelling,
    orderRef: "",
    warehouse,
    lines: lines.filter(({ allocated }) => allocated > 0).map(({ sku, allocated }) => ({ sku, quantity: allocated })),
    aggregates: { [`allocation:${id}`]: desk.transfers.raise(file) },
    client,
    merchant,
  });
});

const invalidState = (message: string): Refusal => new Refusal("INVALID_STATE", message, { field: ["input", "id"] });
