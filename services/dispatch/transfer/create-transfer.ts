import { earlierEffect, keyedCall, rememberEffect } from "../../../shared/db/idempotency";
import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { newId } from "../../../shared/ids";
import { Refusal } from "../../../shared/refusal";
import { checkKey } from "../../../shared/units/check";
import { databaseNow } from "../feed/clock.sql";
import { summed } from "../order/summed";
import { newInstance } from "../process/flow";
import { TRANSFER_FLOW } from "../process/transfer-flow";
import { itemsNamed } from "../return/return.sql";
import { booksOf } from "./transfer.sql";
import { TransferReason, TransferStatus, type TransferFile } from "./transfer-order";
import { Transfers } from "./transfers";

export interface CreateTransfer {
  idempotencyKey: string;
  from: string;
  to: string;
  lines: { sku: string; quantity: number }[];
  reason?: TransferReason | null;
  expectedAt?: Date | null;
}

/** A draft: nothing is set aside, and nobody has been told. */
export async function createTransfer(tx: Tx, caller: Caller, input: CreateTransfer): Promise<string> {
  const call = keyedCall(caller.client, "createTransfer", input);
  for (const name of ["from", "to"] as const) checkKey(input[name], ["input", name]);
  if (input.from === input.to) throw refused("INVALID_INPUT", `${input.to} is where they are`, ["to"]);
  const units = summed(input.lines, ["input", "lines"]);
  const before = await earlierEffect(tx, call);
  if (before) return before;
  await checkWarehouses(tx, input);
  const merchant = await merchantOf(tx, caller, input, units);
  const at = await databaseNow(tx);
  const transfers = Transfers.none(tx);
  const file = draft(caller.client, merchant, input, units, at);
  const step = { event: "TransferCreated", at, actor: caller.client, detail: `${input.from} to ${input.to}` };
  transfers.add(file, step);
  await transfers.save();
  await rememberEffect(tx, call, file.id);
  return file.id;
}

/** A transfer as it is made; the key is its own. */
export function draft(
  client: string,
  merchant: string,
  input: Omit<CreateTransfer, "lines" | "idempotencyKey">,
  units: Map<string, number>,
  at: Date,
): TransferFile {
  const id = newId();
  return {
    id,
    from_warehouse: input.from,
    to_warehouse: input.to,
    pool_code: null,
    status: TransferStatus.DRAFT,
    reason: input.reason ?? TransferReason.MANUAL,
    expected_at: input.expectedAt ?? null,
    note: null,
    cancelling: null,
    handed_over: 0,
    arrival_version: 0,
    suggestion: null,
    client,
    merchant,
    created_at: at,
    version: 0,
    lines: [...units].map(([sku, quantity]) => ({ transfer_id: id, sku, quantity, allocated: 0, shipped: 0, received: 0, lost: 0 })),
    process: newInstance(TRANSFER_FLOW, { id, reference: id, client }, at),
  };
}

async function checkWarehouses(tx: Tx, { from, to }: CreateTransfer): Promise<void> {
  const known = new Map((await booksOf(tx, [from, to])).map(({ code, books }) => [code, books]));
  for (const [name, code] of Object.entries({ from, to }))
    if (!known.has(code)) throw refused("NOT_FOUND", `no warehouse ${code} is known here`, [name]);
  if (known.get(from) && known.get(to) && known.get(from) !== known.get(to))
    throw refused("INVALID_INPUT", `${to} has other books than ${from}: goods do not move between legal entities or currencies`, ["to"]);
}

/** Whose goods; empty where several merchants'. */
async function merchantOf(tx: Tx, caller: Caller, input: CreateTransfer, units: Map<string, number>): Promise<string> {
  const items = new Map((await itemsNamed(tx, [...units.keys()])).map((item) => [item.sku, item]));
  input.lines.forEach(({ sku }, i) => {
    const item = items.get(sku);
    const path = ["lines", String(i), "sku"];
    if (!item || (caller.merchant !== undefined && item.merchant !== caller.merchant))
      throw refused("NOT_FOUND", `no item ${sku} is known here`, path);
    if (item.kind !== "STOCKED") throw refused("INVALID_INPUT", `${sku} is ${item.kind}: it does not lie in warehouses`, path);
  });
  const merchants = new Set([...items.values()].map(({ merchant }) => merchant));
  return merchants.size === 1 ? [...merchants][0] : "";
}

const refused = (code: "INVALID_INPUT" | "NOT_FOUND", message: string, path: string[]): Refusal =>
  new Refusal(code, message, { field: ["input", ...path] });
