import { earlierEffect, keyedCall, rememberEffect } from "../../../shared/db/idempotency";
import { inLockOrder } from "../../../shared/db/lock-order";
import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { Refusal } from "../../../shared/refusal";
import { checkCount, checkKey, checkText, checkUnits } from "../../../shared/units/check";
import { shareItems } from "../item/item.sql";
import { readAccounts } from "../journal/accounts.sql";
import { choosePlaces } from "./choose-places";
import { checkBackDated } from "./back-dated";
import type { PostingLine } from "./decide-posting";
import type { MovementLineInput, PostMovementInput } from "./movement.inputs";
import { MOVEMENT_RULES } from "./movement-rules";
import { post } from "./post";
import { firstLocation, lockStock, type Stock } from "./stock";

const MOST_LINES = 1_000;
const lineField = (i: number): string[] => ["input", "lines", String(i)];

/** Posts by hand; answers the movement's id. */
export async function postMovement(tx: Tx, caller: Caller, input: PostMovementInput): Promise<string> {
  const call = keyedCall(caller.client, "postMovement", input);
  checkMovement(input);
  const skus = inLockOrder(input.lines.map(({ sku }) => sku));
  await shareItems(tx, skus);
  const stock = await lockStock(tx, input.warehouse, skus);
  const before = await earlierEffect(tx, call);
  if (before) return before;
  const occurredAt = input.occurredAt ?? stock.now;
  if (occurredAt > stock.now) throw invalid("must not be in the future", ["input", "occurredAt"]);
  if (input.account) await checkAccount(tx, input.account);
  const lines = postingLines(stock, caller, input);
  if (occurredAt < stock.now) await checkBackDated(tx, stock, lines, occurredAt);
  const [{ id }] = await post(tx, stock, [{ ...input, lines, occurredAt, postedBy: caller.client, client: "" }]);
  await rememberEffect(tx, call, id);
  return id;
}

/** What can be said without looking at any stock. */
function checkMovement(input: PostMovementInput): void {
  const { type, lines, document, account, ofMovement } = input;
  const rule = MOVEMENT_RULES[type];
  if (!rule.byHand) throw invalid(`${type} is not offered by hand yet`, ["input", "type"]);
  checkKey(input.warehouse, ["input", "warehouse"]);
  checkCount(lines, ["input", "lines"], MOST_LINES);
  for (const name of ["reasonCode", "supplier", "orderRef"] as const) if (input[name] != null) checkKey(input[name], ["input", name]);
  if (input.reason != null) checkText(input.reason, ["input", "reason"]);
  if (document)
    for (const part of ["type", "number", "line"] as const)
      if (document[part] != null) checkKey(document[part], ["input", "document", part]);
  if (account != null && !rule.account) throw invalid(`${type} takes no account`, ["input", "account"]);
  if (ofMovement != null) throw invalid(`${type} takes no ofMovement`, ["input", "ofMovement"]);
  lines.forEach((line, i) => checkLine(line, rule.sign > 0, lineField(i)));
}

function checkLine(line: MovementLineInput, inwards: boolean, field: string[]): void {
  checkKey(line.sku, [...field, "sku"]);
  checkUnits(line.quantity, [...field, "quantity"]);
  for (const name of ["toLocation", "toStatus", "amount"] as const)
    if (line[name] != null) throw invalid(`does not belong to this type`, [...field, name]);
  for (const name of ["lot", "lotExpiresOn", "serials", "pledge"] as const)
    if (line[name] != null) throw invalid("is not offered yet", [...field, name]);
  if (line.status === "PLEDGED" || line.status === "EXPIRED") throw invalid(`${line.status} is not set by hand`, [...field, "status"]);
  if (line.unitCost != null && !inwards) throw invalid("goods leave at the cost they have here", [...field, "unitCost"]);
  if (line.unitCost?.isNegative()) throw invalid("must not be negative", [...field, "unitCost"]);
}

async function checkAccount(tx: Tx, code: string): Promise<void> {
  const [account] = await readAccounts(tx, [checkKey(code, ["input", "account"])]);
  if (!account) throw new Refusal("NOT_FOUND", `No account ${code}.`, { field: ["input", "account"] });
  if (account.inventory) throw invalid(`${code} is an inventory account itself`, ["input", "account"]);
}

function postingLines(stock: Stock, caller: Caller, { type, lines }: PostMovementInput): PostingLine[] {
  const units = lines.map((line, i) => baseUnits(stock, caller, line, lineField(i)));
  lines.forEach(({ location }, i) => location != null && checkLocation(stock, location, [...lineField(i), "location"]));
  if (MOVEMENT_RULES[type].sign > 0) {
    return lines.map(({ sku, location, status, unitCost }, i) => {
      const to = location ?? firstLocation(stock, "STORAGE");
      return { sku, location: to, lot: "", status: status ?? "AVAILABLE", pledge: "", units: units[i], unitCost, field: lineField(i) };
    });
  }
  const wanted = lines.map(({ sku, location, status }, i) => ({
    sku,
    units: units[i],
    location,
    status: status ?? undefined,
    field: lineField(i),
  }));
  return choosePlaces(stock, wanted).map((taken) => ({ ...taken, units: -taken.units }));
}

/** Also refuses items that cannot be stocked, or that are not this caller's. */
function baseUnits(stock: Stock, caller: Caller, { sku, quantity, unit }: MovementLineInput, field: string[]): number {
  const item = stock.items.get(sku);
  if (!item || (caller.merchant !== undefined && item.merchantCode !== caller.merchant)) {
    throw new Refusal("NOT_FOUND", `No item ${sku}.`, { field: [...field, "sku"] });
  }
  if (item.kind !== "STOCKED") throw invalid(`${sku} is ${item.kind}: it does not lie in warehouses`, [...field, "sku"]);
  if (unit == null || unit === item.unit) return quantity;
  const factor = item.units.find(({ code }) => code === unit)?.factor;
  if (factor === undefined) throw invalid(`${sku} has no unit ${unit}`, [...field, "unit"]);
  return checkUnits(quantity * factor, [...field, "quantity"]);
}

/** Goods on their way lie in TRANSIT, picked ones in PACKING: nobody puts goods there, or takes them, by hand. */
function checkLocation(stock: Stock, location: string, field: string[]): void {
  const kind = stock.kinds.get(location);
  if (!kind) throw new Refusal("NOT_FOUND", `No location ${location} in ${stock.warehouse.code}.`, { field });
  if (kind === "TRANSIT" || kind === "PACKING") throw invalid(`${kind} is not for movements by hand`, field);
}

const invalid = (message: string, field: string[]) => new Refusal("INVALID_INPUT", message, { field });
