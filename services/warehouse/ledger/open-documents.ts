import type { Reader } from "../../../shared/db/database";
import { Refusal } from "../../../shared/refusal";
import type { PostMovementInput } from "./movement.inputs";
import { openShipmentOf } from "./open-documents.sql";
import type { Stock } from "./stock";

/** By hand nothing doubles an open document: what a shipment is to take leaves by that shipment. */
export async function checkNoOpenDocument(reader: Reader, stock: Stock, { type, orderRef, lines }: PostMovementInput): Promise<void> {
  if (orderRef == null || (type !== "SALES_ISSUE" && type !== "EXCHANGE_OUT")) return;
  const open = await openShipmentOf(
    reader,
    stock.warehouse.code,
    orderRef,
    lines.map(({ sku }) => sku),
  );
  if (open) throw new Refusal("INVALID_STATE", `Shipment ${open} is to take it to ${orderRef}.`, { field: ["input", "orderRef"] });
}
