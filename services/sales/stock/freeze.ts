import { keyedCall } from "../../../shared/db/idempotency";
import { newId } from "../../../shared/ids";
import type { Caller } from "../../../shared/identity/caller";
import { Refusal } from "../../../shared/refusal";
import { checkKey, checkText, checkUnits } from "../../../shared/units/check";
import type { Command } from "./combiner";
import { Cause, type StockHeader } from "./virtual-stock";

export interface Adjust {
  idempotencyKey: string;
  pool: string;
  sku: string;
  quantity: number;
  reason: string;
  document?: string | null;
  compareAvailable?: number | null;
}

export function checkAdjust(input: Adjust): void {
  checkKey(input.pool, ["input", "pool"]);
  checkKey(input.sku, ["input", "sku"]);
  checkUnits(input.quantity, ["input", "quantity"]);
  checkText(input.reason, ["input", "reason"]);
  if (input.reason.trim() === "") throw new Refusal("INVALID_INPUT", "must not be empty", { field: ["input", "reason"] });
  if (input.document != null) checkKey(input.document, ["input", "document"]);
}

export const neverHad = ({ pool, sku }: { pool: string; sku: string }): Refusal =>
  new Refusal("NOT_FOUND", `pool ${pool} has never had ${sku}`, { field: ["input", "sku"] });

/** Withdraws units from sale, or gives them back: never more than is available, never more than is frozen. */
export function freezeCommand(caller: Caller, input: Adjust, what: "freeze" | "unfreeze"): Command<StockHeader> {
  const call = keyedCall(caller.client, `${what}VirtualStock`, input);
  const key = { pool: input.pool, sku: input.sku };
  const units = what === "freeze" ? input.quantity : -input.quantity;
  return {
    rows: 3,
    needs: { headers: [key], call, setAside: what === "unfreeze" ? key : undefined },
    decide(batch) {
      if (!batch.isLocked(key)) throw neverHad(key);
      if (batch.earlier(call)) return batch.header(key);
      const available = batch.available(key);
      if (input.compareAvailable != null && input.compareAvailable !== available)
        throw new Refusal("STALE_VALUE", `available is ${available}, not ${input.compareAvailable}`, {
          field: ["input", "compareAvailable"],
        });
      if (units > available)
        throw new Refusal("INSUFFICIENT_STOCK", `${units} to freeze, ${Math.max(0, available)} available`, {
          field: ["input", "quantity"],
        });
      // What is set aside for a warehouse that is being moved is not the operator's to give back.
      const frozen = batch.header(key).frozen - batch.setAside(key);
      if (-units > frozen) throw new Refusal("INVALID_INPUT", `only ${frozen} are frozen`, { field: ["input", "quantity"] });
      const id = newId();
      batch.post(key, what === "freeze" ? Cause.FREEZE : Cause.UNFREEZE, input.document ?? id, { frozen: units });
      batch.addAdjustment({
        id,
        pool_code: key.pool,
        sku: key.sku,
        frozen_delta: units,
        reason: input.reason,
        document: input.document ?? null,
        client: caller.client,
        at: batch.now,
      });
      batch.remember(call, id);
      return { ...batch.header(key) };
    },
  };
}
