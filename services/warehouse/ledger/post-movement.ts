import { earlierEffect, keyedCall, rememberEffect } from "../../../shared/db/idempotency";
import { inLockOrder } from "../../../shared/db/lock-order";
import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { Refusal } from "../../../shared/refusal";
import { checkKey } from "../../../shared/units/check";
import { lockItems, shareItems } from "../item/item.sql";
import { readAccounts } from "../journal/accounts.sql";
import { checkBackDated } from "./back-dated";
import { checkMovement, invalid } from "./check-movement";
import type { Posting } from "./decide-posting";
import { lockStock, type Named } from "./lock-stock";
import type { PostMovementInput } from "./movement.inputs";
import { postingLines } from "./movement-lines";
import { ruleOf } from "./movement-rules";
import { checkNoOpenDocument } from "./open-documents";
import { orderOfReturn } from "./origin";
import { post } from "./post";
import type { Stock } from "./stock";

/** Posts by hand; answers the movement's id. */
export async function postMovement(tx: Tx, caller: Caller, input: PostMovementInput): Promise<string> {
  const call = keyedCall(caller.client, "postMovement", input);
  checkMovement(caller, input);
  const stock = await lockForMovements(tx, input.warehouse, [input]);
  const before = await earlierEffect(tx, call);
  if (before) return before;
  const [{ id }] = await post(tx, stock, [await postingOf(tx, stock, caller, input)]);
  await rememberEffect(tx, call, id);
  return id;
}

/**
 * Locks what some movements by hand in one warehouse are about. Items are shared by who may receive the first of one, and locked
 * by who returns units: nothing is returned twice.
 */
export async function lockForMovements(tx: Tx, warehouse: string, inputs: PostMovementInput[]): Promise<Stock> {
  await lockItemsOf(tx, inputs);
  return lockStockOf(tx, warehouse, inputs);
}

/** The first half of it. Who posts in several warehouses at once locks all items first, then one warehouse after the other by code. */
export const lockItemsOf = (tx: Tx, inputs: PostMovementInput[]): Promise<unknown> =>
  (inputs.some(({ type }) => ruleOf(type).cost === "origin" || type === "SUPPLIER_RETURN") ? lockItems : shareItems)(tx, skusOf(inputs));

export const lockStockOf = (tx: Tx, warehouse: string, inputs: PostMovementInput[]): Promise<Stock> =>
  lockStock(tx, warehouse, skusOf(inputs), namedBy(inputs));

const skusOf = (inputs: PostMovementInput[]): string[] => inLockOrder(inputs.flatMap(({ lines }) => lines.map(({ sku }) => sku)));

const namedBy = (inputs: PostMovementInput[]): Named => {
  const lines = inputs.flatMap((input) => input.lines);
  return {
    lots: lines.flatMap(({ sku, lot }) => (lot == null ? [] : [{ sku, lot }])),
    serials: lines.flatMap(({ sku, serials }) => (serials ?? []).map((serial) => ({ sku, serial }))),
  };
};

/** A checked movement by hand as it is to be posted on locked stock. */
export async function postingOf(tx: Tx, stock: Stock, caller: Caller, input: PostMovementInput): Promise<Posting> {
  const occurredAt = input.occurredAt ?? stock.now;
  if (occurredAt > stock.now) throw invalid("must not be in the future", ["input", "occurredAt"]);
  if (input.type === "COST_ADJUSTMENT" && input.occurredAt)
    throw invalid("a COST_ADJUSTMENT is posted forward: now", ["input", "occurredAt"]);
  if (input.account) await checkAccount(tx, stock, input.account);
  const orderRef = await orderOfReturn(tx, input);
  await checkNoOpenDocument(tx, stock, { ...input, orderRef });
  const lines = await postingLines(tx, stock, caller, input);
  if (occurredAt < stock.now) await checkBackDated(tx, stock, lines, occurredAt);
  const newStandard = input.type === "COST_ADJUSTMENT" && lines.every(({ adjusts }) => !adjusts);
  const reasonCode = input.reasonCode ?? (newStandard ? "STANDARD" : null);
  return { ...input, orderRef, reasonCode, lines, occurredAt, postedBy: caller.client, client: "" };
}

async function checkAccount(tx: Tx, { accounts }: Stock, code: string): Promise<void> {
  checkKey(code, ["input", "account"]);
  if (!accounts.has(code)) for (const account of await readAccounts(tx, [code])) accounts.set(code, account);
  const account = accounts.get(code);
  if (!account) throw new Refusal("NOT_FOUND", `No account ${code}.`, { field: ["input", "account"] });
  if (account.inventory) throw invalid(`${code} is an inventory account itself`, ["input", "account"]);
}
