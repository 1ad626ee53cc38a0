import { earlierEffect, keyedCall, rememberEffect } from "../../../shared/db/idempotency";
import { inLockOrder } from "../../../shared/db/lock-order";
import { isDuplicate, LostRace } from "../../../shared/db/retry";
import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { newId } from "../../../shared/ids";
import { Refusal } from "../../../shared/refusal";
import { checkKey, MAX_UNITS } from "../../../shared/units/check";
import { databaseNow } from "../each.sql";
import { lockItems } from "../item/item.sql";
import { invalid } from "../ledger/check-movement";
import { readWarehouses } from "../place/place.sql";
import { NOTHING, tellOpen } from "./inbound";
import { checkInboundLines, lineOf, sumLines } from "./inbound-lines";
import type { CreateInboundInput } from "./inbound.inputs";
import { insertInbound, insertStep, openInboundOf, saveInboundLines, type InboundRow } from "./inbound.sql";

const MOST_PERCENT = 1_000;

/** Goods are expected. Their items are locked: nobody receives them by hand under the same document meanwhile. */
export async function createInbound(tx: Tx, caller: Caller, input: CreateInboundInput): Promise<string> {
  const call = keyedCall(caller.client, "createInbound", input);
  checkInput(input);
  await lockItems(tx, inLockOrder(input.lines.map(({ sku }) => sku)));
  const before = await earlierEffect(tx, call);
  if (before) return before;
  const [warehouse] = await readWarehouses(tx, [input.warehouse]);
  if (!warehouse) throw new Refusal("NOT_FOUND", `No warehouse ${input.warehouse}.`, { field: ["input", "warehouse"] });
  const { items, sums } = await sumLines(tx, caller, input.lines);
  const open = await openInboundOf(tx, { ...input, ...input.document });
  if (open) throw new Refusal("CONFLICT", `Inbound shipment ${open} of this document is still open.`, { field: ["input", "document"] });
  const merchants = new Set([...sums.keys()].map((sku) => items.get(sku)!.merchantCode));
  const inbound = inboundOf(input, merchants.size === 1 ? [...merchants][0] : "");
  const lines = [...sums].map(([sku, sum]) => lineOf(inbound.id, sku, sum, inbound.overReceiptPercent));
  const tooMany = lines.find(({ most }) => most > MAX_UNITS);
  if (tooMany) throw invalid(`with the tolerance, at most 2,000,000,000 units of ${tooMany.sku}`, ["input", "overReceiptPercent"]);
  await insertInbound(tx, inbound).catch((error: unknown) => {
    throw isDuplicate(error) ? new LostRace("inbound document") : error;
  });
  await saveInboundLines(tx, lines);
  const changed = lines.map(({ sku, expected }) => ({ ...NOTHING, sku, expected }));
  const { id: inboundId, version, status } = inbound;
  await insertStep(tx, { inboundId, version, status, note: "created", actor: caller.client, at: await databaseNow(tx), lines: changed });
  await tellOpen(tx, inbound, lines);
  await rememberEffect(tx, call, inbound.id);
  return inbound.id;
}

function checkInput({ kind, warehouse, document, supplier, overReceiptPercent, lines }: CreateInboundInput): void {
  checkKey(warehouse, ["input", "warehouse"]);
  for (const part of ["type", "number", "line"] as const) if (document[part] != null) checkKey(document[part], ["input", "document", part]);
  if (supplier != null) checkKey(supplier, ["input", "supplier"]);
  if (supplier != null && kind !== "PURCHASE") throw invalid("belongs to a PURCHASE", ["input", "supplier"]);
  const percent = overReceiptPercent ?? 0;
  if (!(percent >= 0 && percent <= MOST_PERCENT)) throw invalid(`must be 0 to ${MOST_PERCENT}`, ["input", "overReceiptPercent"]);
  checkInboundLines(lines);
}

const inboundOf = (input: CreateInboundInput, merchant: string): InboundRow => ({
  id: newId(),
  kind: input.kind,
  client: "",
  merchant,
  documentType: input.document.type,
  documentNumber: input.document.number,
  documentLine: input.document.line ?? null,
  supplier: input.supplier ?? null,
  orderRef: input.kind === "RETURN" ? input.document.number : null,
  warehouseCode: input.warehouse,
  status: "EXPECTED",
  expectedAt: input.expectedAt ?? null,
  overReceiptPercent: input.overReceiptPercent ?? 0,
  exchange: false,
  version: 1,
});
