import { inLockOrder } from "../../../shared/db/lock-order";
import type { Tx } from "../../../shared/db/transaction";
import type { Caller } from "../../../shared/identity/caller";
import { Refusal } from "../../../shared/refusal";
import { checkKey } from "../../../shared/units/check";
import { sum } from "../../../shared/units/decimal";
import { lockItems } from "../item/item.sql";
import { ruleFor } from "../journal/book";
import { readPostingRules } from "../journal/journal.sql";
import { lockStock } from "../ledger/lock-stock";
import { post } from "../ledger/post";
import { openProductionOf, restOn, type Rest } from "./invoice.sql";

/**
 * What is left of a work order's work in process goes to production variance, item by item, so that nothing of it stays open.
 * Its items are locked: nobody issues one for it, or closes it, meanwhile.
 */
export async function closeWorkOrder(tx: Tx, caller: Caller, document: string): Promise<string> {
  checkKey(document, ["document"]);
  const { debit, credit } = ruleFor(await readPostingRules(tx), { type: "COST_ADJUSTMENT", reasonCode: "WORK_ORDER" });
  const seen = await restOn(tx, credit, document);
  if (seen.length > 0) await lockItems(tx, inLockOrder(seen.map(({ sku }) => sku)));
  const open = await openProductionOf(tx, document);
  if (open) throw refused(`Inbound shipment ${open} is still to bring goods of work order ${document}`);
  const rest = checkRest(await restOn(tx, credit, document), caller, document);
  const [{ warehouse, documentType }] = rest;
  const stock = await lockStock(
    tx,
    warehouse,
    rest.filter((row) => row.warehouse === warehouse).map(({ sku }) => sku),
  );
  const [movement] = await post(tx, stock, [
    {
      type: "COST_ADJUSTMENT",
      lines: [],
      transfers: rest.map(({ sku, merchant, amount, ...row }) => ({
        debit,
        credit,
        amount,
        units: 0,
        sku,
        warehouse: row.warehouse,
        merchant,
      })),
      reason: "Work order closed",
      document: { type: documentType, number: document },
      occurredAt: stock.now,
      postedBy: caller.client,
      client: "",
    },
  ]);
  return movement.id;
}

function checkRest(rest: Rest[], caller: Caller, document: string): Rest[] {
  if (caller.merchant !== undefined && rest.some(({ merchant }) => merchant !== caller.merchant))
    throw new Refusal("NOT_FOUND", "No such work order.", { field: ["document"] });
  if (sum(rest.map(({ amount }) => amount)).isZero()) throw refused(`Nothing is left of work order ${document}`);
  if (new Set(rest.map(({ legalEntity, currency }) => `${legalEntity} ${currency}`)).size > 1)
    throw refused(`Work order ${document} stands in several legal entities or currencies`);
  return rest;
}

const refused = (message: string) => new Refusal("INVALID_STATE", `${message}.`, { field: ["document"] });
