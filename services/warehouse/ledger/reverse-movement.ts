import { earlierEffect, keyedCall, rememberEffect } from "../../../shared/db/idempotency";
import { isDuplicate, LostRace } from "../../../shared/db/retry";
import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { isId } from "../../../shared/ids";
import { Fault, Refusal } from "../../../shared/refusal";
import { checkText } from "../../../shared/units/check";
import { exact } from "../../../shared/units/decimal";
import { inLockOrder } from "../../../shared/db/lock-order";
import { lockItems } from "../item/item.sql";
import { notInvoiced } from "../receive/invoice.sql";
import { maySee } from "../visible";
import type { Posting, PostingLine } from "./decide-posting";
import { lockStock } from "./lock-stock";
import { readLines, readMovements, readReversals, type LineRow, type MovementRow } from "./movement.sql";
import { ruleOf } from "./movement-rules";
import { post } from "./post";
import { returnedUnits } from "./origin";
import { readLineSerials } from "./serial.sql";
import { placeKey, type Stock } from "./stock";
import type { ReverseMovementInput } from "./trace.types";

/**
 * Books the exact opposite of a movement, once: an issue comes back at its cost; a receipt leaves at current cost (FIFO: out of
 * its own layer), the difference to variance. Its items are locked, so that no return of it is booked meanwhile.
 */
export async function reverseMovement(tx: Tx, caller: Caller, input: ReverseMovementInput): Promise<string> {
  const call = keyedCall(caller.client, "reverseMovement", input);
  checkText(input.reason, ["input", "reason"]);
  const movement = await movementOf(tx, caller, input.movementId);
  const rows = await readLines(tx, [movement.id]);
  const skus = inLockOrder(rows.map(({ sku }) => sku));
  await lockItems(tx, skus);
  const serials = await readLineSerials(tx, [movement.id]);
  const named = rows.flatMap(({ sku, lineNo }) => serials.filter((row) => row.lineNo === lineNo).map(({ serial }) => ({ sku, serial })));
  const stock = await lockStock(tx, movement.warehouseCode, skus, { lots: rows.filter(({ lot }) => lot !== ""), serials: named });
  const before = await earlierEffect(tx, call);
  if (before) return before;
  await checkReversible(tx, caller, movement, rows);
  const lines = rows.map((row) =>
    opposite(
      stock,
      movement,
      row,
      serials.filter(({ lineNo }) => lineNo === row.lineNo).map(({ serial }) => serial),
    ),
  );
  const [{ id }] = await post(tx, stock, [reversal(stock, caller, movement, lines, input.reason)]).catch((error: unknown) => {
    throw isDuplicate(error) ? new LostRace("reversal") : error;
  });
  await rememberEffect(tx, call, id);
  return id;
}

async function movementOf(tx: Tx, caller: Caller, id: string): Promise<MovementRow> {
  const [movement] = isId(id) ? await readMovements(tx, [id]) : [];
  if (movement && maySee({ merchant: caller.merchant }, movement)) return movement;
  throw new Refusal("NOT_FOUND", "No such movement.", { field: ["input", "movementId"] });
}

async function checkReversible(tx: Tx, caller: Caller, movement: MovementRow, rows: LineRow[]): Promise<void> {
  const { id, type, reversalOfId, shipmentId, inboundId, countId, warehouseCode, documentType, documentNumber } = movement;
  const document = shipmentId ?? inboundId ?? countId;
  if (type === "COST_ADJUSTMENT" && !caller.scopes.has("finance:write"))
    throw new Fault("FORBIDDEN", "COST_ADJUSTMENT needs finance:write");
  if (document !== null) throw refused(`it was posted by ${document}, which alone undoes it`);
  if (reversalOfId !== null) throw refused("it is a reversal itself");
  if (type === "COST_ADJUSTMENT") throw refused("an adjustment is corrected by another adjustment");
  if (type === "STATUS_CHANGE" && movement.postedBy === "expiry") throw refused("the calendar booked it");
  const [other] = await readReversals(tx, [id]);
  if (other) throw refused(`it is reversed by ${other.id}`);
  const units = new Map<string, number>();
  for (const { sku, quantity } of rows) units.set(sku, (units.get(sku) ?? 0) - quantity);
  const returned = await returnedUnits(tx, movement, units);
  if (returned) throw refused(`units of ${returned} have come back of it`);
  if (type === "PURCHASE_RECEIPT" && documentNumber !== null) {
    const open = await notInvoiced(tx, { type: documentType!, number: documentNumber }, [...units.keys()]);
    const invoiced = open.find((row) => row.warehouse === warehouseCode && row.units < -units.get(row.sku)!);
    if (invoiced) throw refused(`units of ${invoiced.sku} are invoiced`);
  }
}

/** Receipts give back what the other side gave; issues bring back what it got. */
function opposite(stock: Stock, { type }: MovementRow, row: LineRow, serials: string[]): PostingLine {
  const { sku, location, lot, status, pledge, quantity } = row;
  const worth = exact(row.worth ?? row.value).abs();
  return {
    sku,
    location,
    lot,
    status,
    pledge,
    units: -quantity,
    field: ["input", "movementId"],
    ...(serials.length > 0 && { serials }),
    ...(ruleOf(type).sign !== 0 && { worth }),
    ...(stock.items.get(sku)!.costingMethod === "FIFO" && quantity > 0 && ruleOf(type).sign > 0 && { layer: row.seq }),
  };
}

function reversal(stock: Stock, caller: Caller, movement: MovementRow, lines: PostingLine[], reason: string): Posting {
  const { id, type, reasonCode, documentType, documentNumber, documentLine, orderRef, ofMovement, supplier, account } = movement;
  return {
    type,
    // Goods leave a place before they come back to another.
    lines: [...lines].sort((a, b) => a.units - b.units || (placeKey(a) < placeKey(b) ? -1 : 1)),
    occurredAt: stock.now,
    postedBy: caller.client,
    client: movement.client,
    reason,
    reasonCode,
    supplier,
    account,
    document: documentNumber === null ? null : { type: documentType!, number: documentNumber, line: documentLine },
    orderRef,
    ofMovement,
    reversalOf: id,
  };
}

const refused = (message: string) =>
  new Refusal("INVALID_STATE", `The movement cannot be reversed: ${message}.`, { field: ["input", "movementId"] });
