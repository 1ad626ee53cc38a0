import { earlierEffect, keyedCall, rememberEffect } from "../../../shared/db/idempotency";
import type { Tx } from "../../../shared/db/transaction";
import { tell } from "../../../shared/flow/outbox";
import type { Caller } from "../../../shared/identity/caller";
import { isId } from "../../../shared/ids";
import { Refusal } from "../../../shared/refusal";
import { databaseNow } from "../each.sql";
import type { CountStatus } from "../enums";
import { lockCountRow, saveCountRow, type CountPlace, type CountRow } from "./count.sql";
import { insertSteps } from "./history.sql";

/** Whether a caller that is bound to a merchant, or is not, may see a count: one of other merchants' goods is none of its business. */
export const maySeeCount = ({ merchant }: { merchant?: string }, count: { merchant: string }): boolean =>
  merchant === undefined || count.merchant === merchant;

/** A place, for people. */
export const placeText = ({ sku, location, lot, status }: CountPlace): string =>
  [`${sku} in ${location}`, lot && `lot ${lot}`, status].filter(Boolean).join(", ");

interface StepOptions {
  mutation: string;
  /** In the count's history. */
  action: string;
  /** The states it may be in. */
  from: CountStatus[];
}

/**
 * Runs a step of a count once: lock, look up the key, check the state, work, remember. `work` changes the row in memory and gives
 * back how many lines it touched. The answer to a replay is the count as it is now.
 */
export async function step<Input extends { idempotencyKey: string; id: string }>(
  tx: Tx,
  caller: Caller,
  input: Input,
  { mutation, action, from }: StepOptions,
  work: (count: CountRow) => Promise<number>,
): Promise<string> {
  const call = keyedCall(caller.client, mutation, input);
  const count = isId(input.id) ? await lockCountRow(tx, input.id) : undefined;
  if (!count || !maySeeCount(caller, count)) throw new Refusal("NOT_FOUND", "No such count.", { field: ["input", "id"] });
  const before = await earlierEffect(tx, call);
  if (before) return before;
  if (!from.includes(count.status)) {
    throw new Refusal("INVALID_STATE", `The count is ${count.status}; this needs one that is ${from.join(" or ")}.`, {
      field: ["input", "id"],
    });
  }
  const waited = waitsForApproval(count);
  count.version += 1;
  await progress(tx, caller.client, count, action, await work(count));
  if (waitsForApproval(count) !== waited) await tellVariance(tx, count);
  await rememberEffect(tx, call, count.id);
  return count.id;
}

const waitsForApproval = ({ status, pendingLines }: CountRow): boolean =>
  pendingLines > 0 && status !== "APPROVED" && status !== "CANCELLED";

const tellVariance = (tx: Tx, count: CountRow): Promise<void> =>
  tell(tx, [
    {
      type: "CountVarianceChanged",
      countId: count.id,
      warehouse: count.warehouseCode,
      waits: waitsForApproval(count),
      merchant: count.merchant,
      aggregates: { [`count:${count.id}`]: count.version },
    },
  ]);

/** Writes the row back, with its line in the count's history. */
export async function progress(tx: Tx, actor: string, count: CountRow, action: string, affected: number): Promise<void> {
  await saveCountRow(tx, count);
  const { id, version, status } = count;
  await insertSteps(tx, [{ countId: id, version, action, status, affected, actor, at: await databaseNow(tx) }]);
}
