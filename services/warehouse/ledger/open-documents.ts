import type { Reader } from "../../../shared/db/database";
import { Refusal } from "../../../shared/refusal";
import type { PostMovementInput } from "./movement.inputs";
import { isTransfer, openInboundOf, openReturnOf, openShipmentOf } from "./open-documents.sql";
import type { MovementType } from "./movement-rules";
import type { Stock } from "./stock";

/** The kind of inbound shipment that a receipt by hand would double. */
const INBOUND: Partial<Record<MovementType, string>> = {
  PURCHASE_RECEIPT: "PURCHASE",
  PRODUCTION_RECEIPT: "PRODUCTION",
  TRANSFER_IN: "TRANSFER",
};
const OUT: MovementType[] = ["SALES_ISSUE", "EXCHANGE_OUT"];
const BACK: MovementType[] = ["CUSTOMER_RETURN", "EXCHANGE_IN"];

const BETWEEN: MovementType[] = ["TRANSFER_OUT", "TRANSFER_IN"];

/** By hand nothing doubles an open document: what a shipment is to take leaves by it, what an inbound is to bring comes by it. */
export async function checkNoOpenDocument(
  reader: Reader,
  stock: Stock,
  { type, orderRef, document, lines }: PostMovementInput,
): Promise<void> {
  const { code } = stock.warehouse;
  if (orderRef != null && OUT.includes(type)) {
    const skus = lines.map(({ sku }) => sku);
    const open = await openShipmentOf(reader, code, orderRef, skus);
    if (open) throw new Refusal("INVALID_STATE", `Shipment ${open} is to take it to ${orderRef}.`, { field: ["input", "orderRef"] });
  }
  if (orderRef != null && BACK.includes(type)) {
    const open = await openReturnOf(reader, orderRef);
    if (open)
      throw new Refusal("INVALID_STATE", `Inbound shipment ${open} is to bring it back of ${orderRef}.`, { field: ["input", "orderRef"] });
  }
  if (document != null && BETWEEN.includes(type) && (await isTransfer(reader, document.number)))
    throw new Refusal("INVALID_STATE", `${document.number} is a transfer: its shipment and its receipt move its units.`, {
      field: ["input", "document"],
    });
  const kind = INBOUND[type];
  if (document != null && kind) {
    const open = await openInboundOf(reader, code, kind, document.number);
    if (open)
      throw new Refusal("INVALID_STATE", `Inbound shipment ${open} is to bring it by ${document.number}.`, {
        field: ["input", "document"],
      });
  }
}
