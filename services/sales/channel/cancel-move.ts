import { earlierEffect, keyedCall, rememberEffect } from "../../../shared/db/idempotency";
import { LostRace } from "../../../shared/db/retry";
import type { Tx } from "../../../shared/db/transaction";
import { tell } from "../../../shared/flow/outbox";
import type { Caller } from "../../../shared/identity/caller";
import { Refusal } from "../../../shared/refusal";
import { checkKey } from "../../../shared/units/check";
import { giveBackMove } from "../known/apply";
import { lockWarehouses, readWarehouses } from "./channel.sql";
import { savePoolAgain } from "./decide-move";
import { lockPools, readMoves } from "./move.sql";

export interface CancelWarehouseMove {
  idempotencyKey: string;
  warehouse: string;
}

const RETRY_MS = 500;
const WAREHOUSE = ["input", "warehouse"];

/**
 * Ends a move that dispatch has not decided, as a refusal of it would: what was set aside is its pool's again. Should dispatch
 * agree to it after all, nobody here waits for that answer, and there it hears of the end behind the question. Answers the pool.
 */
export async function cancelMove(tx: Tx, caller: Caller, input: CancelWarehouseMove): Promise<string> {
  const code = checkKey(input.warehouse, WAREHOUSE);
  const call = keyedCall(caller.client, "cancelWarehouseMove", input);
  const [seen] = await readWarehouses(tx, [code]);
  if (!seen) throw new Refusal("NOT_FOUND", `no warehouse ${code} is known here yet`, { field: WAREHOUSE, retryAfterMs: RETRY_MS });
  const [move] = await readMoves(tx, seen.move_id ? [seen.move_id] : []);
  const pools = move ? await lockPools(tx, [move.from_pool, move.to_pool]) : [];
  const [warehouse] = await lockWarehouses(tx, [code]);
  if (warehouse.move_id !== seen.move_id) throw new LostRace("the warehouse's move was decided or begun");
  const before = await earlierEffect(tx, call);
  if (before) return before;
  if (!move) throw new Refusal("INVALID_STATE", `warehouse ${code} is not being moved`, { field: WAREHOUSE });
  await giveBackMove(tx, { moveId: move.id, warehouse: code, because: `the move was cancelled by ${caller.client}` });
  const pool = pools.find((one) => one.code === move.from_pool)!;
  await savePoolAgain(tx, pool);
  await rememberEffect(tx, call, pool.code);
  const aggregates = { [`warehouse-move:${move.id}`]: 2 };
  await tell(tx, [{ type: "WarehouseMoveCancelled", moveId: move.id, warehouse: code, aggregates }]);
  return pool.code;
}
