import { earlierEffect, keyedCall, rememberEffect } from "../../../shared/db/idempotency";
import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { Refusal } from "../../../shared/refusal";
import { checkKey, checkText } from "../../../shared/units/check";
import { lockItems, readItems } from "../item/item.sql";
import type { PostingLine } from "./decide-posting";
import { lockStock } from "./lock-stock";
import { lockLot, setBlocked, warehousesOfLot } from "./lot.sql";
import { post } from "./post";
import { isOutOfDate, lotKey, type Balance, type Stock } from "./stock";
import type { BlockLotInput } from "./trace.types";

/**
 * Recalls a lot in every warehouse where it lies, in one transaction. The item is locked, so that nobody receives the lot for the
 * first time elsewhere meanwhile, and its headers, so that none of it moves. Units that are picked stay with their shipment.
 */
export async function blockLot(tx: Tx, caller: Caller, input: BlockLotInput): Promise<string> {
  const { sku, lot: code, blocked, reason } = input;
  const call = keyedCall(caller.client, "blockLot", input);
  for (const name of ["sku", "lot"] as const) checkKey(input[name], ["input", name]);
  checkText(reason, ["input", "reason"]);
  await lockItems(tx, [sku]);
  const [item] = await readItems(tx, [sku]);
  if (!item || (caller.merchant !== undefined && item.merchantCode !== caller.merchant)) throw none(`No item ${sku}.`, "sku");
  const stocks: Stock[] = [];
  for (const warehouse of await warehousesOfLot(tx, sku, code)) stocks.push(await lockStock(tx, warehouse, [sku]));
  const lot = await lockLot(tx, sku, code);
  if (!lot) throw none(`No lot ${code} of ${sku}.`, "lot");
  const before = await earlierEffect(tx, call);
  if (before) return before;
  if (lot.blocked === blocked) {
    throw new Refusal("INVALID_STATE", `Lot ${code} of ${sku} is ${blocked ? "blocked already" : "not blocked"}.`, {
      field: ["input", "blocked"],
    });
  }
  await setBlocked(tx, sku, code, blocked);
  for (const stock of stocks) await changeStatus(tx, caller, stock, input);
  await rememberEffect(tx, call, lotKey(sku, code));
  return code;
}

async function changeStatus(tx: Tx, caller: Caller, stock: Stock, { sku, lot: code, blocked, reason }: BlockLotInput): Promise<void> {
  const lot = stock.lots.get(lotKey(sku, code))!;
  lot.blocked = blocked;
  const [from, to] = blocked
    ? (["AVAILABLE", "BLOCKED"] as const)
    : (["BLOCKED", isOutOfDate(stock, lot) ? "EXPIRED" : "AVAILABLE"] as const);
  const lines = [...stock.balances.values()]
    .filter((place) => place.lot === code && place.status === from && place.quantity > place.allocated)
    .flatMap((place) => moved(place, to));
  if (lines.length === 0) return;
  await post(tx, stock, [{ type: "STATUS_CHANGE", lines, occurredAt: stock.now, postedBy: caller.client, client: "", reason }]);
}

function moved({ quantity, allocated, sku, location, lot, status, pledge }: Balance, to: PostingLine["status"]): PostingLine[] {
  const units = quantity - allocated;
  const place = { sku, location, lot, pledge, field: ["input", "lot"] };
  return [
    { ...place, status, units: -units },
    { ...place, status: to, units },
  ];
}

const none = (message: string, field: string) => new Refusal("NOT_FOUND", message, { field: ["input", field] });
